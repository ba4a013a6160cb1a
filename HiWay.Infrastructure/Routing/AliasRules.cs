using System.Text.RegularExpressions;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Routing;

/// <summary>What an alias may be called and what it may stand for, be it a routing setting or a field of one model.</summary>
internal static partial class AliasRules
{
    /// <summary>Names that answers give a meaning of their own.</summary>
    private static readonly string[] s_reserved = ["bypass", "override", "test", "cache"];

    public static Refusal? CheckName(string alias, string param)
    {
        // An alias with a known provider before a slash would shadow a pin to that provider.
        var slash = alias.IndexOf('/', StringComparison.Ordinal);
        return !AliasForm().IsMatch(alias) || ModelNames.IsReserved(alias) || s_reserved.Contains(alias) || (slash > 0 && ProviderCatalogue.IsBuiltIn(alias[..slash]))
            ? Wrong(param, $"'{param}' must have 1 to 100 letters, digits or . _ : / - and must not be a tier's name, 'auto' or another provider's model.")
            : null;
    }

    /// <summary>
    /// An alias may say which of several providers a short id means; it may not make a model's name lead to another model, or what a
    /// program asks for and what it gets would differ without anybody seeing why.
    /// </summary>
    public static Refusal? CheckShadow(string alias, IReadOnlyList<string> targets, string param, IReadOnlyCollection<ModelEntry> models)
    {
        var shadowed = models.FirstOrDefault(model => Names(model, alias) && !targets.Any(target => models.Any(meant => Names(meant, target) && Names(meant, alias))));
        return models.Any(model => model.Id == alias)
            ? Wrong(param, $"'{alias}' is a model's own id.")
            : shadowed is null ? null : Wrong(param, $"'{alias}' is a name of '{shadowed.Id}'; an alias of that name may only lead to the same model.");
    }

    /// <summary>Whether something of this name can be asked for. That its provider has no key yet is no mistake: the settings may come first.</summary>
    public static Refusal? CheckTarget(string target, string param, IReadOnlyCollection<ModelEntry> models, Func<string, bool> isAlias)
    {
        if (target == ModelNames.Auto || (TierNames.Parse(target) is { } tier && tier is not Tier.None) || models.Any(model => model.Id == target) || isAlias(target))
        {
            return null;
        }

        var meant = models.Where(model => Names(model, target)).Select(model => model.Id).Order(StringComparer.Ordinal).ToList();
        return meant.Count switch
        {
            0 => Wrong(param, $"There is no model '{target}' in the catalogue or at this workspace's own providers, and it is no tier and no alias."),
            1 => null,
            _ => Wrong(param, $"'{target}' could be {string.Join(", ", meant.Take(5))}; name one of them in full."),
        };
    }

    /// <summary>The full id, what stands behind the provider's slash, or a further name, alone or behind the slug.</summary>
    private static bool Names(ModelEntry model, string name) =>
        model.Id == name || KeyModels.ShortId(model) == name || model.Aliases.Contains(name)
        || (name.StartsWith(model.Provider, StringComparison.Ordinal) && name.Length > model.Provider.Length && name[model.Provider.Length] == '/'
            && (model.UpstreamModel == name[(model.Provider.Length + 1)..] || model.Aliases.Contains(name[(model.Provider.Length + 1)..])));

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$", RegexOptions.CultureInvariant)]
    private static partial Regex AliasForm();
}
