using System.Globalization;
using HiWay.Domain.Metering;
using Npgsql;
using NpgsqlTypes;

namespace HiWay.Infrastructure.Metering.Rollups;

/// <summary>Adds a batch's totals to the tables, one statement for each.</summary>
internal static class RollupUpsert
{
    private static readonly string[] s_counts =
    [
        "requests", "errors", "cache_hits", "unpriced", "input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
        "output_tokens", "reasoning_tokens", "audio_input_tokens", "audio_output_tokens", "image_input_tokens", "image_output_tokens",
    ];

    private static readonly string[] s_money = ["cost_usd", "baseline_usd", "savings_usd"];
    private static readonly string[] s_histograms = ["latency", "ttft"];

    private static readonly string s_calls = Sql("usage_rollups", "workspace_id", "granularity", "start", "key_id", "provider", "model", "tier");
    private static readonly string s_attribution = Sql("usage_attribution", "workspace_id", "granularity", "start", "kind", "subject");

    /// <summary>What a reader selects, in the order of <see cref="Read"/>.</summary>
    public static string SumColumns { get; } = string.Join(", ", [.. s_counts, .. s_money, .. s_histograms]);

    /// <remarks>Rows go in the order of their keys, so that two nodes that add to the same totals wait for each other and never in a circle.</remarks>
    public static async Task WriteAsync(NpgsqlConnection connection, RollupBatch rollups, CancellationToken cancellationToken)
    {
        var calls = rollups.Calls();
        Array.Sort(calls, (a, b) => Compare(
            [a.Key.WorkspaceId, a.Key.Granularity, a.Key.KeyId, a.Key.Provider, a.Key.Model, a.Key.Tier], a.Key.Start,
            [b.Key.WorkspaceId, b.Key.Granularity, b.Key.KeyId, b.Key.Provider, b.Key.Model, b.Key.Tier], b.Key.Start));
        await WriteAsync(connection, s_calls, calls, cancellationToken, key => key.WorkspaceId, key => key.Granularity, key => key.Start, key => key.KeyId, key => key.Provider, key => key.Model, key => key.Tier);

        var attribution = rollups.Attribution();
        Array.Sort(attribution, (a, b) => Compare(
            [a.Key.WorkspaceId, a.Key.Granularity, a.Key.Kind, a.Key.Subject], a.Key.Start,
            [b.Key.WorkspaceId, b.Key.Granularity, b.Key.Kind, b.Key.Subject], b.Key.Start));
        await WriteAsync(connection, s_attribution, attribution, cancellationToken, key => key.WorkspaceId, key => key.Granularity, key => key.Start, key => key.Kind, key => key.Subject);
    }

    /// <summary>Adds a row of <see cref="SumColumns"/> that begins at <paramref name="at"/>.</summary>
    public static void Read(NpgsqlDataReader row, int at, UsageSums into)
    {
        var tokens = new Domain.Pricing.TokenUsage
        {
            Input = row.GetInt64(at + 4),
            CacheRead = row.GetInt64(at + 5),
            CacheWrite5m = row.GetInt64(at + 6),
            CacheWrite1h = row.GetInt64(at + 7),
            Output = row.GetInt64(at + 8),
            Reasoning = row.GetInt64(at + 9),
            AudioInput = row.GetInt64(at + 10),
            AudioOutput = row.GetInt64(at + 11),
            ImageInput = row.GetInt64(at + 12),
            ImageOutput = row.GetInt64(at + 13),
        };
        into.Add(
            row.GetInt64(at), row.GetInt64(at + 1), row.GetInt64(at + 2), row.GetInt64(at + 3), tokens, row.GetDecimal(at + 14), row.GetDecimal(at + 15), row.GetDecimal(at + 16));
        into.Latency.AddStored(row.GetFieldValue<int[]>(at + 17));
        into.Ttft.AddStored(row.GetFieldValue<int[]>(at + 18));
    }

    private static int Compare(ReadOnlySpan<string> a, DateTime aStart, ReadOnlySpan<string> b, DateTime bStart)
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (string.CompareOrdinal(a[i], b[i]) is not 0 and var order)
            {
                return order;
            }
        }

        return aStart.CompareTo(bStart);
    }

    private static string Sql(string table, params string[] key)
    {
        string[] sums = [.. s_counts, .. s_money, .. s_histograms];
        string[] columns = [.. key, .. sums];
        var types = columns.Select((column, i) => "$" + (i + 1).ToString(CultureInfo.InvariantCulture) + (
            column == "start" ? "::timestamptz[]" : s_counts.Contains(column) ? "::bigint[]" : s_money.Contains(column) ? "::numeric[]" : "::text[]"));

        // Histograms differ in length, which a two-dimensional array cannot; they travel as text.
        var selected = columns.Select(column => s_histograms.Contains(column) ? $"given.{column}::integer[]" : $"given.{column}");
        var added = sums.Select(column => s_histograms.Contains(column)
            ? $"{column} = histogram_add({table}.{column}, excluded.{column})"
            : $"{column} = {table}.{column} + excluded.{column}");
        return $"""
            INSERT INTO {table} ({string.Join(", ", columns)})
            SELECT {string.Join(", ", selected)}
            FROM unnest({string.Join(", ", types)}) WITH ORDINALITY AS given({string.Join(", ", columns)}, position)
            ORDER BY position
            ON CONFLICT ({string.Join(", ", key)}) DO UPDATE SET {string.Join(", ", added)}
            """;
    }

    private static async Task WriteAsync<TKey>(
        NpgsqlConnection connection, string sql, KeyValuePair<TKey, UsageSums>[] rows, CancellationToken cancellationToken, params Func<TKey, object>[] dimensions)
    {
        if (rows.Length == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var dimension in dimensions)
        {
            command.Parameters.Add(dimension(rows[0].Key) is DateTime
                ? new() { Value = Array.ConvertAll(rows, row => (DateTime)dimension(row.Key)), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz }
                : new() { Value = Array.ConvertAll(rows, row => (string)dimension(row.Key)), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        }

        Count(sums => sums.Requests);
        Count(sums => sums.Errors);
        Count(sums => sums.CacheHits);
        Count(sums => sums.Unpriced);
        Count(sums => sums.Tokens.Input);
        Count(sums => sums.Tokens.CacheRead);
        Count(sums => sums.Tokens.CacheWrite5m);
        Count(sums => sums.Tokens.CacheWrite1h);
        Count(sums => sums.Tokens.Output);
        Count(sums => sums.Tokens.Reasoning);
        Count(sums => sums.Tokens.AudioInput);
        Count(sums => sums.Tokens.AudioOutput);
        Count(sums => sums.Tokens.ImageInput);
        Count(sums => sums.Tokens.ImageOutput);
        Money(sums => sums.CostUsd);
        Money(sums => sums.BaselineUsd);
        Money(sums => sums.SavingsUsd);
        Histogram(sums => sums.Latency);
        Histogram(sums => sums.Ttft);
        await command.ExecuteNonQueryAsync(cancellationToken);

        void Count(Func<UsageSums, long> count) =>
            command.Parameters.Add(new() { Value = Array.ConvertAll(rows, row => count(row.Value)), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });

        void Money(Func<UsageSums, decimal> money) =>
            command.Parameters.Add(new() { Value = Array.ConvertAll(rows, row => money(row.Value)), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric });

        void Histogram(Func<UsageSums, LatencyHistogram> histogram) => command.Parameters.Add(new()
        {
            Value = Array.ConvertAll(rows, row => "{" + string.Join(',', histogram(row.Value).ToStored()) + "}"),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
    }
}
