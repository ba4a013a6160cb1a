using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;

namespace HiWay.Infrastructure.Routing;

/// <summary>What a workspace's routing settings must be like; each refusal names its field.</summary>
internal static class RoutingRules
{
    public const int MaxAliases = 100;

    /// <summary>No call tries more than three; the others stand in for those that are down or cannot take it.</summary>
    public const int MaxAliasModels = 10;

    /// <summary>The settings after a patch.</summary>
    /// <param name="models">Every model that the workspace could know: the catalogue's and its own servers'.</param>
    /// <param name="taken">Aliases of single models.</param>
    public static Outcome<RoutingView> With(RoutingView before, RoutingPatch patch, IReadOnlyCollection<ModelEntry> models, IReadOnlyCollection<string> taken)
    {
        var wanted = before with
        {
            Profile = patch.Profile ?? before.Profile,
            Zone = patch.Zone ?? before.Zone,
            Weights = patch.Weights is { } weights ? Router.AnalyzerNames.ToDictionary(name => name, name => weights.GetValueOrDefault(name, 1), StringComparer.Ordinal) : before.Weights,
            Thresholds = new(patch.LightBelow ?? before.Thresholds.LightBelow, patch.HeavyFrom ?? before.Thresholds.HeavyFrom),
            Margin = patch.Margin ?? before.Margin,
            UltraLight = patch.UltraLight ?? before.UltraLight,
            Aliases = patch.Aliases is { } aliases ? new SortedDictionary<string, IReadOnlyList<string>>(aliases.ToDictionary(), StringComparer.Ordinal) : before.Aliases,
        };
        return (CheckNames(wanted) ?? CheckWeights(patch.Weights) ?? CheckScale(wanted) ?? CheckAliases(patch.Aliases, models, taken)) is { } wrong ? wrong : wanted;
    }

    private static Refusal? CheckNames(RoutingView view) =>
        ProfileNames.ParseProfile(view.Profile) is null ? Wrong("profile", $"'profile' is '{view.Profile}', not one of budget, balanced, quality.")
        : ProfileNames.ParseZone(view.Zone) is null ? Wrong("zone", $"'zone' is '{view.Zone}', not one of global, eu, fr, strict.")
        : null;

    private static Refusal? CheckWeights(IReadOnlyDictionary<string, double>? weights)
    {
        foreach (var (name, weight) in weights ?? new Dictionary<string, double>())
        {
            if (!Router.AnalyzerNames.Contains(name))
            {
                return Wrong($"weights.{name}", $"There is no analyzer '{name}'. They are {string.Join(", ", Router.AnalyzerNames)}.");
            }

            if (!(weight is >= 0 and <= RoutingSettings.MaxWeight))
            {
                return Wrong($"weights.{name}", $"'weights.{name}' must be from 0 (silent) to {RoutingSettings.MaxWeight}; 1 counts as trained.");
            }
        }

        return null;
    }

    private static Refusal? CheckScale(RoutingView view) =>
        !(view.Thresholds.LightBelow is > 0 and < 1) ? Wrong("thresholds.light_below", "'thresholds.light_below' must lie between 0 and 1, such as 0.3.")
        : !(view.Thresholds.HeavyFrom is > 0 and < 1) ? Wrong("thresholds.heavy_from", "'thresholds.heavy_from' must lie between 0 and 1, such as 0.7.")
        : view.Thresholds.LightBelow >= view.Thresholds.HeavyFrom ? Wrong("thresholds.light_below", "'thresholds.light_below' must be below 'thresholds.heavy_from'; standard is what lies between.")
        : !(view.Margin is >= 0 and <= RoutingSettings.MaxMargin) ? Wrong("margin", $"'margin' must be from 0 to {RoutingSettings.MaxMargin}, such as 0.03.")
        : null;

    private static Refusal? CheckAliases(
        IReadOnlyDictionary<string, IReadOnlyList<string>>? aliases, IReadOnlyCollection<ModelEntry> models, IReadOnlyCollection<string> taken)
    {
        if (aliases is null)
        {
            return null;
        }

        if (aliases.Count > MaxAliases)
        {
            return Wrong("aliases", $"'aliases' can hold {MaxAliases}.");
        }

        foreach (var (name, targets) in aliases)
        {
            var param = $"aliases.{name}";
            if (AliasRules.CheckName(name, param) is { } wrongName)
            {
                return wrongName;
            }

            if (taken.Contains(name))
            {
                return new(RefusalKind.Conflict, $"'{name}' is already the alias of a single model. Remove it there first, under Models.", param);
            }

            if (targets.Count is 0 or > MaxAliasModels)
            {
                return Wrong(param, $"'{param}' must name 1 to {MaxAliasModels} models, in the order in which they are tried.");
            }

            for (var i = 0; i < targets.Count; i++)
            {
                var place = targets.Count == 1 ? param : $"{param}[{i}]";
                if (AliasRules.CheckTarget(targets[i], place, models, name => aliases.ContainsKey(name) || taken.Contains(name)) is { } wrongTarget)
                {
                    return wrongTarget;
                }
            }

            if (targets.Distinct().Count() < targets.Count)
            {
                return Wrong(param, $"'{param}' names a model twice; each is tried once.");
            }

            if (AliasRules.CheckShadow(name, targets, param, models) is { } shadow)
            {
                return shadow;
            }

            if (IsCircle(name, aliases))
            {
                return Wrong(param, $"The alias '{name}' leads back to itself. An alias must end at models or tiers.");
            }
        }

        return null;
    }

    private static bool IsCircle(string name, IReadOnlyDictionary<string, IReadOnlyList<string>> aliases)
    {
        var passed = new HashSet<string>(StringComparer.Ordinal);
        var ahead = new Stack<string>(aliases[name]);
        while (ahead.TryPop(out var next))
        {
            if (next == name)
            {
                return true;
            }

            if (passed.Add(next) && aliases.TryGetValue(next, out var further))
            {
                foreach (var one in further)
                {
                    ahead.Push(one);
                }
            }
        }

        return false;
    }

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);
}
