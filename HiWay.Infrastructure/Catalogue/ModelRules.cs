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

        decimal?[] all = [price.Input, price.Output, price.CacheRead, price.CacheWrite5m, price.CacheWrite1h, price.Reasoning, price.AudioInput, price.AudioOutput, price.ImageInput, price.ImageOutput];
        return all.Any(usd => usd is < 0 or > MaxUsdPerMillion)
            ? Wrong(param, $"'{param}' are US dollars per million tokens, from 0 to {MaxUsdPerMillion:0}.")
            : null;
    }

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);
}
