using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Stages;

/// <summary>The most that a call can cost. What is reserved too low is the only way a cap is ever passed, so every doubt goes up.</summary>
internal static class WorstCase
{
    /// <summary>Output tokens assumed when neither the caller nor the catalogue states a limit.</summary>
    private const int UnknownOutputLimit = 16_384;

    /// <summary>False when nothing that HiWay knows bounds the cost.</summary>
    public static bool IsBounded(GatewayCall call) => call.Operation is not { } operation || operation.IsBounded(call, call.Route.Chain[0]);

    /// <summary>One attempt at the dearest deployment of the chain; further ones are added when they become necessary.</summary>
    public static decimal OfDearest(GatewayCall call)
    {
        var worst = 0m;
        foreach (var deployment in call.Route.Chain)
        {
            worst = Math.Max(worst, Of(call, deployment));
        }

        return worst;
    }

    /// <summary>One attempt at a deployment.</summary>
    public static decimal Of(GatewayCall call, Deployment deployment)
    {
        if (call.Operation is { } operation)
        {
            return operation.WorstCaseUsd(call, deployment);
        }

        var model = deployment.Model;
        var usage = UsageOf(call, deployment) with { Units = new() { WebSearches = model.Tier is Tier.WebSearch ? 1 : 0 } };
        var listed = PriceRules.PriceAt(model.Prices, call.ArrivedAt, usage.Input);
        return PriceRules.CostOf(usage, new TokenPrice { Input = DearestInput(listed), Output = DearestOutput(listed) }, model.Units).Usd;
    }

    /// <summary>The most tokens that one attempt can use.</summary>
    public static TokenUsage UsageOf(GatewayCall call, Deployment deployment) => new()
    {
        Input = call.Body.PromptTokens,
        Output = (long)(call.Body.MaxOutputTokens ?? deployment.Model.MaxOutputTokens ?? UnknownOutputLimit) * call.Body.Choices,
    };

    /// <summary>What the attempts so far have cost.</summary>
    public static decimal Paid(GatewayCall call)
    {
        var paid = 0m;
        foreach (var attempt in call.Attempts)
        {
            var model = attempt.Deployment.Model;
            paid += PriceRules.CostOf(attempt.Usage, PriceRules.PriceAt(model.Prices, call.ArrivedAt, attempt.Usage.TotalInput), model.Units).Usd;
        }

        return paid;
    }

    /// <summary>A prompt may be written to the provider's cache, which costs more than reading it.</summary>
    private static decimal DearestInput(TokenPrice? price) => price?.Input is { } input
        ? Max(input, price.CacheWrite5m, price.CacheWrite1h, price.AudioInput, price.ImageInput)
        : PriceCeiling.Tokens.Input!.Value;

    /// <summary>The limit on output covers hidden reasoning, which some models price apart.</summary>
    private static decimal DearestOutput(TokenPrice? price) => price?.Output is { } output
        ? Max(output, price.Reasoning, price.AudioOutput, price.ImageOutput)
        : PriceCeiling.Tokens.Output!.Value;

    private static decimal Max(decimal price, params ReadOnlySpan<decimal?> others)
    {
        foreach (var other in others)
        {
            price = Math.Max(price, other ?? 0m);
        }

        return price;
    }
}
