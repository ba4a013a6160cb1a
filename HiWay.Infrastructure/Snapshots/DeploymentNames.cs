using System.Collections.Frozen;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Snapshots;

/// <summary>Every name by which a workspace's callers may ask for a model.</summary>
internal static class DeploymentNames
{
    /// <summary>Catalogue ids, and the provider's further names behind the provider's slug.</summary>
    public static FrozenDictionary<string, Deployment> ById(IReadOnlyList<Deployment> deployments)
    {
        var names = new Dictionary<string, Deployment>(StringComparer.Ordinal);
        foreach (var deployment in deployments)
        {
            names[deployment.Model.Id] = deployment;
        }

        foreach (var deployment in deployments)
        {
            foreach (var name in deployment.Model.Aliases.Append(deployment.Model.UpstreamModel))
            {
                names.TryAdd($"{deployment.Provider.Slug}/{name}", deployment);
            }
        }

        return names.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>
    /// What stands behind the slash, most direct meaning first: <c>gpt-4o</c> from <c>openai/gpt-4o</c>, then the last part of a
    /// nested id (<c>openrouter/openai/gpt-4o</c>) where nothing is nearer, and retired models where nothing current has the
    /// name. A name that then still has several meanings maps to all of them.
    /// </summary>
    public static FrozenDictionary<string, IReadOnlyList<Deployment>> ByShortName(IReadOnlyList<Deployment> deployments, DateOnly today)
    {
        var names = new Dictionary<string, IReadOnlyList<Deployment>>(StringComparer.Ordinal);
        var current = deployments.Where(deployment => !deployment.Model.IsRetired(today)).ToList();
        AddMissing(names, current, DirectNames);
        AddMissing(names, current, deployment => [CatalogueSnapshot.LastSegment(deployment.Model.UpstreamModel)]);
        AddMissing(names, [.. deployments.Except(current)], DirectNames);

        return names.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The workspace's own names with what each stands for now; aliases of aliases are followed.</summary>
    /// <param name="named">Per alias the names of its models, tiers or further aliases, in their order.</param>
    public static FrozenDictionary<string, ModelAlias<Deployment>> Aliases(
        IReadOnlyDictionary<string, IReadOnlyList<string>> named, FrozenDictionary<string, Deployment> byId, FrozenDictionary<string, IReadOnlyList<Deployment>> byShortName)
    {
        return named.ToFrozenDictionary(alias => alias.Key, alias => new ModelAlias<Deployment>(alias.Key, [.. Follow(alias.Key, []).Distinct()]), StringComparer.Ordinal);

        // Settings with a circle are refused when they are saved; should one be there all the same, it leads nowhere.
        IEnumerable<AliasTarget<Deployment>> Follow(string alias, HashSet<string> passed) =>
            passed.Add(alias)
                ? named[alias].SelectMany(name => named.ContainsKey(name) && !byId.ContainsKey(name) ? Follow(name, [.. passed]) : Meant(name, among: named[alias].Count))
                : [];

        // A short id that became ambiguous since: in a list all its providers are tried, alone it is no answer.
        IEnumerable<AliasTarget<Deployment>> Meant(string name, int among) =>
            name == ModelNames.Auto ? [new(name, IsAuto: true)]
            : TierNames.Parse(name) is { } tier and not Tier.None ? [new(name, Tier: tier)]
            : byId.TryGetValue(name, out var deployment) ? [new(deployment.Model.Id, deployment)]
            : byShortName.TryGetValue(name, out var meant) && (meant.Count == 1 || among > 1) ? meant.Select(one => new AliasTarget<Deployment>(one.Model.Id, one))
            : [new(name)];
    }

    private static IEnumerable<string> DirectNames(Deployment deployment)
    {
        var model = deployment.Model;
        // A nested id that reads like another provider's (openrouter's "openai/gpt-4o") is no short form: a pin to a provider
        // must not quietly go to a different one.
        return model.Aliases.Append(model.UpstreamModel).Append(model.Id[(model.Provider.Length + 1)..])
            .Where(name => name.IndexOf('/', StringComparison.Ordinal) is var slash && (slash < 0 || !ProviderCatalogue.IsBuiltIn(name[..slash])));
    }

    private static void AddMissing(Dictionary<string, IReadOnlyList<Deployment>> names, IReadOnlyList<Deployment> deployments, Func<Deployment, IEnumerable<string>> namesOf)
    {
        var found = new Dictionary<string, List<Deployment>>(StringComparer.Ordinal);
        foreach (var deployment in deployments)
        {
            foreach (var name in namesOf(deployment).Distinct(StringComparer.Ordinal))
            {
                if (!found.TryGetValue(name, out var meant))
                {
                    found[name] = meant = [];
                }

                meant.Add(deployment);
            }
        }

        foreach (var (name, meant) in found)
        {
            names.TryAdd(name, meant);
        }
    }
}
