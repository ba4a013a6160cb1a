using HiWay.Domain.Metering;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Metering.Rollups;
using Npgsql;

namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>
/// Writes events with their totals in one transaction. The request id decides what is new: an event that is already there
/// changes neither the rows nor the totals, however often it comes.
/// </summary>
internal sealed class BatchWriter(BooksDatabase books, Partitions partitions, SpendShares spend)
{
    /// <summary>
    /// The quick way, for events that cannot be there yet: COPY straight into the table.
    /// False when one of them was there after all; then nothing was written, and the careful way tells which.
    /// </summary>
    /// <param name="days">All that the events fall on.</param>
    /// <param name="events">Gone over once; none is kept.</param>
    public async Task<bool> TryWriteNewAsync(IReadOnlyCollection<DateOnly> days, IEnumerable<UsageEvent> events, CancellationToken cancellationToken)
    {
        await partitions.EnsureUnseenAsync(days, cancellationToken);
        await using var connection = await books.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var totals = new BatchTotals();
        try
        {
            await RequestCopy.WriteAsync(connection, Partitions.Requests, totals.Counting(events), cancellationToken);
        }
        catch (PostgresException there) when (there.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }

        await AddAsync(connection, totals, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>
    /// The careful way, for a replay and after a commit whose outcome is unknown: over a temporary table, skipping what is
    /// there, with totals only from what was really inserted. Returns how many were new.
    /// </summary>
    /// <param name="days">All that the events fall on.</param>
    public async Task<int> WriteMissingAsync(IReadOnlyCollection<DateOnly> days, IReadOnlyList<UsageEvent> events, CancellationToken cancellationToken)
    {
        await partitions.EnsureUnseenAsync(days, cancellationToken);
        await using var connection = await books.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, $"CREATE TEMPORARY TABLE incoming (LIKE {Partitions.Requests}) ON COMMIT DROP", cancellationToken);
        await RequestCopy.WriteAsync(connection, "incoming", events, cancellationToken);
        var inserted = await InsertedAsync(connection, cancellationToken);
        var (added, totals) = (0, new BatchTotals());
        foreach (var usage in events.Where(usage => inserted.Remove(usage.Id)))
        {
            totals.Add(usage);
            added++;
        }

        await AddAsync(connection, totals, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return added;
    }

    /// <summary>Sets when keys were last used. Apart from the books: it may fail, and it must not wait for a row that somebody edits.</summary>
    /// <remarks>Locks in the order of ids, as every node does, and skips rows that are locked; the next time brings them.</remarks>
    public async Task TouchKeysAsync(IReadOnlyDictionary<string, DateTimeOffset> usedAt, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH used AS (SELECT * FROM unnest($1::text[], $2::timestamptz[]) AS given(id, at)),
            free AS (SELECT k.id FROM api_keys k WHERE k.id = ANY($1) ORDER BY k.id FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE api_keys k SET last_used_at = used.at FROM used JOIN free USING (id)
            WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at < used.at)
            """;
        await using var connection = await books.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new() { Value = usedAt.Keys.ToArray() });
        command.Parameters.Add(new() { Value = usedAt.Values.Select(at => at.UtcDateTime).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task AddAsync(NpgsqlConnection connection, BatchTotals totals, CancellationToken cancellationToken)
    {
        await RollupUpsert.WriteAsync(connection, totals.Rollups, cancellationToken);
        await spend.AddAsync(connection, totals.Spend, cancellationToken);
    }

    private static async Task<HashSet<string>> InsertedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string sql = $"INSERT INTO {Partitions.Requests} ({RequestCopy.Columns}) SELECT {RequestCopy.Columns} FROM incoming ON CONFLICT DO NOTHING RETURNING id";
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var inserted = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            inserted.Add(reader.GetString(0));
        }

        return inserted;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
