using HiWay.Domain.Budgets;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Stages;

/// <summary>Sets the worst case of the call aside against the caps in scope, so that parallel calls cannot pass one together.</summary>
internal sealed class Reserve(SpendLedger ledger) : Stage("reserve")
{
    /// <summary>Output tokens assumed when neither the caller nor the catalogue states a limit.</summary>
    private const int UnknownOutputLimit = 16_384;

    protected override GatewayError? Decide(GatewayCall call, out string verdict)
    {
        verdict = "refused";
        if (call.FromPlayground)
        {
            verdict = "no cap";
            return null;
        }

        var capped = call.Key.DailyCapUsd is not null || call.Key.MonthlyCapUsd is not null;
        var limit = call.Body.Extras.MaxCostUsd;
        if (call.Operation is { } operation && (capped || limit is not null) && !operation.IsBounded(call, call.Route.Chain[0]))
        {
            return Unbounded(call.Key.MonthlyCapUsd ?? call.Key.DailyCapUsd);
        }

        var worst = capped || limit is not null ? WorstCase(call) : 0m;
        if (worst > limit)
        {
            return new GatewayError(GatewayErrorKind.BudgetExceeded,
                $"This call could cost up to {worst:0.######} USD, more than its 'hiway.max_cost_usd' of {limit:0.######}. Lower max_tokens, or raise the limit.", "hiway.max_cost_usd")
            {
                Details = [new("verdict", "BLOCK"), new("cap_usd", limit), new("spent_usd", 0m), new("reset_at", null), new("scope", "request")],
            };
        }

        var outcome = ledger.TryReserve(call.Key, worst, call.ArrivedAt);
        if (outcome.Refused is { } refused)
        {
            var period = refused.Cap.Period == CapPeriod.Day ? "daily" : "monthly";
            return new GatewayError(GatewayErrorKind.BudgetExceeded,
                $"This key has spent {refused.SpentUsd:0.######} USD and {refused.ReservedUsd:0.######} are set aside for running calls; this call could cost up to {worst:0.######} and the {period} cap is {refused.Cap.CapUsd:0.######}. Raise the cap under Keys, lower max_tokens, or wait for the reset.")
            {
                Details =
                [
                    new("verdict", "BLOCK"), new("cap_usd", refused.Cap.CapUsd), new("spent_usd", refused.SpentUsd),
                    new("reset_at", refused.ResetAt), new("scope", "key"),
                ],
            };
        }

        call.Reservation = outcome.Granted;
        verdict = capped ? $"{worst:0.######} USD set aside" : "no cap";
        return null;
    }

    private static GatewayError Unbounded(decimal? cap) => new(GatewayErrorKind.BudgetExceeded,
        "What this call could cost has no bound that HiWay can see, so it is not made where a cap is set. Name a model with a price and a limit of output, use a route that HiWay models, or use a key without a cap.")
    {
        Details = [new("verdict", "BLOCK"), new("cap_usd", cap), new("spent_usd", 0m), new("reset_at", null), new("scope", "key")],
    };

    /// <summary>The dearest deployment of the chain, once per attempt that may run: a failed attempt can have cost something too.</summary>
    private static decimal WorstCase(GatewayCall call)
    {
        var worst = 0m;
        foreach (var deployment in call.Route.Chain)
        {
            worst = Math.Max(worst, WorstCase(call, deployment));
        }

        return worst;
    }

    private static decimal WorstCase(GatewayCall call, Deployment deployment)
    {
        if (call.Operation is { } operation)
        {
            return operation.WorstCaseUsd(call, deployment);
        }

        var model = deployment.Model;
        var output = call.Body.MaxOutputTokens ?? model.MaxOutputTokens ?? UnknownOutputLimit;
        var usage = new TokenUsage
        {
            Input = call.Body.PromptTokens,
            Output = (long)output * call.Body.Choices,
            Units = new() { WebSearches = model.Tier is Tier.WebSearch ? 1 : 0 },
        };
        var listed = PriceRules.PriceAt(model.Prices, call.ArrivedAt, call.Body.PromptTokens);
        var price = new TokenPrice { Input = listed?.Input ?? PriceCeiling.Tokens.Input, Output = listed?.Output ?? PriceCeiling.Tokens.Output };
        return PriceRules.CostOf(usage, price, model.Units).Usd;
    }
}
