using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Database;
using Npgsql;
using NpgsqlTypes;

namespace HiWay.Infrastructure.Budgets;

/// <summary>What a node says of one window.</summary>
/// <param name="KeepUsd">All that it still may use, when it gives something back.</param>
internal readonly record struct ShareNews(SpendWindowKey Window, decimal SettledUsd, decimal ReservedUsd, decimal? KeepUsd);

/// <summary>What a node hears of one window.</summary>
/// <param name="OwnSpentUsd">What the books have of this node.</param>
/// <param name="Recalled">Another node needs what this one holds and does not use.</param>
internal readonly record struct ShareHeard(decimal GrantedUsd, bool Recalled, decimal OthersSpentUsd, decimal OthersUsedUsd, decimal OwnSpentUsd);

/// <summary>What caps keep although no running node needs it, US dollars.</summary>
/// <param name="LostCallsUsd">For calls whose process was lost: the provider may bill it.</param>
/// <param name="SilentNodesUsd">Slices of nodes that were not heard of, beyond what is in their books.</param>
public sealed record KeptSpend(decimal LostCallsUsd, decimal SilentNodesUsd);

/// <summary>
/// The table <c>spend_shares</c>: one row per window and node, so that nodes never wait for each other to write down what they
/// have spent. A new month is a new row; nothing is ever reset.
/// </summary>
internal sealed class SpendShares(NpgsqlDataSource database, NodeIdentity node, SpendLeases leases)
{
    /// <summary>Ends the name of the row that keeps what calls of a node's lost processes may cost. No node has the name, so nothing writes it off before its window is over.</summary>
    private const string LostCalls = "!lost";

    /// <summary>Nodes that were heard of in the last seconds, as a condition on <c>nodes n</c>.</summary>
    private const string Living = "n.seen_at > clock_timestamp() - interval '3 seconds'";

    /// <summary>Adds what a batch of calls cost to this node's rows; part of the transaction that writes the calls themselves.</summary>
    /// <remarks>In the order of the rows' keys, as everything here that touches several of them.</remarks>
    public async Task AddAsync(NpgsqlConnection connection, SpendSums sums, CancellationToken cancellationToken)
    {
        await AddAsync(connection, node.Id, "spent_usd", sums.Spent, cancellationToken);

        // As the slice of a node that never returns: what calls of a lost process may cost beyond what is in the books.
        await AddAsync(connection, node.Id + LostCalls, "granted_usd", sums.Open, cancellationToken);
    }

