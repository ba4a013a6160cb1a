namespace HiWay.Domain.Pricing;

/// <summary>The one place where tokens become money, for streamed and buffered answers alike.</summary>
public static class PriceRules
{
    /// <summary>The price that held at an instant for a prompt of a length; null when the list has none.</summary>
    /// <remarks>The newest row that has started wins; among rows of that date the longest prompt bound that was passed.</remarks>
    public static TokenPrice? PriceAt(IReadOnlyList<DatedPrice> prices, DateTimeOffset at, long promptTokens)
    {
        DatedPrice? best = null;
        for (var i = 0; i < prices.Count; i++)
        {
            var row = prices[i];
            if (row.From > at || (row.AbovePromptTokens > 0 && promptTokens <= row.AbovePromptTokens))
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

        return best?.Price;
    }

    /// <summary>Cost of one answer; unpriced when <paramref name="price"/> is null and anything was used.</summary>
    public static Cost CostOf(in TokenUsage used, TokenPrice? price)
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
}
