using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Metering.Journal;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// Fills the ledger at the start: what the books have of this node in the windows that run, and what the journal still holds
/// behind the place that the database has reached. Runs before the first call is answered and before the drain moves on.
/// </summary>
internal sealed class SpendSeed(SpendShares shares, UsageJournal journal, SpendLedger ledger, TimeProvider clock)
{
    /// <param name="drainedTo">Everything before it is in the database, nothing behind it.</param>
    public async Task RunAsync(JournalPosition drainedTo, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await shares.BeatAsync(cancellationToken);

        // Read whole before anything is booked, so that a failure half way leaves the ledger empty for the next try.
        var spent = await shares.ReadOwnAsync(SpendWindows.StartOf(CapPeriod.Month, now), cancellationToken);
        foreach (var (window, usd) in spent)
        {
            ledger.Seed(window, usd, now);
        }

        var strings = new StringPool();
        while (journal.Read(drainedTo, 5_000, strings) is { } batch)
        {
            foreach (var usage in batch)
            {
                ledger.Add(SpendSubject.Workspace(usage.WorkspaceId), usage.CostUsd, usage.CreatedAt);
                if (usage.KeyId is { } key)
                {
                    ledger.Add(SpendSubject.Key(key), usage.CostUsd, usage.CreatedAt);
                }
            }

            drainedTo = batch.End;
        }
    }
}
