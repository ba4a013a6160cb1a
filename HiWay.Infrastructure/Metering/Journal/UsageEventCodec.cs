using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Metering.Traces;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>
/// A usage event as bytes. Binary rather than JSON: a typical event with six stages takes a third of the bytes and of the
/// time. A new field goes to the end under a new version; a reader knows all versions before its own, because a journal
/// outlives an upgrade.
/// </summary>
internal static class UsageEventCodec
{
    private const byte Version = 5;

    /// <summary>Before words of stages were written as their numbers.</summary>
    private const byte WithoutWords = 4;

    /// <summary>Before calls of lost processes said what else they may cost.</summary>
    private const byte WithoutOpen = 3;

    /// <summary>Before decisions were kept.</summary>
    private const byte WithoutDecision = 2;

    /// <summary>Before units were counted: pictures, searches, fees.</summary>
    private const byte WithoutUnits = 1;

    public static void Write(RecordWriter to, UsageEvent usage)
    {
        to.Byte(Version);
        to.Text(usage.Id);
        to.Long(usage.CreatedAt.ToUnixTimeMilliseconds());
        to.Text(usage.WorkspaceId);
        to.Text(usage.KeyId);
        to.Text(usage.EndUser);
        to.Text(usage.Dialect);
        to.Text(usage.UpstreamDialect);
        to.Text(usage.RequestedModel);
        to.Text(usage.Model);
        to.Text(usage.Provider);
        to.Text(usage.Tier);
        to.Long(usage.Status);
        to.Text(usage.ErrorCode);
        to.Bool(usage.Streamed);
        to.Byte((byte)usage.EndReason);
        TokenUsageCodec.Write(to, usage.Usage);
        to.Decimal(usage.CostUsd);
        to.Decimal(usage.BaselineUsd);
        to.Bool(usage.Unpriced);
        to.Bool(usage.UsageEstimated);
        to.Double(usage.LatencyMs);
        to.OptionalDouble(usage.TtftMs);
        to.Double(usage.OverheadMs);
        to.OptionalDouble(usage.Score);
        to.Text(usage.Reason);
        to.Bool(usage.CacheHit);
        WriteTexts(to, usage.Tags);
        WriteTexts(to, usage.Dropped);
        to.Long(usage.Stages.Count);
        for (var i = 0; i < usage.Stages.Count; i++)
        {
            var stage = usage.Stages[i];
            TraceWords.Write(to, stage.Stage);
            TraceWords.Write(to, stage.Verdict);
            to.Long(stage.Micros);
        }

        to.Long(usage.Attempts.Count);
        for (var i = 0; i < usage.Attempts.Count; i++)
        {
            WriteAttempt(to, usage.Attempts[i]);
        }

        TokenUsageCodec.WriteUnits(to, usage.Usage.Units);
        for (var i = 0; i < usage.Attempts.Count; i++)
        {
            TokenUsageCodec.WriteUnits(to, usage.Attempts[i].Usage.Units);
        }

        to.Bytes(usage.Decision);
        to.Bool(usage.OpenUsd != 0m);
        if (usage.OpenUsd != 0m)
        {
            to.Decimal(usage.OpenUsd);
        }
    }

    /// <summary>False: a newer HiWay wrote it.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> record) => record is [Version or WithoutWords or WithoutOpen or WithoutDecision or WithoutUnits, ..];

    /// <summary>When the call began, without reading the rest.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    public static DateTimeOffset ReadCreatedAt(ReadOnlySpan<byte> record, StringPool strings)
    {
        var from = Begin(record, strings, out _);
        from.SkipText();
        return DateTimeOffset.FromUnixTimeMilliseconds(from.Long());
    }

    /// <exception cref="InvalidDataException">The record is of a version that this program does not know, or not a usage event.</exception>
    public static UsageEvent Read(ReadOnlySpan<byte> record, StringPool strings)
    {
        var from = Begin(record, strings, out var version);

        // Initialisers run in the order they are written, which is the order of the bytes.
        var read = new UsageEvent
        {
            Id = from.OptionalUniqueText() ?? throw new InvalidDataException("A journal record has no request id."),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(from.Long()),
            WorkspaceId = from.Text(),
            KeyId = from.OptionalText(),
            EndUser = from.OptionalText(),
            Dialect = from.Text(),
            UpstreamDialect = from.OptionalText(),
            RequestedModel = from.Text(),
            Model = from.OptionalText(),
            Provider = from.OptionalText(),
            Tier = from.OptionalText(),
            Status = (int)from.Long(),
            ErrorCode = from.OptionalText(),
            Streamed = from.Bool(),
            EndReason = (EndReason)from.Byte(),
            Usage = TokenUsageCodec.Read(ref from),
            CostUsd = from.Decimal(),
            BaselineUsd = from.Decimal(),
            Unpriced = from.Bool(),
            UsageEstimated = from.Bool(),
            LatencyMs = from.Double(),
            TtftMs = from.OptionalDouble(),
            OverheadMs = from.Double(),
            Score = from.OptionalDouble(),
            Reason = from.OptionalUniqueText(),
            CacheHit = from.Bool(),
            Tags = from.Texts(),
            Dropped = from.Texts(),
            Stages = TraceCodec.ReadStages(ref from),
            Attempts = TraceCodec.ReadAttempts(ref from, withUnits: false),
        };
        if (version == WithoutUnits)
        {
            return read;
        }

        read = WithUnits(read, ref from);
        if (version == WithoutDecision)
        {
            return read;
        }

        var decision = from.OptionalBytes();
        var open = version == WithoutOpen || !from.Bool() ? 0m : from.Decimal();
        return decision is null && open == 0m ? read : read with { Decision = decision, OpenUsd = open };
    }

    private static RecordReader Begin(ReadOnlySpan<byte> record, StringPool strings, out byte version)
    {
        var from = new RecordReader(record, strings);
        version = from.Byte();
        return IsKnown(record) ? from
            : throw new InvalidDataException($"A journal record has version {version}; this program knows version {Version}. A newer HiWay wrote it.");
    }

    /// <summary>Most calls use no units; a copy of each event for nothing would be a tenth of what the process allocates.</summary>
    private static UsageEvent WithUnits(UsageEvent read, ref RecordReader from)
    {
        var units = TokenUsageCodec.ReadUnits(ref from);
        var attempts = (AttemptRecord[])read.Attempts;
        for (var i = 0; i < attempts.Length; i++)
        {
            var own = TokenUsageCodec.ReadUnits(ref from);
            attempts[i] = own == default ? attempts[i] : attempts[i] with { Usage = attempts[i].Usage with { Units = own } };
        }

        return units == default ? read : read with { Usage = read.Usage with { Units = units } };
    }

    private static void WriteTexts(RecordWriter to, IReadOnlyList<string> texts)
    {
        to.Long(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            to.Text(texts[i]);
        }
    }

    private static void WriteAttempt(RecordWriter to, AttemptRecord attempt)
    {
        to.Text(attempt.Model);
        to.Text(attempt.Provider);
        to.Text(attempt.CredentialId);
        to.Long(attempt.Status ?? -1);
        to.Text(attempt.Failure);
        to.Text(attempt.Error);
        to.Double(attempt.LatencyMs);
        to.OptionalDouble(attempt.TtftMs);
        TokenUsageCodec.Write(to, attempt.Usage);
        to.Decimal(attempt.CostUsd);
        to.Bool(attempt.Unpriced);
    }
}
