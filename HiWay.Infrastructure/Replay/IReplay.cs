using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Routing;

namespace HiWay.Infrastructure.Replay;

/// <summary>How many decisions fell on something, under the saved settings and under those that are tried.</summary>
public sealed record ReplayCount(string Name, long Before, long After);

/// <summary>Calls that would go to another model.</summary>
/// <param name="From">The model under the saved settings; null when none could take the call.</param>
/// <param name="CostBeforeUsd">What these calls cost at <paramref name="From"/>, and at <paramref name="To"/> for the same tokens.</param>
public sealed record ReplayMove(string? From, string? To, long Calls, decimal CostBeforeUsd, decimal CostAfterUsd);

/// <summary>Cost and savings of the replayed calls, in US dollars.</summary>
public sealed record ReplayMoney(decimal CostUsd, decimal SavingsUsd);

/// <summary>What other settings would have done with logged calls of <c>auto</c>. Money is US dollars for the tokens that the calls used.</summary>
/// <param name="Decisions">Calls that were decided again.</param>
/// <param name="Sampled">There were more than are replayed; these are an even share of every hour.</param>
/// <param name="Skipped">Calls whose decision cannot be made again, because the router was trained anew since.</param>
/// <param name="Changed">Calls that would go to another model.</param>
/// <param name="UnlikeLog">Calls that the saved settings would send elsewhere today than they went: the settings, the models or somebody's health were different.</param>
/// <param name="LoggedCostUsd">What the calls cost in fact.</param>
/// <param name="SavingsDeltaUsd">What is saved more than before; negative when less.</param>
public sealed record ReplayReport(
    int Days, DateTimeOffset From, DateTimeOffset To, long Decisions, bool Sampled, long Skipped, long Changed, long UnlikeLog,
    IReadOnlyList<ReplayCount> Tiers, IReadOnlyList<ReplayCount> Models, IReadOnlyList<ReplayMove> Moves,
    decimal LoggedCostUsd, ReplayMoney Before, ReplayMoney After, decimal SavingsDeltaUsd);

/// <summary>Decides logged calls again under settings that are not saved.</summary>
public interface IReplay
{
    /// <param name="days">Up to now, 1 to 30.</param>
    /// <param name="tried">What would be set; what it leaves out stays as saved.</param>
    /// <param name="progress">Told now and then which share is done, 0..1; null when nobody watches.</param>
    Task<Outcome<ReplayReport>> RunAsync(Actor actor, int days, RoutingPatch tried, IProgress<double>? progress, CancellationToken cancellationToken);
}
