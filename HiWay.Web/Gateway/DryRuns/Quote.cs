using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Budgets;
using HiWay.Web.Gateway.Stages;

namespace HiWay.Web.Gateway.DryRuns;

/// <summary>What a routed call would cost and whether its caps allow it.</summary>
/// <param name="Range">At the model that is asked first.</param>
/// <param name="MaxUsd">What would be set aside: the worst case of the dearest model of the chain.</param>
/// <param name="BaselineUsd">The expected tokens on the flagship; null without one.</param>
/// <param name="CacheSavingsUsd">What a warm prompt cache takes off the expected cost.</param>
/// <param name="Budget">The cap with the least room; null without one.</param>
/// <param name="Allowed">The worst case fits every cap and the call's own limit.</param>
internal readonly record struct Quote(
    CostRange Range, decimal MaxUsd, decimal? BaselineUsd, decimal CacheSavingsUsd, long ExpectedOutputTokens, long MaxOutputTokens, CapStanding? Budget, bool Allowed)
{
    public static Quote Of(GatewayCall call, CapStanding? budget)
    {
        var body = call.Body;
        var model = call.Route.Chain[0].Model;
        var choices = body.Choices;
        var expected = (long)Math.Min(body.MaxOutputTokens ?? RoutingSettings.TypicalOutputTokens, RoutingSettings.TypicalOutputTokens) * choices;
        var most = (long)(body.MaxOutputTokens ?? model.MaxOutputTokens ?? WorstCaseRules.UnknownOutputLimit) * choices;
        if (call.Key.IsTest)
        {
            return new(new(0m, 0m), 0m, 0m, 0m, expected, most, null, Allowed: true);
        }

        var range = QuoteRules.Of(model, call.ArrivedAt, call.PromptTokens, call.Route.CachedTokens, body.MaxOutputTokens, choices, body.Lane);
        var cold = QuoteRules.Of(model, call.ArrivedAt, call.PromptTokens, 0, body.MaxOutputTokens, choices, body.Lane);
        var flagship = call.Workspace.Flagship is { } best ? QuoteRules.Of(best, call.ArrivedAt, call.PromptTokens, 0, body.MaxOutputTokens, choices, body.Lane).ExpectedUsd : null;
        var max = WorstCase.OfDearest(call);
        return new(
            range, max, flagship, (cold.ExpectedUsd - range.ExpectedUsd) ?? 0m, expected, most, budget,
            !(max > budget?.LeftUsd) && !(max > body.Extras.MaxCostUsd));
    }
}
