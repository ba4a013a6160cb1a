using System.Collections.Frozen;
using HiWay.Domain.Catalogue;

namespace HiWay.Domain.Routing;

/// <summary>What a caller's model name turned out to be.</summary>
public enum ModelNameKind
{
    /// <summary><c>auto</c>: the router scores the request and chooses.</summary>
    Auto,

    /// <summary>A tier's name: scored for the record, the tier is the caller's.</summary>
    Tier,

    /// <summary>Exactly one deployment: a full id, an unambiguous short id or an alias of one.</summary>
    Pinned,

    /// <summary>An alias of several, tried in its order.</summary>
    Alias,

    /// <summary>A short id that several providers have.</summary>
    Ambiguous,

    /// <summary>In the catalogue, but no enabled credential of its provider.</summary>
    ProviderMissing,

    /// <summary>In the catalogue and its provider has a credential, but switched off in this workspace.</summary>
    Disabled,

    Unknown,
}

/// <summary>The outcome of resolving one model name.</summary>
/// <param name="Tier">For <see cref="ModelNameKind.Tier"/> the tier asked for.</param>
/// <param name="Deployment">For <see cref="ModelNameKind.Pinned"/> what to call.</param>
/// <param name="Alias">For <see cref="ModelNameKind.Alias"/> what to try.</param>
/// <param name="Provider">For <see cref="ModelNameKind.ProviderMissing"/> the provider to add.</param>
/// <param name="Message">For the refusals: what was wrong and what would fix it.</param>
public readonly record struct ResolvedModel<T>(
    ModelNameKind Kind, Tier? Tier = null, T? Deployment = default, string? Provider = null, string? Message = null, ModelAlias<T>? Alias = null)
    where T : class
{
    public bool IsRefusal => Message is not null;
}

/// <summary>From the name in the body to what the caller means.</summary>
public static class ModelNames
{
    public const string Auto = "auto";

    /// <summary>Names that routing keeps for itself; an alias must not take one.</summary>
    public static bool IsReserved(string name) => name == Auto || TierNames.Parse(name) is not null;

    /// <param name="name">As the caller wrote it; compared byte for byte, as providers do.</param>
    /// <param name="byId">Deployments by full id and by the provider's further names behind its slug.</param>
    /// <param name="aliases">The workspace's own names, which come before short ids.</param>
    /// <param name="byShortName">Short ids; all deployments that one could mean.</param>
    /// <param name="modelOf">The catalogue entry of a deployment.</param>
    /// <param name="catalogue">The whole catalogue; read only to say what is missing.</param>
    public static ResolvedModel<T> Resolve<T>(
        string name, FrozenDictionary<string, T> byId, FrozenDictionary<string, ModelAlias<T>> aliases, FrozenDictionary<string, IReadOnlyList<T>> byShortName,
        Func<T, ModelEntry> modelOf, IReadOnlyList<ModelEntry> catalogue)
        where T : class
    {
        if (name == Auto)
        {
            return new(ModelNameKind.Auto);
        }

        if (TierNames.Parse(name) is { } tier and not Tier.None)
        {
            return new(ModelNameKind.Tier, Tier: tier);
        }

        if (byId.TryGetValue(name, out var pinned))
        {
            return new(ModelNameKind.Pinned, Deployment: pinned);
        }

        if (aliases.TryGetValue(name, out var alias))
        {
            return alias.Targets is [var only] ? Only(alias, only, byId, byShortName, modelOf, catalogue) : new(ModelNameKind.Alias, Alias: alias);
        }

        return Short(name, byId, byShortName, modelOf, catalogue);
    }

    private static ResolvedModel<T> Only<T>(
        ModelAlias<T> alias, in AliasTarget<T> target, FrozenDictionary<string, T> byId, FrozenDictionary<string, IReadOnlyList<T>> byShortName,
        Func<T, ModelEntry> modelOf, IReadOnlyList<ModelEntry> catalogue)
        where T : class
    {
        if (!target.IsMissing)
        {
            return target.IsAuto ? new(ModelNameKind.Auto)
                : target.Tier is { } tier ? new(ModelNameKind.Tier, Tier: tier)
                : new(ModelNameKind.Pinned, Deployment: target.Deployment);
        }

        var missing = Short(target.Name, byId, byShortName, modelOf, catalogue);
        return missing with { Message = $"The alias '{alias.Name}' stands for '{target.Name}'. {missing.Message}" };
    }

    private static ResolvedModel<T> Short<T>(
        string name, FrozenDictionary<string, T> byId, FrozenDictionary<string, IReadOnlyList<T>> byShortName,
        Func<T, ModelEntry> modelOf, IReadOnlyList<ModelEntry> catalogue)
        where T : class
    {
        if (byShortName.TryGetValue(name, out var meant) && meant.Count > 0)
        {
            return meant.Count == 1
                ? new(ModelNameKind.Pinned, Deployment: meant[0])
                : new(ModelNameKind.Ambiguous, Message: $"Model '{name}' could be {Join(meant, modelOf)}; name one of them in full.");
        }

        return Missing(name, byId, modelOf, catalogue);
    }

    private static ResolvedModel<T> Missing<T>(
        string name, FrozenDictionary<string, T> byId, Func<T, ModelEntry> modelOf, IReadOnlyList<ModelEntry> catalogue)
        where T : class
    {
        foreach (var entry in catalogue)
        {
            if (!Named(entry, name))
            {
                continue;
            }

            foreach (var deployment in byId.Values)
            {
                if (modelOf(deployment).Provider == entry.Provider)
                {
                    return new(ModelNameKind.Disabled, Message: $"Model '{entry.Id}' is switched off in this workspace; an admin can enable it under Models.");
                }
            }

            return new(
                ModelNameKind.ProviderMissing, Provider: entry.Provider,
                Message: $"Model '{entry.Id}' needs a key for '{entry.Provider}': add one, or switch the provider on, under Settings > Providers.");
        }

        return new(ModelNameKind.Unknown, Message: $"Model '{name}' is not enabled in this workspace; GET /v1/models lists those that are.");
    }

    /// <summary>True for the full id, and for the part behind the provider's slug.</summary>
    private static bool Named(ModelEntry entry, string name) =>
        entry.Id == name || (entry.Id.Length == entry.Provider.Length + 1 + name.Length && entry.Id.EndsWith(name, StringComparison.Ordinal));

    private static string Join<T>(IReadOnlyList<T> meant, Func<T, ModelEntry> modelOf)
    {
        var ids = new string[meant.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = $"'{modelOf(meant[i]).Id}'";
        }

        Array.Sort(ids, StringComparer.Ordinal);
        return ids.Length == 1 ? ids[0] : $"{string.Join(", ", ids[..^1])} or {ids[^1]}";
    }
}
