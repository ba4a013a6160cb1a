using System.Globalization;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Routing;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>What a workspace may say of a model; each refusal names its field.</summary>
internal static class ModelRules
{
    /// <summary>Per million tokens. Dearer than any list price by a factor of ten; a slip of the decimal point is likelier.</summary>
    private const decimal MaxUsdPerMillion = 10_000m;

    public static Refusal? Check(ModelPatch patch) => CheckTier(patch.Tier) ?? (patch.Alias is { Length: > 0 } alias ? AliasRules.CheckName(alias, "alias") : null) ?? CheckPrices(patch.Prices, "prices");

    public static Refusal? CheckTier(string? tier) => tier is not null and not "" && TierNames.Parse(tier) is null
        ? Wrong("tier", "'tier' must be one of ultra_light, light, standard, heavy, web_search, image, none, or null to take the catalogue's.")
        : null;

    public static Refusal? CheckPrices(TokenPrice? price, string param)
    {
        if (price is null)
        {
            return null;
        }

        if (price.Input is null && price.Output is null)
        {
            return Wrong(param, $"'{param}' needs at least 'input' and 'output', in US dollars per million tokens.");
        }

        (string Name, decimal? Usd)[] all =
        [
            ("input", price.Input), ("output", price.Output), ("cache_read", price.CacheRead), ("cache_write_5m", price.CacheWrite5m), ("cache_write_1h", price.CacheWrite1h),
            ("reasoning", price.Reasoning), ("audio_input", price.AudioInput), ("audio_output", price.AudioOutput), ("image_input", price.ImageInput), ("image_output", price.ImageOutput),
        ];
        foreach (var (name, usd) in all)
        {
            if (usd is < 0 or > MaxUsdPerMillion)
            {
                return Wrong(param, string.Create(CultureInfo.InvariantCulture, $"'{param}.{name}' is {usd}; prices are US dollars per million tokens, from 0 to {MaxUsdPerMillion:0}."));
            }
        }

        return null;
    }

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);
}
