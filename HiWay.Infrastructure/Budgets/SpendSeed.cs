using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Metering.Journal;
using Npgsql;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// Fills the ledger at the start: this month from the totals by day, and what the journal still holds behind the place
/// that the database has reached. Runs before the first call is answered and before the drain moves on.
/// </summary>
internal sealed class SpendSeed(NpgsqlDataSource database, UsageJournal journal, SpendLedger ledger, TimeProvider clock)
{
    /// <param name="drainedTo">Everything before it is in the database, nothing behind it.</param>
    public async Task RunAsync(JournalPosition drainedTo, CancellationToken cancellationToken)
    {
        var spent = await ReadDaysAsync(SpendWindows.StartOf(CapPeriod.Month, clock.GetUtcNow()), cancellationToken);
        foreach (var (key, day, usd) in spent)
        {
            ledger.Add(SpendSubject.Key(key), usd, day);
        }

        var strings = new StringPool();
        while (journal.Read(drainedTo, 5_000, strings) is { } batch)
        {
            foreach (var usage in batch.Events)
            {
                if (usage.KeyId is { } key)
                {
                    ledger.Add(SpendSubject.Key(key), usage.CostUsd, usage.CreatedAt);
                }
            }

            drainedTo = batch.End;
        }
    }

    /// <summary>Read whole before anything is booked, so that a failure half way leaves the ledger empty for the next try.</summary>
    private async Task<List<(string Key, DateTimeOffset Day, decimal Usd)>> ReadDaysAsync(DateTimeOffset from, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT key_id, start, sum(cost_usd) FROM usage_rollups
            WHERE granularity = 'day' AND start >= $1 AND key_id <> '' GROUP BY key_id, start HAVING sum(cost_usd) > 0
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = from.UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var spent = new List<(string, DateTimeOffset, decimal)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            spent.Add((reader.GetString(0), new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero), reader.GetDecimal(2)));
        }

        return spent;
    }
}
