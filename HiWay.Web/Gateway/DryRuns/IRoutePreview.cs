using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Routing;

namespace HiWay.Web.Gateway.DryRuns;

/// <summary>One model that was looked at.</summary>
/// <param name="Price">At the request's own time and length; null when unknown.</param>
/// <param name="Quality">0..100; null when nobody measured.</param>
/// <param name="ExcludedBecause">Null for those that can take the request.</param>
public sealed record PreviewCandidate(string Model, string Tier, TokenPrice? Price, double? Quality, string? ExcludedBecause);

/// <summary>How a chat body would be routed.</summary>
/// <param name="Score">0..1; null when nothing is scored, because a model or a tier was named.</param>
/// <param name="Tier">As answers name it: a tier, <c>override</c>, <c>bypass</c>; the asked-for tier when nobody can take it.</param>
/// <param name="Base">Where the score starts; with all contributions it is the score.</param>
/// <param name="Candidates">Best first; those that cannot take it at the end of their tier.</param>
/// <param name="Model">Null when nobody can take it; <paramref name="Reason"/> says why.</param>
/// <param name="Chain">The models in the order in which they would be tried.</param>
/// <param name="DecisionUs">Microseconds that the decision took.</param>
public sealed record RoutePreview(
    double? Score, string Tier, double Base, IReadOnlyList<AnalyzerReading> Analyzers, string Profile, IReadOnlyList<PreviewCandidate> Candidates,
    string? Model, IReadOnlyList<string> Chain, string Reason, long DecisionUs);

/// <summary>Shows how a call would be routed without making it.</summary>
public interface IRoutePreview
{
    /// <param name="chatBody">A body of <c>POST /v1/chat/completions</c>.</param>
    /// <param name="tried">Settings to try instead of the saved ones; null takes those as they are.</param>
    /// <param name="keyId">Whose restrictions hold; null for none.</param>
    Task<Outcome<RoutePreview>> RunAsync(Actor actor, ReadOnlyMemory<byte> chatBody, RoutingPatch? tried, string? keyId, CancellationToken cancellationToken);
}
