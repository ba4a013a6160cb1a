using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering.Drain;
using HiWay.Infrastructure.Metering.Journal;

namespace HiWay.Infrastructure.Metering.Traces;

/// <summary>
/// The trace of a call as the bytes of one column. Written out as JSON it was more than half of a row, and every byte of a row is copied,
/// logged and stored by the database.
/// </summary>
/// <remarks>A new field goes to the end under a new version; a reader knows all versions before its own.</remarks>
internal static class TraceCodec
{
    private const byte Version = 1;

    public static void Write(RecordWriter to, UsageEvent usage)
    {
        to.Byte(Version);
        to.Long(usage.Dropped.Count);
        for (var i = 0; i < usage.Dropped.Count; i++)
        {
            to.Text(Stored.Clean(usage.Dropped[i], 256));
        }

        to.Long(usage.Stages.Count);
        for (var i = 0; i < usage.Stages.Count; i++)
        {
            var stage = usage.Stages[i];
            TraceWords.Write(to, Stored.Clean(stage.Stage, 128));
            TraceWords.Write(to, Stored.Clean(stage.Verdict, 1024));
            to.Long(stage.Micros);
        }

        to.Long(usage.Attempts.Count);
        for (var i = 0; i < usage.Attempts.Count; i++)
        {
            WriteAttempt(to, usage.Attempts[i]);
        }
    }

    /// <exception cref="InvalidDataException">A newer HiWay wrote it.</exception>
    public static CallTrace Read(ReadOnlySpan<byte> trace, StringPool strings)
    {
        var from = new RecordReader(trace, strings);
        if (from.Byte() is var version and not Version)
        {
            throw new InvalidDataException($"A trace has version {version}; this program knows version {Version}. A newer HiWay wrote it.");
        }

        return new(from.Texts(), ReadStages(ref from), ReadAttempts(ref from, withUnits: true));
    }

    /// <summary>Stages whose words may be numbers of <see cref="TraceWords"/>, as the journal has them too.</summary>
    public static StageRecord[] ReadStages(ref RecordReader from)
    {
        var stages = new StageRecord[from.Count(leastBytesEach: 3)];
        for (var i = 0; i < stages.Length; i++)
        {
            stages[i] = new(from.Text(TraceWords.All), from.Text(TraceWords.All), from.Long());
        }

        return stages;
    }

    /// <summary>Attempts, here and in the journal.</summary>
    /// <param name="withUnits">Whether each usage has its units behind it; the journal has them at the end of the record.</param>
    public static AttemptRecord[] ReadAttempts(ref RecordReader from, bool withUnits)
    {
        var attempts = new AttemptRecord[from.Count(leastBytesEach: 40)];
        for (var i = 0; i < attempts.Length; i++)
        {
            attempts[i] = new(
                Model: from.Text(),
                Provider: from.Text(),
                CredentialId: from.OptionalText(),
                Status: from.Long() is >= 0 and var status ? (int)status : null,
                Failure: from.OptionalText(),
                Error: from.OptionalUniqueText(),
                LatencyMs: from.Double(),
                TtftMs: from.OptionalDouble(),
                Usage: TokenUsageCodec.Read(ref from) with { Units = withUnits ? TokenUsageCodec.ReadUnits(ref from) : default },
                CostUsd: from.Decimal(),
                Unpriced: from.Bool());
        }

        return attempts;
    }

    private static void WriteAttempt(RecordWriter to, AttemptRecord attempt)
    {
        to.Text(Stored.Clean(attempt.Model, 256));
        to.Text(Stored.Clean(attempt.Provider, 128));
        to.Text(Stored.CleanOptional(attempt.CredentialId, 64));
        to.Long(attempt.Status ?? -1);
        to.Text(Stored.CleanOptional(attempt.Failure, 128));
        to.Text(Stored.CleanOptional(attempt.Error, 2048));
        to.Double(Stored.Finite(attempt.LatencyMs));
        to.OptionalDouble(attempt.TtftMs is { } ttft ? Stored.Finite(ttft) : null);
        TokenUsageCodec.Write(to, attempt.Usage);
        TokenUsageCodec.WriteUnits(to, attempt.Usage.Units);
        to.Decimal(attempt.CostUsd);
        to.Bool(attempt.Unpriced);
    }
}
