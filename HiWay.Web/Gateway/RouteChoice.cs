using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
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
    /// <summary>Another deployment may be asked when one fails: not for pins, not for keys without fallback.</summary>
    public bool MayFallBack { get; init; } = Chain.Count > 1;

    /// <summary>Nobody outside the chain is asked, whatever happens: an alias lists whom the workspace wants.</summary>
    public bool OnlyThese { get; init; }

    /// <summary>What a model must be able to do to take the call; for choosing a further one when the chain is not enough.</summary>
    public RouteNeeds Needs { get; init; }

    public RoutingProfile Profile { get; init; }

    /// <summary>The first of the chain through the credential whose prompt cache holds this conversation; null when none does.</summary>
    public Deployment? Warm { get; init; }

    /// <summary>Tokens of the prompt that are cached there.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Tokens of the prompt that a deployment has cached.</summary>
    public long WarmTokens(Deployment deployment) => Warm?.Id == deployment.Id ? CachedTokens : 0;

    /// <summary>What each analyzer added to the score; empty when nothing was scored.</summary>
    public IReadOnlyList<AnalyzerReading> Analyzers { get; init; } = [];

    /// <summary>What the log keeps of the decision; null when nothing was scored.</summary>
    public byte[]? Decision { get; init; }
}
