namespace HiWay.Domain.Pricing;

/// <summary>
/// Prices of one model in US dollars per million tokens, the unit price lists use. Null is unknown, which is not free:
/// tokens in a bucket without any price to fall back on make the cost <see cref="Cost.Unpriced"/>.
/// </summary>
public sealed record TokenPrice
{
    public decimal? Input { get; init; }

    public decimal? Output { get; init; }

    /// <summary>Falls back on <see cref="Input"/>: without a stated discount there is none.</summary>
    public decimal? CacheRead { get; init; }

    /// <summary>Falls back on <see cref="Input"/>: providers without a write price charge plain input.</summary>
    public decimal? CacheWrite5m { get; init; }

    /// <summary>Falls back on <see cref="CacheWrite5m"/>.</summary>
    public decimal? CacheWrite1h { get; init; }

    /// <summary>Falls back on <see cref="Output"/>.</summary>
    public decimal? Reasoning { get; init; }

    /// <summary>Falls back on <see cref="Input"/>.</summary>
    public decimal? AudioInput { get; init; }

    /// <summary>Falls back on <see cref="Output"/>.</summary>
    public decimal? AudioOutput { get; init; }

    /// <summary>Falls back on <see cref="Input"/>.</summary>
    public decimal? ImageInput { get; init; }

    /// <summary>Falls back on <see cref="Output"/>.</summary>
    public decimal? ImageOutput { get; init; }
}

/// <summary>A price that holds from an instant on, and for prompts longer than a number of tokens.</summary>
/// <param name="From">First instant (UTC) of validity; null is "since ever".</param>
/// <param name="AbovePromptTokens">The whole request takes this price once its prompt passes so many tokens; 0 for the base price.</param>
/// <param name="Lane">Only for calls that the provider ran in this lane; null for the ordinary one.</param>
public sealed record DatedPrice(DateTimeOffset? From, long AbovePromptTokens, TokenPrice Price, ServiceLane? Lane = null);

/// <summary>What an answer cost.</summary>
/// <param name="Usd">US dollars, unrounded; rounding happens once, on the invoice.</param>
/// <param name="Unpriced">Tokens were used for which no price is known; <paramref name="Usd"/> covers only the rest.</param>
public readonly record struct Cost(decimal Usd, bool Unpriced)
{
    public static Cost operator +(Cost a, Cost b) => new(a.Usd + b.Usd, a.Unpriced || b.Unpriced);
}
