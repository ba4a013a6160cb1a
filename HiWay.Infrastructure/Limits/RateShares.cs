using HiWay.Infrastructure.Database;
using Npgsql;
using NpgsqlTypes;

namespace HiWay.Infrastructure.Limits;

/// <summary>What a node says of one subject.</summary>
internal readonly record struct RateNews(string Subject, long Requests, long Tokens, long MinuteRequests, long MinuteTokens, int Running);

/// <summary>The tables <c>rate_shares</c> and <c>day_counts</c>: a row per subject and node, so that nodes never wait for each other.</summary>
internal sealed class RateShares(NpgsqlDataSource database, NodeIdentity node)
{
    public async Task TellAsync(IReadOnlyList<RateNews> news, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO rate_shares (node_id, subject, requests, tokens, minute_requests, minute_tokens, running, updated_at)
            SELECT $1, given.*, clock_timestamp() FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::int[]) AS given
            ON CONFLICT (subject, node_id) DO UPDATE SET requests = excluded.requests, tokens = excluded.tokens, minute_requests = excluded.minute_requests,
                minute_tokens = excluded.minute_tokens, running = excluded.running, updated_at = excluded.updated_at
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        command.Parameters.Add(new() { Value = news.Select(one => one.Subject).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.Requests).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.Tokens).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.MinuteRequests).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.MinuteTokens).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.Running).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What living nodes say of some subjects.</summary>
    public async Task<List<(string Node, RateNews News)>> HearAsync(string[] subjects, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT s.node_id, s.subject, s.requests, s.tokens,
                CASE WHEN s.updated_at > clock_timestamp() - interval '60 seconds' THEN s.minute_requests ELSE 0 END,
                CASE WHEN s.updated_at > clock_timestamp() - interval '60 seconds' THEN s.minute_tokens ELSE 0 END, s.running
            FROM rate_shares s JOIN nodes n ON n.id = s.node_id AND n.seen_at > clock_timestamp() - interval '3 seconds'
            WHERE s.node_id <> $1 AND s.subject = ANY($2)
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        command.Parameters.Add(new() { Value = subjects });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var heard = new List<(string, RateNews)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            heard.Add((reader.GetString(0), new(reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt32(6))));
        }

        return heard;
    }

    public async Task TellDaysAsync(IReadOnlyList<(string Subject, DateOnly Day, long Requests)> counts, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO day_counts (node_id, subject, day, requests) SELECT $1, given.* FROM unnest($2::text[], $3::date[], $4::bigint[]) AS given
            ON CONFLICT (subject, day, node_id) DO UPDATE SET requests = excluded.requests
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        command.Parameters.Add(new() { Value = counts.Select(one => one.Subject).ToArray() });
        command.Parameters.Add(new() { Value = counts.Select(one => one.Day).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date });
        command.Parameters.Add(new() { Value = counts.Select(one => one.Requests).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Requests of a day by subject: this node's, and all others' (dead ones included: a day's count outlives its node).</summary>
    public async Task<Dictionary<string, (long Own, long Others)>> HearDaysAsync(string[] subjects, DateOnly day, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT subject, coalesce(sum(requests) FILTER (WHERE node_id = $1), 0)::bigint, coalesce(sum(requests) FILTER (WHERE node_id <> $1), 0)::bigint
            FROM day_counts WHERE subject = ANY($2) AND day = $3 GROUP BY subject
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        command.Parameters.Add(new() { Value = subjects });
        command.Parameters.Add(new() { Value = day });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var heard = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            heard[reader.GetString(0)] = (reader.GetInt64(1), reader.GetInt64(2));
        }

        return heard;
    }

    /// <summary>Deletes counts of minutes and days that are over. A day more is kept, for nodes whose clock is behind.</summary>
    public async Task<long> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var minutes = await Pruning.DeleteAsync(database, "rate_shares", "updated_at < $1", now.AddDays(-1).UtcDateTime, cancellationToken);
        var days = await Pruning.DeleteAsync(database, "day_counts", "day < $1", DateOnly.FromDateTime(now.UtcDateTime).AddDays(-1), cancellationToken);
        return minutes + days;
    }
}
