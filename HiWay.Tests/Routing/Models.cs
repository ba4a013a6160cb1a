using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Tests.Routing;

/// <summary>Catalogue entries for routing tests.</summary>
internal static class Models
{
    internal const ModelCapabilities All =
        ModelCapabilities.Vision | ModelCapabilities.FunctionCall | ModelCapabilities.JsonSchema | ModelCapabilities.Pdf | ModelCapabilities.AudioInput;

    /// <param name="price">Input price in dollars per million tokens, output four times as much; null is unpriced.</param>
    internal static ModelEntry Make(
        string id, Tier tier = Tier.Light, decimal? price = 1m, double? quality = 50, ModelCapabilities capabilities = All, int? context = 100_000,
        Zone zone = Zone.Global, ModelStatus status = ModelStatus.Available) => new()
        {
            Id = id, Provider = id[..id.IndexOf('/')], UpstreamModel = id[(id.IndexOf('/') + 1)..], Name = id, Tier = tier, Quality = quality,
            Capabilities = capabilities, ContextWindow = context, MaxOutputTokens = 8_000, Zone = zone, Status = status,
            Prices = price is { } known ? [new(null, 0, new() { Input = known, Output = known * 4 })] : [],
        };
}
