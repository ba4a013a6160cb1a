using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Budgets;

/// <summary>Whose spend a call is, and the caps that it must keep.</summary>
/// <param name="KeyId">Null for the playground, which has no key.</param>
/// <param name="EndUser">Null when the caller names none, or no end user of the workspace has a cap.</param>
/// <param name="Caps">Ordered by kind of subject, which is the order in which accounts are locked.</param>
public sealed record SpendScope(string WorkspaceId, string? KeyId, string? EndUser, IReadOnlyList<SpendCap> Caps, WorkspaceBudget Budget)
{
    /// <summary>Longest name of an end user that is kept; what is longer is cut, here as in the books.</summary>
    public const int LongestEndUser = 128;

    public bool Capped => Caps.Count > 0;

    /// <param name="key">Null for the playground.</param>
    public static SpendScope Of(WorkspaceSnapshot workspace, WorkspaceKey? key, string? endUser)
    {
        var budget = workspace.Budget;
        var user = endUser is { Length: > 0 } && budget.CapsEndUsers ? endUser : null;
        var userCap = user is null ? null : budget.CapOf(user);
        if (budget.CapUsd is null && userCap is null && key?.DailyCapUsd is null && key?.MonthlyCapUsd is null)
        {
            return new(workspace.Id, key?.Id, user, [], budget);
        }

        var caps = new List<SpendCap>(4);
        if (budget.CapUsd is { } cap)
        {
            caps.Add(new(SpendSubject.Workspace(workspace.Id), CapPeriod.Month, cap, budget.Thresholds.Block));
        }

        if (key?.DailyCapUsd is { } day)
        {
            caps.Add(new(SpendSubject.Key(key.Id), CapPeriod.Day, day));
        }

        if (key?.MonthlyCapUsd is { } month)
        {
            caps.Add(new(SpendSubject.Key(key.Id), CapPeriod.Month, month));
        }

        if (userCap is { } each)
        {
            caps.Add(new(SpendSubject.EndUser(workspace.Id, user!), CapPeriod.Month, each));
        }

        return new(workspace.Id, key?.Id, user, caps, budget);
    }

    public BudgetThresholds ThresholdsOf(in SpendCap cap) =>
        cap.Subject.Kind is SpendSubjectKind.Workspace ? Budget.Thresholds : Budget.WholeThresholds;
}

/// <summary>How things stand with one cap.</summary>
/// <param name="SpentUsd">Settled in this window, by all nodes as far as known here.</param>
/// <param name="CommittedUsd">The same with what is set aside for running calls.</param>
public readonly record struct CapStanding(SpendCap Cap, BudgetVerdict Verdict, decimal SpentUsd, decimal CommittedUsd, DateTimeOffset ResetAt)
{
    /// <summary>What a further call may cost at most; not below 0.</summary>
    public decimal LeftUsd => Math.Max(0m, Cap.LimitUsd - CommittedUsd);
}

/// <summary>A cap's spend has reached stricter verdicts than before in its window, as far as this process knows.</summary>
/// <param name="Before">The strictest that was reached before.</param>
/// <param name="Reached">The strictest whose share of the cap is spent.</param>
/// <param name="Verdict">The strictest that holds: stricter than what is spent when calls are refused because they no longer fit.</param>
public sealed record CapCrossing(
    string WorkspaceId, SpendCap Cap, BudgetVerdict Before, BudgetVerdict Reached, BudgetVerdict Verdict, decimal SpentUsd, DateTimeOffset WindowStart, DateTimeOffset At);
