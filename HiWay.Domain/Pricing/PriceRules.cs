using HiWay.Domain.Catalogue;

namespace HiWay.Domain.Pricing;

/// <summary>The one place where tokens become money, for streamed and buffered answers alike.</summary>
public static class PriceRules
{
    /// <summary>The price that held at an instant for a prompt of a length; null when the list has none.</summary>
    /// <remarks>
    /// The newest row that has started wins; among rows of that date the longest prompt bound that was passed. A lane that the list
    /// does not know costs what the ordinary one does.
    /// </remarks>
    public static TokenPrice? PriceAt(IReadOnlyList<DatedPrice> prices, DateTimeOffset at, long promptTokens, ServiceLane? lane = null)
    {
        DatedPrice? best = null;
        for (var i = 0; i < prices.Count; i++)
        {
            var row = prices[i];
            if (row.Lane != lane || row.From > at || (row.AbovePromptTokens > 0 && promptTokens <= row.AbovePromptTokens))
            {
                continue;
            }

            if (best is null
                || (row.From ?? DateTimeOffset.MinValue) > (best.From ?? DateTimeOffset.MinValue)
                || ((row.From ?? DateTimeOffset.MinValue) == (best.From ?? DateTimeOffset.MinValue) && row.AbovePromptTokens > best.AbovePromptTokens))
            {
                best = row;
            }
        }

        return best is null && lane is not null ? PriceAt(prices, at, promptTokens) : best?.Price;
    }

    /// <summary>Cost of one answer: its tokens, and what was used beside them.</summary>
    /// <param name="price">Null is unknown: any token used then makes the cost unpriced.</param>
    /// <param name="units">Prices by the piece; null when the model has none.</param>
    public static Cost CostOf(in TokenUsage used, TokenPrice? price, UnitPrices? units = null) => CostOfTokens(used, price) + CostOfUnits(used, units);

    /// <summary>The same at the model's prices of an instant.</summary>
    public static Cost CostOf(in TokenUsage used, ModelEntry model, DateTimeOffset at) => CostOf(used, PriceAt(model.Prices, at, used.TotalInput, used.Lane), model.Units);

    private static Cost CostOfTokens(in TokenUsage used, TokenPrice? price)
    {
        if (price is null)
        {
            return new(0m, used.TotalInput + used.TotalOutput > 0);
        }

        var unpriced = false;
        var microUsd = 0m;
        Add(used.Input, price.Input);
        Add(used.CacheRead, price.CacheRead ?? price.Input);
        Add(used.CacheWrite5m, price.CacheWrite5m ?? price.Input);
        Add(used.CacheWrite1h, price.CacheWrite1h ?? price.CacheWrite5m ?? price.Input);
        Add(used.AudioInput, price.AudioInput ?? price.Input);
        Add(used.ImageInput, price.ImageInput ?? price.Input);
        Add(used.Output, price.Output);
        Add(used.Reasoning, price.Reasoning ?? price.Output);
        Add(used.AudioOutput, price.AudioOutput ?? price.Output);
        Add(used.ImageOutput, price.ImageOutput ?? price.Output);
        return new(microUsd / 1_000_000m, unpriced);

        void Add(long tokens, decimal? perMillion)
        {
            if (tokens == 0)
            {
                return;
            }

            if (perMillion is { } known)
            {
                microUsd += tokens * known;
            }
            else
            {
                unpriced = true;
            }
        }
    }

    private static Cost CostOfUnits(in TokenUsage used, UnitPrices? units)
    {
        var counts = used.Units;
        if (counts == default && units?.Request is null)
        {
            return default;
        }

        var unpriced = false;
        var usd = 0m;

        // A picture that was counted in tokens has been paid with them.
        Add(used.ImageOutput > 0 ? 0 : counts.Images, units?.Image);
        Add(used.ImageOutput > 0 ? 0 : counts.UnlistedImages, null);
        if (counts.StatedFeeUsd is { } stated)
        {
            usd += stated;
        }
        else
        {
            Add(counts.WebSearches, units?.WebSearch);
            var charged = units?.Request is not null && (counts != default || used.TotalInput + used.TotalOutput > 0) ? 1 : 0;
            Add(Math.Max(counts.Requests, charged), units?.Request);
        }

        return new(usd, unpriced);

        void Add(long count, decimal? each)
        {
            if (count > 0)
            {
                usd += count * (each ?? 0m);
                unpriced |= each is null;
            }
        }
    }
}
