using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;

namespace HiWay.Domain.Pricing;

/// <summary>What one answer is likely to cost, in US dollars; null where the model has no price.</summary>
/// <param name="MinUsd">A short prompt for its bytes and hardly an answer.</param>
/// <param name="ExpectedUsd">A usual answer.</param>
public readonly record struct CostRange(decimal? MinUsd, decimal? ExpectedUsd);

/// <summary>From what is known before a call to what it will cost.</summary>
public static class QuoteRules
{
    // The estimate counts 3 bytes a token and leans high; English runs at 4 and, tightly packed, at 5.
    private const decimal LikelyShare = 0.75m, LeastShare = 0.6m;

    /// <param name="promptTokens">The estimate that reserving goes by.</param>
    /// <param name="cachedTokens">Of it, read at the cache's price.</param>
    /// <param name="maxOutputTokens">Null where the caller set no limit.</param>
    public static CostRange Of(ModelEntry model, DateTimeOffset at, int promptTokens, long cachedTokens, int? maxOutputTokens, int choices, ServiceLane? asked = null)
    {
        var price = PriceRules.PriceAt(model.Prices, at, promptTokens, asked);
        var output = (long)Math.Min(maxOutputTokens ?? RoutingSettings.TypicalOutputTokens, RoutingSettings.TypicalOutputTokens) * choices;
        return price is not { Input: not null, Output: not null } ? default : new(Usd(LeastShare, choices), Usd(LikelyShare, output));

        decimal Usd(decimal share, long answer)
        {
            var prompt = (long)(promptTokens * share);
            var cached = Math.Min(cachedTokens, prompt);
            var usage = new TokenUsage
            {
                Input = prompt - cached, CacheRead = cached, Output = answer, Units = new() { WebSearches = model.Tier is Tier.WebSearch ? 1 : 0 },
            };
            return PriceRules.CostOf(usage, price, model.Units).Usd;
        }
    }
}
