using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway;

/// <summary>What ChooseChain decided.</summary>
/// <param name="Chain">Deployments in the order they are tried; at least one, at most three.</param>
/// <param name="RoutedTier">As answers show it: a tier, <c>override</c> for a pin, <c>bypass</c>, <c>test</c>.</param>
/// <param name="Score">0..1; null when nothing was scored.</param>
/// <param name="Bypass">Upstream errors come back as they are.</param>
/// <param name="Tier">The tier chosen, where a tier was.</param>
internal sealed record RouteChoice(
    IReadOnlyList<Deployment> Chain, string RoutedTier, double? Score, string Reason, bool Bypass = false, Tier? Tier = null)
{
    /// <summary>What each analyzer added to the score; empty when nothing was scored.</summary>
    public IReadOnlyList<AnalyzerReading> Analyzers { get; init; } = [];
}
