using HiWay.Domain.Metering;
using Npgsql;
using NpgsqlTypes;

namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>The columns of <c>requests</c> in the order in which binary COPY sends them.</summary>
internal static class RequestCopy
{
    public const string Columns =
        "id, created_at, workspace_id, key_id, end_user, dialect, upstream_dialect, requested_model, model, provider, tier, status, error_code, " +
        "streamed, end_reason, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, " +
        "audio_input_tokens, audio_output_tokens, image_input_tokens, image_output_tokens, cost_usd, baseline_usd, savings_usd, unpriced, " +
        "usage_estimated, latency_ms, ttft_ms, overhead_ms, score, reason, cache_hit, attempts, tags, dropped, stages, attempt_list, decision";

    /// <summary>Longest tag and end user that are kept; both are part of an index, whose entries end at 2,700 bytes.</summary>
    public const int LongestName = 256;

    private const int MostTags = 32;

    /// <param name="table"><c>requests</c>, or a temporary table of its form.</param>
    public static async Task WriteAsync(NpgsqlConnection connection, string table, IReadOnlyList<UsageEvent> events, CancellationToken cancellationToken)
    {
        using var trace = new TraceJson();
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {table} ({Columns}) FROM STDIN (FORMAT BINARY)", cancellationToken);
        for (var i = 0; i < events.Count; i++)
        {
            // The synchronous calls write into the connection's buffer; only the flush of a full one waits for the server.
            WriteRow(copy, events[i], trace);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    /// <summary>Distinct, short enough for an index, and not without limit: the totals by tag have a row for each.</summary>
    public static string[] Tags(UsageEvent usage) =>
        usage.Tags.Count == 0 ? [] : [.. usage.Tags.Where(tag => tag.Length > 0).Select(tag => Stored.Clean(tag, LongestName)).Distinct(StringComparer.Ordinal).Take(MostTags)];

    public static string? EndUser(UsageEvent usage) => string.IsNullOrEmpty(usage.EndUser) ? null : Stored.Clean(usage.EndUser, LongestName);

    private static void WriteRow(NpgsqlBinaryImporter copy, UsageEvent usage, TraceJson trace)
    {
        copy.StartRow();
        copy.Write(usage.Id, NpgsqlDbType.Text);
        copy.Write(usage.CreatedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        copy.Write(usage.WorkspaceId, NpgsqlDbType.Text);
        Optional(copy, usage.KeyId, 64);
        Optional(copy, EndUser(usage), LongestName);
        copy.Write(Stored.Clean(usage.Dialect, 64), NpgsqlDbType.Text);
        Optional(copy, usage.UpstreamDialect, 64);
        copy.Write(Stored.Clean(usage.RequestedModel, LongestName), NpgsqlDbType.Text);
        Optional(copy, usage.Model, LongestName);
        Optional(copy, usage.Provider, 128);
        Optional(copy, usage.Tier, 64);
        copy.Write(usage.Status, NpgsqlDbType.Integer);
        Optional(copy, usage.ErrorCode, 128);
        copy.Write(usage.Streamed, NpgsqlDbType.Boolean);
        copy.Write(usage.EndReason.Text(), NpgsqlDbType.Text);
        copy.Write(usage.Usage.Input, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.CacheRead, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.CacheWrite5m, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.CacheWrite1h, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.Output, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.Reasoning, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.AudioInput, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.AudioOutput, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.ImageInput, NpgsqlDbType.Bigint);
        copy.Write(usage.Usage.ImageOutput, NpgsqlDbType.Bigint);
        copy.Write(Stored.Money(usage.CostUsd), NpgsqlDbType.Numeric);
        copy.Write(Stored.Money(usage.BaselineUsd), NpgsqlDbType.Numeric);
        copy.Write(Stored.Money(usage.SavingsUsd), NpgsqlDbType.Numeric);
        copy.Write(usage.Unpriced, NpgsqlDbType.Boolean);
        copy.Write(usage.UsageEstimated, NpgsqlDbType.Boolean);
        copy.Write(Stored.Finite(usage.LatencyMs), NpgsqlDbType.Double);
        Optional(copy, usage.TtftMs);
        copy.Write(Stored.Finite(usage.OverheadMs), NpgsqlDbType.Double);
        Optional(copy, usage.Score);
        Optional(copy, usage.Reason, 2048);
        copy.Write(usage.CacheHit, NpgsqlDbType.Boolean);
        copy.Write(usage.Attempts.Count, NpgsqlDbType.Integer);
        copy.Write(Tags(usage), NpgsqlDbType.Array | NpgsqlDbType.Text);
        copy.Write(trace.Texts(usage.Dropped), NpgsqlDbType.Jsonb);
        copy.Write(trace.Stages(usage.Stages), NpgsqlDbType.Jsonb);
        copy.Write(trace.Attempts(usage.Attempts), NpgsqlDbType.Jsonb);
        if (usage.Decision is { } decision)
        {
            copy.Write(decision, NpgsqlDbType.Bytea);
        }
        else
        {
            copy.WriteNull();
        }
    }

    private static void Optional(NpgsqlBinaryImporter copy, string? text, int most)
    {
        if (text is null)
        {
            copy.WriteNull();
        }
        else
        {
            copy.Write(Stored.Clean(text, most), NpgsqlDbType.Text);
        }
    }

    private static void Optional(NpgsqlBinaryImporter copy, double? value)
    {
        if (value is { } known && double.IsFinite(known))
        {
            copy.Write(known, NpgsqlDbType.Double);
        }
        else
        {
            copy.WriteNull();
        }
    }
}