    private static async Task AddAsync(NpgsqlConnection connection, string nodeId, string column, Dictionary<SpendWindowKey, decimal> sums, CancellationToken cancellationToken)
    {
        if (sums.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand($"""
            INSERT INTO spend_shares (node_id, kind, subject, period, start, {column})
            SELECT $1, kind, subject, period, start, usd FROM unnest($2::int[], $3::text[], $4::int[], $5::timestamptz[], $6::numeric[]) AS given(kind, subject, period, start, usd)
            ORDER BY subject COLLATE "C", kind, period, start
            ON CONFLICT (subject, kind, period, start, node_id) DO UPDATE SET {column} = spend_shares.{column} + excluded.{column}
            """, connection);
        command.Parameters.Add(new() { Value = nodeId });
        Windows(command, [.. sums.Keys]);
        command.Parameters.Add(new() { Value = sums.Values.ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// What caps keep of a workspace's month although no running node needs it: for calls of lost processes that their provider may bill, and
    /// the slices of nodes that were not heard of.
    /// </summary>
    public async Task<KeptSpend> KeptAsync(string workspaceId, DateTimeOffset month, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT coalesce(sum(s.granted_usd) FILTER (WHERE s.node_id LIKE '%{LostCalls}'), 0),
                coalesce(sum(greatest(s.granted_usd - greatest(s.spent_usd, s.settled_usd), 0)) FILTER (WHERE gone.id IS NOT NULL), 0)
            FROM spend_shares s LEFT JOIN nodes gone ON gone.id = s.node_id AND gone.id <> $1 AND gone.seen_at > '-infinity' AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = gone.id AND {Living})
            WHERE s.kind = $2 AND s.subject = $3 AND s.period = $4 AND s.start = $5
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        command.Parameters.Add(new() { Value = (int)SpendSubjectKind.Workspace });
        command.Parameters.Add(new() { Value = workspaceId });
        command.Parameters.Add(new() { Value = (int)CapPeriod.Month });
        command.Parameters.Add(new() { Value = month.UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetDecimal(0), reader.GetDecimal(1));
    }

    /// <summary>This node's own rows of a month and its days.</summary>
    public async Task<List<(SpendWindowKey Window, decimal SpentUsd)>> ReadOwnAsync(DateTimeOffset month, CancellationToken cancellationToken)
    {
        const string sql = "SELECT kind, subject, period, start, spent_usd FROM spend_shares WHERE node_id = $1 AND start >= $2 AND kind <> $3";
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        command.Parameters.Add(new() { Value = month.UtcDateTime });
        command.Parameters.Add(new() { Value = (int)SpendSubjectKind.EndUser });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(SpendWindowKey, decimal)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var subject = new SpendSubject((SpendSubjectKind)reader.GetInt32(0), reader.GetString(1));
            rows.Add((new(subject, (CapPeriod)reader.GetInt32(2), new DateTimeOffset(reader.GetDateTime(3), TimeSpan.Zero)), reader.GetDecimal(4)));
        }

        return rows;
    }

    /// <summary>Says that this node lives; how many others do comes back.</summary>
    public async Task<int> BeatAsync(CancellationToken cancellationToken)
    {
        const string sql = $"""
            WITH beat AS (
                INSERT INTO nodes (id, host, started_at, seen_at) VALUES ($1, $2, clock_timestamp(), clock_timestamp())
                ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp(), host = excluded.host)
            SELECT count(*)::int FROM nodes n WHERE n.id <> $1 AND {Living}
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        command.Parameters.Add(new() { Value = node.Host });
        var others = (int)(await command.ExecuteScalarAsync(cancellationToken))!;
        leases.MarkReachable();
        return others;
    }

    /// <summary>What is known of some windows, in their order.</summary>
    public async Task<ShareHeard[]> HearAsync(SpendWindowKey[] windows, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT coalesce(own.granted_usd, 0), coalesce(own.recalled, false), coalesce(others.spent, 0), coalesce(others.used, 0), coalesce(own.spent_usd, 0)
            FROM unnest($2::int[], $3::text[], $4::int[], $5::timestamptz[]) WITH ORDINALITY AS asked(kind, subject, period, start, place)
            LEFT JOIN spend_shares own ON own.node_id = $1
                AND own.kind = asked.kind AND own.subject = asked.subject AND own.period = asked.period AND own.start = asked.start
            LEFT JOIN LATERAL (
                SELECT sum(greatest(s.spent_usd, s.settled_usd)) AS spent,
                    sum(CASE WHEN n.id IS NULL THEN greatest(s.granted_usd, s.spent_usd, s.settled_usd) ELSE greatest(s.spent_usd, s.settled_usd + s.reserved_usd) END) AS used
                FROM spend_shares s LEFT JOIN nodes n ON n.id = s.node_id AND {Living}
                WHERE s.node_id <> $1 AND s.kind = asked.kind AND s.subject = asked.subject AND s.period = asked.period AND s.start = asked.start
            ) others ON true
            ORDER BY asked.place
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        Windows(command, windows);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var heard = new ShareHeard[windows.Length];
        for (var i = 0; await reader.ReadAsync(cancellationToken); i++)
        {
            heard[i] = new(reader.GetDecimal(0), reader.GetBoolean(1), reader.GetDecimal(2), reader.GetDecimal(3), reader.GetDecimal(4));
        }

        return heard;
    }

    /// <summary>Tells the others what this node has used, and gives back what it no longer holds.</summary>
    public async Task TellAsync(IReadOnlyList<ShareNews> news, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH given AS (
                SELECT * FROM unnest($2::int[], $3::text[], $4::int[], $5::timestamptz[], $6::numeric[], $7::numeric[], $8::numeric[])
                AS given(kind, subject, period, start, settled, reserved, keep)),
            mine AS (
                SELECT given.* FROM spend_shares s JOIN given USING (kind, subject, period, start)
                WHERE s.node_id = $1 AND s.sequence < $9 ORDER BY s.subject COLLATE "C", s.kind, s.period, s.start FOR NO KEY UPDATE OF s)
            UPDATE spend_shares s SET settled_usd = mine.settled, reserved_usd = mine.reserved, sequence = $9,
                granted_usd = CASE WHEN mine.keep IS NULL THEN s.granted_usd ELSE greatest(mine.keep, s.spent_usd) END,
                recalled = s.recalled AND mine.keep IS NULL AND s.granted_usd > mine.settled + mine.reserved
            FROM mine WHERE s.node_id = $1 AND s.subject = mine.subject AND s.kind = mine.kind AND s.period = mine.period AND s.start = mine.start
            """;
        if (news.Count == 0)
        {
            return;
        }

        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        Windows(command, [.. news.Select(one => one.Window)]);
        command.Parameters.Add(new() { Value = news.Select(one => one.SettledUsd).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.ReservedUsd).ToArray() });
        command.Parameters.Add(new() { Value = news.Select(one => one.KeepUsd).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric });
        command.Parameters.Add(new() { Value = leases.NextSequence(), NpgsqlDbType = NpgsqlDbType.Bigint });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Gives everything back at the end, but for what calls have cost and the books do not have yet.</summary>
    public async Task LeaveAsync(IReadOnlyList<ShareNews> settled, CancellationToken cancellationToken)
    {
        await TellAsync(settled, cancellationToken);
        await using var command = database.CreateCommand("UPDATE nodes SET seen_at = '-infinity' WHERE id = $1");
        command.Parameters.Add(new() { Value = node.Id });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Writes off the slices of nodes that were not heard of for so long, but for what they were last heard to have used: the provider
    /// bills that whether they return or not. What was freed and of how many nodes comes back.
    /// </summary>
    public async Task<(decimal Usd, long Nodes)> WriteOffAsync(TimeSpan after, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH lost AS (
                SELECT s.node_id, s.subject, s.kind, s.period, s.start, greatest(s.spent_usd, s.settled_usd + s.reserved_usd) AS used, s.granted_usd
                FROM spend_shares s
                WHERE s.granted_usd > greatest(s.spent_usd, s.settled_usd + s.reserved_usd) AND s.node_id <> $1
                    AND EXISTS (SELECT FROM nodes n WHERE n.id = s.node_id AND n.seen_at < clock_timestamp() - $2 AND n.seen_at > '-infinity')
                ORDER BY s.subject COLLATE "C", s.kind, s.period, s.start FOR NO KEY UPDATE OF s),
            done AS (UPDATE spend_shares s SET granted_usd = lost.used FROM lost
                WHERE s.node_id = lost.node_id AND s.subject = lost.subject AND s.kind = lost.kind AND s.period = lost.period AND s.start = lost.start)
            SELECT coalesce(sum(granted_usd - used), 0), count(DISTINCT node_id) FROM lost
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = node.Id });
        command.Parameters.Add(new() { Value = after });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetDecimal(0), reader.GetInt64(1));
    }

    /// <summary>
    /// Deletes the windows that ended before an instant, and nodes that were last heard of before it and have nothing left in any
    /// window. A node that returns later writes its rows anew.
    /// </summary>
    public async Task<(long Windows, long Nodes)> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        const string over = "start + CASE period WHEN 0 THEN interval '1 day' ELSE interval '1 month' END < $1";   // CapPeriod
        const string gone = "greatest(seen_at, started_at) < $1 AND NOT EXISTS (SELECT FROM spend_shares s WHERE s.node_id = nodes.id)";
        var windows = await Pruning.DeleteAsync(database, "spend_shares", over, before.UtcDateTime, cancellationToken);
        return (windows, await Pruning.DeleteAsync(database, "nodes", gone, before.UtcDateTime, cancellationToken));
    }

    /// <summary>Deletes reached thresholds that were written down before an instant.</summary>
    public Task<long> PruneEventsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        Pruning.DeleteAsync(database, "budget_events", "at < $1", before.UtcDateTime, cancellationToken);

    private static void Windows(NpgsqlCommand command, SpendWindowKey[] windows)
    {
        command.Parameters.Add(new() { Value = Array.ConvertAll(windows, window => (int)window.Subject.Kind) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(windows, window => window.Subject.Id) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(windows, window => (int)window.Period) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(windows, window => window.Start.UtcDateTime), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
    }
}
