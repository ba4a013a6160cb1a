using System.Runtime.CompilerServices;
using HiWay.Domain.Catalogue;

namespace HiWay.Domain.Pricing;

/// <summary>The most that one answer of a model can cost. What is taken too low is the only way a cap is ever passed, so every doubt goes up.</summary>
public static class WorstCaseRules
{
    /// <summary>Output tokens assumed when neither the caller nor the catalogue states a limit.</summary>
    public const int UnknownOutputLimit = 16_384;

    private static readonly TokenPrice s_unlisted = Dearest(null);

    /// <summary>Kept for as long as the listed price is: two of these were made for every call.</summary>
    private static readonly ConditionalWeakTable<TokenPrice, TokenPrice> s_dearest = [];

    /// <returns>US dollars.</returns>
    /// <param name="maxOutputTokens">The caller's limit; null takes the model's.</param>
    /// <param name="choices">Answers asked for.</param>
    /// <param name="asked">The lane that the caller asks for. A cheaper one is not counted on, as the provider may not have room in it.</param>
    public static decimal OfChat(ModelEntry model, DateTimeOffset at, int promptTokens, int? maxOutputTokens, int choices, ServiceLane? asked = null)
    {
        var usage = new TokenUsage
        {
            Input = promptTokens,
            Output = (long)(maxOutputTokens ?? model.MaxOutputTokens ?? UnknownOutputLimit) * choices,
            Units = new() { WebSearches = model.Tier is Tier.WebSearch ? 1 : 0 },
        };
        var listed = PriceRules.PriceAt(model.Prices, at, promptTokens, asked is ServiceLane.Priority ? asked : null);
        return PriceRules.CostOf(usage, listed is null ? s_unlisted : s_dearest.GetValue(listed, Dearest), model.Units).Usd;
    }

    /// <summary>Every token of a direction at the price of its dearest kind; the most that any model takes where there is no price.</summary>
    private static TokenPrice Dearest(TokenPrice? listed) => new() { Input = DearestInput(listed), Output = DearestOutput(listed) };

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
