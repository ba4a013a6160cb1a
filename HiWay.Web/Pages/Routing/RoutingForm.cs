using HiWay.Domain.Routing;
using HiWay.Infrastructure.Routing;

namespace HiWay.Web.Pages.Routing;

/// <summary>One alias while it is edited.</summary>
public sealed class AliasLine
{
    public string Name { get; set; } = "";

    /// <summary>In the order in which they are tried.</summary>
    public List<string> Models { get; init; } = [];

    public void MoveUp(int place) => (Models[place - 1], Models[place]) = (Models[place], Models[place - 1]);
}

/// <summary>A workspace's routing settings as a form; only what was changed is sent, so two admins do not undo each other.</summary>
public sealed class RoutingForm(RoutingView saved)
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields = ["profile", "zone", "weights", "thresholds", "margin", "aliases"];

    public string Profile { get; set; } = saved.Profile;

    public string Zone { get; set; } = saved.Zone;

    public Dictionary<string, double> Weights { get; private set; } = Router.AnalyzerNames.ToDictionary(name => name, name => saved.Weights.GetValueOrDefault(name, 1), StringComparer.Ordinal);

    public double LightBelow { get; set; } = saved.Thresholds.LightBelow;

    public double HeavyFrom { get; set; } = saved.Thresholds.HeavyFrom;

    public double Margin { get; set; } = saved.Margin;

    public bool UltraLight { get; set; } = saved.UltraLight;

    public List<AliasLine> Aliases { get; private set; } = [.. saved.Aliases.Select(alias => new AliasLine { Name = alias.Key, Models = [.. alias.Value] })];

    public bool IsChanged => ToPatch() != new RoutingPatch();

    /// <summary>An alias has no name, no model, or another one's name; the first such.</summary>
    public string? UnfinishedAlias =>
        Aliases.Any(alias => alias.Name.Trim().Length == 0) ? "Every alias needs a name."
        : Aliases.FirstOrDefault(alias => alias.Models.Count == 0) is { } empty ? $"Say what '{empty.Name.Trim()}' stands for."
        : Aliases.GroupBy(alias => alias.Name.Trim(), StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice ? $"There are two aliases '{twice.Key}'."
        : null;

    /// <summary>What decides where calls go; aliases have no part in calls of auto.</summary>
    public RoutingPatch ToTry() => ToPatch() with { Aliases = null };

    public RoutingPatch ToPatch() => new()
    {
        Profile = Profile == saved.Profile ? null : Profile,
        Zone = Zone == saved.Zone ? null : Zone,
        Weights = Weights.All(weight => saved.Weights.GetValueOrDefault(weight.Key, 1) == weight.Value) ? null : Weights.ToDictionary(StringComparer.Ordinal),
        LightBelow = LightBelow == saved.Thresholds.LightBelow ? null : LightBelow,
        HeavyFrom = HeavyFrom == saved.Thresholds.HeavyFrom ? null : HeavyFrom,
        Margin = Margin == saved.Margin ? null : Margin,
        UltraLight = UltraLight == saved.UltraLight ? null : UltraLight,
        Aliases = SameAliases() ? null : Aliases.DistinctBy(alias => alias.Name.Trim(), StringComparer.Ordinal)
            .ToDictionary(alias => alias.Name.Trim(), IReadOnlyList<string> (alias) => [.. alias.Models], StringComparer.Ordinal),
    };

    /// <summary>Everything that calls of auto go by, back to what HiWay ships with.</summary>
    public void UseDefaults()
    {
        var shipped = RoutingSettings.Default;
        (LightBelow, HeavyFrom, Margin, UltraLight) = (shipped.LightBelow, shipped.HeavyFrom, shipped.Margin, shipped.UltraLight);
        foreach (var name in Router.AnalyzerNames)
        {
            Weights[name] = 1;
        }
    }

    private bool SameAliases() => Aliases.Count == saved.Aliases.Count
        && Aliases.All(alias => saved.Aliases.TryGetValue(alias.Name.Trim(), out var models) && models.SequenceEqual(alias.Models));
}
