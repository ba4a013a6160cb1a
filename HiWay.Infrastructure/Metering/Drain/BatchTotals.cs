using HiWay.Domain.Metering;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Metering.Rollups;

namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>All that a batch adds to besides its rows.</summary>
internal sealed class BatchTotals
{
    public RollupBatch Rollups { get; } = new();

    public SpendSums Spend { get; } = new();

    public void Add(UsageEvent usage)
    {
        Rollups.Add(usage);
        Spend.Add(usage);
    }

    /// <summary>The same events; each is counted as it passes.</summary>
    public IEnumerable<UsageEvent> Counting(IEnumerable<UsageEvent> events)
    {
        foreach (var usage in events)
        {
            Add(usage);
            yield return usage;
        }
    }
}
