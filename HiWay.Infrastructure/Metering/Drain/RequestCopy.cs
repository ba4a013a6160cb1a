using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering.Journal;
using HiWay.Infrastructure.Metering.Traces;
using Npgsql;

namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>The columns of <c>requests</c> in the order in which binary COPY sends them.</summary>
internal static class RequestCopy
{
    public const string Columns =
        "id, created_at, workspace_id, key_id, end_user, dialect, upstream_dialect, requested_model, model, provider, tier, status, error_code, " +
        "streamed, end_reason, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, " +
        "audio_input_tokens, audio_output_tokens, image_input_tokens, image_output_tokens, cost_usd, baseline_usd, savings_usd, unpriced, " +
        "usage_estimated, latency_ms, ttft_ms, overhead_ms, score, reason, cache_hit, attempts, tags, trace, decision";

    /// <summary>Longest tag and end user that are kept; both are part of an index, whose entries end at 2,700 bytes.</summary>
    public const int LongestName = 256;

    private const int MostTags = 32;

    private static readonly int s_fields = Columns.Count(letter => letter == ',') + 1;

    /// <param name="table"><c>requests</c>, or a temporary table of its form.</param>
    public static async Task WriteAsync(NpgsqlConnection connection, string table, IEnumerable<UsageEvent> events, CancellationToken cancellationToken)
    {
        var server = await connection.BeginRawBinaryCopyAsync($"COPY {table} ({Columns}) FROM STDIN (FORMAT BINARY)", cancellationToken);
        try
        {
            var rows = new CopyRows(server);
            var trace = new RecordWriter();
            rows.Header();
            foreach (var usage in events)
            {
                WriteRow(rows, usage, trace);
                await rows.SendFullAsync(cancellationToken);
            }

            rows.Trailer();
            await rows.SendAsync(cancellationToken);
        }
        catch (Exception)
        {
            await GiveUpAsync(server);
            throw;
        }

        // This is what ends the copy, and what throws when the server refuses a row.
        await server.DisposeAsync();
    }

    /// <summary>Distinct, short enough for an index, and not without limit: the totals by tag have a row for each.</summary>
    public static string[] Tags(UsageEvent usage) =>
        usage.Tags.Count == 0 ? [] : [.. usage.Tags.Where(tag => tag.Length > 0).Select(tag => Stored.Clean(tag, LongestName)).Distinct(StringComparer.Ordinal).Take(MostTags)];

    public static string? EndUser(UsageEvent usage) => string.IsNullOrEmpty(usage.EndUser) ? null : Stored.Clean(usage.EndUser, LongestName);

    /// <summary>Ended in the regular way, a copy that stops half way is refused for its form, and that would hide why it stopped.</summary>
    private static async Task GiveUpAsync(NpgsqlRawCopyStream server)
    {
        try
        {
            await server.CancelAsync();
        }
        catch (Exception gone) when (gone is NpgsqlException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is lost; what it was lost to is on its way to the caller.
        }
    }

    private static void WriteRow(CopyRows row, UsageEvent usage, RecordWriter trace)
    {
        row.Row(s_fields);
        row.Text(usage.Id);
        row.Timestamp(usage.CreatedAt);
        row.Text(usage.WorkspaceId);
        Optional(row, usage.KeyId, 64);
        Optional(row, EndUser(usage), LongestName);
        row.Text(Stored.Clean(usage.Dialect, 64));
        Optional(row, usage.UpstreamDialect, 64);
        row.Text(Stored.Clean(usage.RequestedModel, LongestName));
        Optional(row, usage.Model, LongestName);
        Optional(row, usage.Provider, 128);
        Optional(row, usage.Tier, 64);
        row.Integer(usage.Status);
        Optional(row, usage.ErrorCode, 128);
        row.Boolean(usage.Streamed);
        row.Text(usage.EndReason.Text());
        row.Bigint(usage.Usage.Input);
        row.Bigint(usage.Usage.CacheRead);
        row.Bigint(usage.Usage.CacheWrite5m);
        row.Bigint(usage.Usage.CacheWrite1h);
        row.Bigint(usage.Usage.Output);
        row.Bigint(usage.Usage.Reasoning);
        row.Bigint(usage.Usage.AudioInput);
        row.Bigint(usage.Usage.AudioOutput);
        row.Bigint(usage.Usage.ImageInput);
        row.Bigint(usage.Usage.ImageOutput);
        row.Numeric(Stored.Money(usage.CostUsd));
        row.Numeric(Stored.Money(usage.BaselineUsd));
        row.Numeric(Stored.Money(usage.SavingsUsd));
        row.Boolean(usage.Unpriced);
        row.Boolean(usage.UsageEstimated);
        row.Double(Stored.Finite(usage.LatencyMs));
        Optional(row, usage.TtftMs);
        row.Double(Stored.Finite(usage.OverheadMs));
        Optional(row, usage.Score);
        Optional(row, usage.Reason, 2048);
        row.Boolean(usage.CacheHit);
        row.Integer(usage.Attempts.Count);
        row.Texts(Tags(usage));
        trace.Reset(0);
        TraceCodec.Write(trace, usage);
        row.Bytes(trace.Written);
        if (usage.Decision is { } decision)
        {
            row.Bytes(decision);
        }
        else
        {
            row.Null();
        }
    }

    private static void Optional(CopyRows row, string? text, int most)
    {
        if (text is null)
        {
            row.Null();
        }
        else
        {
            row.Text(Stored.Clean(text, most));
        }
    }

    private static void Optional(CopyRows row, double? value)
    {
        if (value is { } known && double.IsFinite(known))
        {
            row.Double(known);
        }
        else
        {
            row.Null();
        }
    }
}
