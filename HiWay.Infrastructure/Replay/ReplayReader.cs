using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing.Replay;
using HiWay.Infrastructure.Metering.Journal;
using HiWay.Infrastructure.Metering.Traces;
using Npgsql;

namespace HiWay.Infrastructure.Replay;

/// <summary>One row of the log that has a decision.</summary>
/// <param name="Decision">As stored.</param>
internal readonly record struct DecisionRow(
    DateTimeOffset At, byte[] Decision, string? FirstModel, string? KeyId, string RequestedModel, TokenUsage Usage, decimal CostUsd, decimal BaselineUsd);

/// <summary>Reads decisions of a stretch of time as a stream, an even share of each hour where there are too many.</summary>
internal sealed class ReplayReader(NpgsqlDataSource database)
{
    /// <summary>More calls than this are sampled, so that a slider's effect is there in seconds.</summary>
    public const int MostRows = 50_000;

    private const string Columns =
        "r.created_at, r.decision, r.key_id, r.requested_model, r.input_tokens, r.cache_read_tokens, r.cache_write_5m_tokens, " +
        "r.cache_write_1h_tokens, r.output_tokens, r.reasoning_tokens, r.audio_input_tokens, r.audio_output_tokens, r.image_input_tokens, r.image_output_tokens, " +
        "r.cost_usd, r.baseline_usd, " + TraceColumns.Columns;

    /// <summary>All requests of the hours that a stretch of time touches, from the totals; those without a decision count.</summary>
    public async Task<IReadOnlyList<(DateTime Hour, long Requests)>> HoursAsync(string workspaceId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT start, sum(requests)::bigint FROM usage_rollups
            WHERE workspace_id = $1 AND granularity = 'hour' AND start > $2 AND start < $3 GROUP BY start ORDER BY start
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = workspaceId });
        command.Parameters.Add(new() { Value = from.UtcDateTime.AddHours(-1) });
        command.Parameters.Add(new() { Value = to.UtcDateTime });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var hours = new List<(DateTime, long)>();
        while (await row.ReadAsync(cancellationToken))
        {
            hours.Add((row.GetDateTime(0), row.GetInt64(1)));
        }

        return hours;
    }

    /// <summary>The rows of the hours, at most so many of each; those without a decision are counted and not given.</summary>
    /// <param name="hours">With the most rows to look at in each.</param>
    public async IAsyncEnumerable<DecisionRow> ReadAsync(
        string workspaceId, DateTimeOffset from, DateTimeOffset to, IReadOnlyList<(DateTime Hour, long Most)> hours, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT {Columns} FROM unnest($2::timestamptz[], $3::bigint[]) AS h(start, most)
            CROSS JOIN LATERAL (
                SELECT * FROM requests WHERE workspace_id = $1 AND created_at >= greatest(h.start, $4) AND created_at < least(h.start + interval '1 hour', $5)
                ORDER BY created_at DESC, id DESC LIMIT h.most) AS r
            WHERE r.decision IS NOT NULL
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = workspaceId });
        command.Parameters.Add(new() { Value = hours.Select(hour => hour.Hour).ToArray() });
        command.Parameters.Add(new() { Value = hours.Select(hour => hour.Most).ToArray() });
        command.Parameters.Add(new() { Value = from.UtcDateTime });
        command.Parameters.Add(new() { Value = to.UtcDateTime });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var strings = new StringPool();
        while (await row.ReadAsync(cancellationToken))
        {
            yield return RowOf(row, strings);
        }
    }

    /// <summary>The allowed models of each key that restricts them.</summary>
    public async Task<Dictionary<string, FrozenSet<string>>> AllowedModelsAsync(string workspaceId, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT id, allowed_models FROM api_keys WHERE workspace_id = $1 AND allowed_models IS NOT NULL");
        command.Parameters.Add(new() { Value = workspaceId });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var allowed = new Dictionary<string, FrozenSet<string>>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken))
        {
            allowed[row.GetString(0)] = row.GetFieldValue<string[]>(1).ToFrozenSet(StringComparer.Ordinal);
        }

        return allowed;
    }

    /// <returns>Null when the decision cannot be made again.</returns>
    public static LoggedCall? CallOf(in DecisionRow row, Dictionary<string, FrozenSet<string>> allowed)
    {
        if (LoggedDecisionCodec.Read(row.Decision) is not { } decision)
        {
            return null;
        }

        var needs = decision.Needs with { RequestedModel = row.RequestedModel, AllowedModels = row.KeyId is { } key ? allowed.GetValueOrDefault(key) : null };
        return new(decision with { Needs = needs }, row.At, row.FirstModel, row.Usage, row.CostUsd, row.BaselineUsd);
    }

    private static DecisionRow RowOf(NpgsqlDataReader row, StringPool strings) => new(
        new(row.GetDateTime(0), TimeSpan.Zero), row.GetFieldValue<byte[]>(1), TraceColumns.Read(row, 16, strings).FirstModel,
        row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3),
        new()
        {
            Input = row.GetInt64(4), CacheRead = row.GetInt64(5), CacheWrite5m = row.GetInt64(6), CacheWrite1h = row.GetInt64(7), Output = row.GetInt64(8),
            Reasoning = row.GetInt64(9), AudioInput = row.GetInt64(10), AudioOutput = row.GetInt64(11), ImageInput = row.GetInt64(12), ImageOutput = row.GetInt64(13),
        },
        row.GetDecimal(14), row.GetDecimal(15));
}
