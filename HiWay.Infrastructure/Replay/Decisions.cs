using HiWay.Domain.Accounts;
using HiWay.Domain.Budgets;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Domain.Routing.Replay;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Replay;

/// <inheritdoc cref="IDecisions"/>
internal sealed class Decisions(ISnapshots snapshots, ReplayReader reader) : IDecisions
{
    public async Task<Outcome<DecisionView?>> ExplainAsync(Actor actor, RequestDetail request, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        if (request.Decision is null || LoggedDecisionCodec.Read(request.Decision) is not { } logged)
        {
            return (DecisionView?)null;
        }

        IReadOnlyList<CandidateView> candidates = [];
        if (snapshots.Workspace(actor.WorkspaceId) is { } workspace && TierNames.Parse(request.Row.Tier) is { } tier)
        {
            var allowed = await reader.AllowedModelsAsync(actor.WorkspaceId, cancellationToken);
            var needs = logged.Needs with { RequestedModel = request.Row.RequestedModel, AllowedModels = request.Row.KeyId is { } key ? allowed.GetValueOrDefault(key) : null };
            candidates = workspace.Candidates.Explain(tier, logged.Profile, needs, request.Row.CreatedAt);
        }

        var score = logged.Score();
        return new DecisionView(
            score.Base, score.Analyzers, logged.Features.Task.Text(), logged.Profile.Text(), logged.Budget.Text(), logged.CachedTokens, logged.SomebodyWasUnwell, candidates);
    }
}
