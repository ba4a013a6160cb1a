using System.Text.Json.Serialization;
using HiWay.Domain.Pricing;

namespace HiWay.Web.Management;

/// <summary>A price list as the API spells it: US dollars per million tokens; null is unknown.</summary>
internal sealed record PriceBody
{
    public decimal? Input { get; init; }

    public decimal? Output { get; init; }

    public decimal? CacheRead { get; init; }

    [JsonPropertyName("cache_write_5m")]
    public decimal? CacheWrite5m { get; init; }

    [JsonPropertyName("cache_write_1h")]
    public decimal? CacheWrite1h { get; init; }

    public decimal? Reasoning { get; init; }

    public decimal? AudioInput { get; init; }

    public decimal? AudioOutput { get; init; }

    public decimal? ImageInput { get; init; }

    public decimal? ImageOutput { get; init; }

    public static PriceBody? From(TokenPrice? price) => price is null ? null : new()
    {
        Input = price.Input,
        Output = price.Output,
        CacheRead = price.CacheRead,
        CacheWrite5m = price.CacheWrite5m,
        CacheWrite1h = price.CacheWrite1h,
        Reasoning = price.Reasoning,
        AudioInput = price.AudioInput,
        AudioOutput = price.AudioOutput,
        ImageInput = price.ImageInput,
        ImageOutput = price.ImageOutput,
    };

    public TokenPrice ToPrice() => new()
    {
        Input = Input,
        Output = Output,
        CacheRead = CacheRead,
        CacheWrite5m = CacheWrite5m,
        CacheWrite1h = CacheWrite1h,
        Reasoning = Reasoning,
        AudioInput = AudioInput,
        AudioOutput = AudioOutput,
        ImageInput = ImageInput,
        ImageOutput = ImageOutput,
    };
}

/// <summary>A price with when and from which prompt length on it holds.</summary>
/// <param name="From">Null is "since ever".</param>
/// <param name="AbovePromptTokens">0 for the base price.</param>
/// <param name="ServiceTier">flex or priority: for calls that the provider ran so. Null for ordinary ones.</param>
internal sealed record DatedPriceBody(DateTimeOffset? From, long AbovePromptTokens, PriceBody Price, ServiceLane? ServiceTier = null)
{
    public static DatedPriceBody Of(DatedPrice price) => new(price.From, price.AbovePromptTokens, PriceBody.From(price.Price)!, price.Lane);

    public DatedPrice ToPrice() => new(From, AbovePromptTokens, Price.ToPrice(), ServiceTier);
}
