using HiWay.Domain.Budgets;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering.Drain;

namespace HiWay.Infrastructure.Budgets;

/// <summary>What events add to the windows of caps, USD.</summary>
internal sealed class SpendSums
{
    /// <summary>What calls have cost.</summary>
    public Dictionary<SpendWindowKey, decimal> Spent { get; } = [];

    /// <summary>What calls of lost processes may cost beyond that.</summary>
    public Dictionary<SpendWindowKey, decimal> Open { get; } = [];

    public void Add(UsageEvent usage)
    {
        Add(Spent, usage, usage.CostUsd);
        Add(Open, usage, usage.OpenUsd);
    }

    private static void Add(Dictionary<SpendWindowKey, decimal> sums, UsageEvent usage, decimal exact)
    {
        if (exact <= 0m)
        {
            return;
        }

        var usd = Stored.Money(exact);
        var month = SpendWindows.StartOf(CapPeriod.Month, usage.CreatedAt);
        AddTo(new(SpendSubject.Workspace(usage.WorkspaceId), CapPeriod.Month, month));
        if (usage.KeyId is { } key)
        {
            AddTo(new(SpendSubject.Key(key), CapPeriod.Day, SpendWindows.StartOf(CapPeriod.Day, usage.CreatedAt)));
            AddTo(new(SpendSubject.Key(key), CapPeriod.Month, month));
        }

        if (RequestCopy.EndUser(usage) is { } user)
        {
            AddTo(new(SpendSubject.EndUser(usage.WorkspaceId, user), CapPeriod.Month, month));
        }

        void AddTo(SpendWindowKey window) => sums[window] = sums.GetValueOrDefault(window) + usd;
    }
}
