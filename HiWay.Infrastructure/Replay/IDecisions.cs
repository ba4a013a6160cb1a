using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Metering;

namespace HiWay.Infrastructure.Replay;

/// <summary>Why a call of <c>auto</c> went where it went.</summary>
/// <param name="Base">Where the score starts; with all contributions it is the score.</param>
/// <param name="Analyzers">With the weights that held then.</param>
/// <param name="Task">The kind of task that the router took it for.</param>
/// <param name="Budget">What the strictest cap said.</param>
/// <param name="CachedTokens">Tokens that the chosen model's provider had cached, which kept the conversation there; null when no cache was in play.</param>
/// <param name="Candidates">The models of the tier as they stand today, best first; those that could not take it at the end, with the reason.</param>
public sealed record DecisionView(
    double Base, IReadOnlyList<AnalyzerReading> Analyzers, string Task, string Profile, string Budget, long? CachedTokens, bool SomebodyWasUnwell,
    IReadOnlyList<CandidateView> Candidates);

/// <summary>Explains logged decisions.</summary>
public interface IDecisions
{
    /// <returns>Null for calls that were not routed by score, or by trained weights of another version.</returns>
    Task<Outcome<DecisionView?>> ExplainAsync(Actor actor, RequestDetail request, CancellationToken cancellationToken);
}
