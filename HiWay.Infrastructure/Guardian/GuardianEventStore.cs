using HiWay.Domain.Guardian;
using Npgsql;
using NpgsqlTypes;

namespace HiWay.Infrastructure.Guardian;

/// <summary>The tables <c>guardian_events</c>, <c>guardian_hours</c> and <c>guardian_alerts</c>.</summary>
internal sealed class GuardianEventStore(NpgsqlDataSource database)
{
    private const string Events = """
        INSERT INTO guardian_events (id, workspace_id, created_at, last_at, rule, action, key_id, end_user, request_id, detail, value, "limit", hits)
        SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
            $11::numeric[], $12::numeric[], $13::bigint[])
        ON CONFLICT (id) DO UPDATE SET hits = guardian_events.hits + excluded.hits, last_at = greatest(guardian_events.last_at, excluded.last_at),
            value = greatest(guardian_events.value, excluded.value)
        """;

    private const string Hours = """
        INSERT INTO guardian_hours (workspace_id, rule, hour, hits)
        SELECT given.workspace_id, given.rule, date_trunc('hour', given.at, 'UTC'), sum(given.hits)
        FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) AS given(workspace_id, rule, at, hits) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (workspace_id, rule, hour) DO UPDATE SET hits = guardian_hours.hits + excluded.hits
        """;

    // Whoever is first within the hour, on whichever node, gets the row and raises the alert.
    private const string Claim = """
        INSERT INTO guardian_alerts (workspace_id, rule, alerted_at) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, rule) DO UPDATE SET alerted_at = excluded.alerted_at WHERE guardian_alerts.alerted_at <= excluded.alerted_at - interval '1 hour'
        RETURNING coalesce((SELECT name FROM api_keys WHERE id = $4), '')
        """;

    /// <summary>Writes what is new, all or nothing.</summary>
    /// <returns>The events that people are to be told of.</returns>
    public async Task<IReadOnlyList<EventNews>> WriteAsync(IReadOnlyList<EventNews> news, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await WriteEventsAsync(connection, news, cancellationToken);
        await WriteHoursAsync(connection, news, cancellationToken);
        var told = new List<EventNews>();
        foreach (var one in news.Where(one => one.IsNew).OrderBy(one => one.First.Watch.WorkspaceId, StringComparer.Ordinal).ThenBy(one => one.First.Hit.Rule))
        {
            if (await ClaimAsync(connection, one, cancellationToken) is { } name)
            {
                one.KeyName = name.Length > 0 ? name : null;
                told.Add(one);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return told;
    }

    private static async Task WriteEventsAsync(NpgsqlConnection connection, IReadOnlyList<EventNews> news, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Events, connection);
        Texts(one => one.Id);
        Texts(one => one.First.Watch.WorkspaceId);
        Times(one => one.First.At);
        Times(one => one.Last.At);
        Texts(one => one.First.Hit.Rule.Text());
        Texts(one => one.Action.Text());
        Texts(one => one.First.Watch.KeyId);
        Texts(one => one.First.EndUser);
        Texts(one => one.First.RequestId);
        Texts(one => one.First.Hit.Reason);
        Figures(one => one.Last.Hit.Value);
        Figures(one => one.First.Hit.Limit);
        command.Parameters.Add(new() { Value = news.Select(one => one.Hits).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);

        void Texts(Func<EventNews, string?> value) => command.Parameters.Add(new() { Value = news.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });

        void Times(Func<EventNews, DateTimeOffset> value) =>
            command.Parameters.Add(new() { Value = news.Select(one => value(one).UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });

        void Figures(Func<EventNews, decimal> value) => command.Parameters.Add(new() { Value = news.Select(value).ToArray() });
    }

    private static async Task WriteHoursAsync(NpgsqlConnection connection, IReadOnlyList<EventNews> news, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Hours, connection);
        command.Parameters.Add(new() { Value = news.Select(one => one.First.Watch.WorkspaceId).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.First.Hit.Rule.Text()).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.Last.At.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = news.Select(one => one.Hits).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<string?> ClaimAsync(NpgsqlConnection connection, EventNews news, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Claim, connection);
        command.Parameters.Add(new() { Value = news.First.Watch.WorkspaceId });
        command.Parameters.Add(new() { Value = news.First.Hit.Rule.Text() });
        command.Parameters.Add(new() { Value = news.First.At.UtcDateTime });
        command.Parameters.Add(new() { Value = (object?)news.First.Watch.KeyId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }
}
