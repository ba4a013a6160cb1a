using System.Collections.Frozen;
using HiWay.Domain.Budgets;

namespace HiWay.Infrastructure.Budgets;

/// <summary>A workspace's caps as a call needs them; part of its snapshot.</summary>
/// <param name="CapUsd">The month's cap on everything that the workspace calls; null is none.</param>
/// <param name="EndUserCapUsd">The month's cap of each end user without one of the own; null is none.</param>
/// <param name="EndUserCaps">Caps of single end users.</param>
public sealed record WorkspaceBudget(
    decimal? CapUsd, BudgetThresholds Thresholds, decimal? EndUserCapUsd, FrozenDictionary<string, decimal> EndUserCaps)
{
    public static WorkspaceBudget None { get; } = new(null, BudgetThresholds.Default, null, FrozenDictionary<string, decimal>.Empty);

    /// <summary>For caps of keys and end users: the milder verdicts start where the workspace says, but such a cap holds in full.</summary>
    public BudgetThresholds WholeThresholds { get; } = Thresholds with { Block = 1m };

    public bool CapsEndUsers => EndUserCapUsd is not null || EndUserCaps.Count > 0;

    public decimal? CapOf(string endUser) => EndUserCaps.TryGetValue(endUser, out var own) ? own : EndUserCapUsd;
}
