using System.Text.RegularExpressions;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>What a workspace may say of a model; each refusal names its field.</summary>
internal static partial class ModelRules
{
    /// <summary>Per million tokens. Dearer than any list price by a factor of ten; a slip of the decimal point is likelier.</summary>
    private const decimal MaxUsdPerMillion = 10_000m;

    /// <summary>Names that routing gives a meaning of its own.</summary>
    private static readonly string[] s_reservedAliases = ["auto", "bypass", "override", "test"];

    public static Refusal? Check(ModelPatch patch) => CheckTier(patch.Tier) ?? CheckAlias(patch.Alias) ?? CheckPrices(patch.Prices, "prices");

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

    private static Refusal? CheckAlias(string? alias)
    {
        if (string.IsNullOrEmpty(alias))
        {
            return null;
        }

        // An alias with a known provider before a slash would shadow a pin to that provider.
        var slash = alias.IndexOf('/', StringComparison.Ordinal);
        return !AliasForm().IsMatch(alias) || s_reservedAliases.Contains(alias) || TierNames.Parse(alias) is not null || (slash > 0 && ProviderCatalogue.IsBuiltIn(alias[..slash]))
            ? Wrong("alias", "'alias' must have 1 to 100 letters, digits or . _ : / - and must not be a tier's name, 'auto' or another provider's model.")
            : null;
    }

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$", RegexOptions.CultureInvariant)]
    private static partial Regex AliasForm();
}
