using HiWay.Domain.Budgets;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway;

/// <summary>What a settled call tells its caller in `_hiway`.</summary>
internal static class CallFacts
{
    public static HiWayFacts Of(GatewayCall call)
    {
        var answered = call.LastAttempt is { Failure: null } ? call.LastAttempt : null;
        return new HiWayFacts
        {
            RoutedModel = call.LastAttempt?.Deployment.Model.Id,
            RoutedTier = call.HasRoute ? call.Route.RoutedTier : null,
            Score = call.HasRoute ? call.Route.Score : null,
            Reason = call.HasRoute ? call.Route.Reason : null,
            Fallback = answered is not null && call.Attempts.Count > 1,
            FallbackChain = call.Attempts.Count == 1 && answered is not null ? [] : [.. call.Attempts.Where(attempt => attempt.Failure is not null).Select(attempt => attempt.ToLink())],
            UpstreamCost = call.Cost.Usd,
            BaselineCost = call.BaselineUsd,
            Savings = call.Cost.Unpriced ? 0m : Math.Max(0m, call.BaselineUsd - call.Cost.Usd),
            Unpriced = call.Cost.Unpriced,
            RequestId = call.RequestId,
            Budget = call.Budget is { } budget ? new BudgetFacts(budget.Verdict.Text(), budget.SpentUsd, budget.Cap.CapUsd) : null,
            // A model that the caller named stays, so nothing was done about its long prompt.
            Guardian = call.Downgraded && call is { HasRoute: true, Route.RoutedTier: "override" or "bypass" } ? call.GuardianNote! with { Action = "alert" } : call.GuardianNote,
            Dropped = answered?.Dropped ?? [],
        };
    }
}
