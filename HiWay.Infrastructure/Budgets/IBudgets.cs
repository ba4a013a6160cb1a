using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Budgets;

/// <summary>A workspace's budget as api.md section 4 shows it. Money is US dollars, thresholds are shares of the cap.</summary>
/// <param name="CapUsd">Null without a cap.</param>
/// <param name="EndUserCapUsd">The cap of each end user without one of the own; null is none.</param>
/// <param name="SpentUsd">This month, playground included.</param>
/// <param name="ReservedUsd">Set aside for calls that are running.</param>
/// <param name="ForecastUsd">What the month will have cost at the pace of the last days.</param>
/// <param name="ForecastBlockAt">When the cap will be reached; null when not in this month.</param>
public sealed record BudgetView(
    decimal? CapUsd, decimal WarnAt, decimal DowngradeAt, decimal LightOnlyAt, decimal BlockAt, decimal? EndUserCapUsd,
    decimal SpentUsd, decimal ReservedUsd, string Verdict, DateTimeOffset ResetAt, decimal ForecastUsd, DateTimeOffset? ForecastBlockAt);

/// <summary>What can be set; every field is taken as it is.</summary>
public sealed record BudgetDraft(
    decimal? CapUsd, decimal WarnAt, decimal DowngradeAt, decimal LightOnlyAt, decimal BlockAt, decimal? EndUserCapUsd);

/// <summary>An end user with a cap of the own.</summary>
public sealed record EndUserCapView(string User, decimal CapUsd, decimal SpentUsd, string Verdict, DateTimeOffset ResetAt);

/// <summary>A key with a cap, one for each of its caps.</summary>
/// <param name="Period"><c>day</c> or <c>month</c>.</param>
public sealed record KeyCapView(string KeyId, string KeyName, string Period, decimal CapUsd, decimal SpentUsd, string Verdict, DateTimeOffset ResetAt);

/// <summary>A threshold that was reached.</summary>
/// <param name="Scope"><c>workspace</c>, <c>key</c> or <c>user</c>.</param>
/// <param name="Subject">The id; of an end user the caller's name.</param>
/// <param name="Label">For people: a key's name.</param>
public sealed record BudgetEventView(
    DateTimeOffset At, string Scope, string Subject, string Label, string Period, string Verdict, decimal SpentUsd, decimal CapUsd);

/// <summary>What the dashboard's page shows beside the budget itself.</summary>
/// <param name="Days">Spend by UTC day of this month, days without spend included.</param>
/// <param name="Kept">Part of what is set aside.</param>
public sealed record BudgetPageView(
    BudgetView Budget, IReadOnlyList<(DateOnly Day, decimal Usd)> Days, IReadOnlyList<KeyCapView> Keys, IReadOnlyList<EndUserCapView> Users,
    IReadOnlyList<BudgetEventView> Events, KeptSpend Kept);

/// <summary>Budget Control of one workspace. Changes are audited and known to the gateway before the call returns.</summary>
public interface IBudgets
{
    Task<Outcome<BudgetView>> GetAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<BudgetView>> PutAsync(Actor actor, BudgetDraft draft, CancellationToken cancellationToken);

    /// <summary>The end users with a cap of their own, by name.</summary>
    Task<Outcome<IReadOnlyList<EndUserCapView>>> UsersAsync(Actor actor, CancellationToken cancellationToken);

    /// <summary>Sets an end user's cap; 0 refuses all that costs.</summary>
    Task<Outcome<EndUserCapView>> PutUserAsync(Actor actor, string user, decimal? capUsd, CancellationToken cancellationToken);

    /// <summary>Takes an end user's own cap away; the workspace's default holds again.</summary>
    Task<Outcome<bool>> DeleteUserAsync(Actor actor, string user, CancellationToken cancellationToken);

    /// <summary>Thresholds reached, newest first, at most a hundred.</summary>
    Task<Outcome<IReadOnlyList<BudgetEventView>>> EventsAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<BudgetPageView>> PageAsync(Actor actor, CancellationToken cancellationToken);

    /// <summary>How this node keeps the caps of a page that was read before; asks no database, so it also tells that it is away. What is held is of this workspace's caps only.</summary>
    BudgetState NodeOf(string workspaceId, BudgetPageView page);
}
