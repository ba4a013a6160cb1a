namespace HiWay.Domain.Pricing;

/// <summary>What a model without a price is reserved at: above every price on today's lists.</summary>
public static class PriceCeiling
{
    /// <summary>US dollars per million tokens.</summary>
    public static TokenPrice Tokens { get; } = new() { Input = 150m, Output = 600m };

    /// <summary>US dollars per picture; the dearest of the catalogue is at 0.134.</summary>
    public const decimal ImageUsd = 0.50m;
}
