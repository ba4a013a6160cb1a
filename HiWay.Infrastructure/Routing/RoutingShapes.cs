using System.Globalization;
using System.Text.Json;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Routing;

/// <summary>Between the workspace's row, the router's settings and what is shown of them.</summary>
internal static class RoutingShapes
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static RoutingSettings Settings(WorkspaceRow row) => JsonSerializer.Deserialize<RoutingSettings>(row.Routing, s_json) ?? RoutingSettings.Default;

    public static RoutingSettings Settings(RoutingView view) => new()
    {
        Weights = view.Weights.Where(weight => weight.Value != 1).ToDictionary(StringComparer.Ordinal),
        LightBelow = view.Thresholds.LightBelow,
        HeavyFrom = view.Thresholds.HeavyFrom,
        Margin = view.Margin,
        UltraLight = view.UltraLight,
    };

    /// <summary>Per alias what it stands for. A single name is stored as text, several as a list.</summary>
    public static SortedDictionary<string, IReadOnlyList<string>> Aliases(WorkspaceRow row)
    {
        using var stored = JsonDocument.Parse(row.Aliases);
        var aliases = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var alias in stored.RootElement.EnumerateObject())
        {
            aliases[alias.Name] = alias.Value.ValueKind is JsonValueKind.Array ? [.. alias.Value.EnumerateArray().Select(name => name.GetString()!)] : [alias.Value.GetString()!];
        }

        return aliases;
    }

    public static RoutingView View(WorkspaceRow row)
    {
        var settings = Settings(row);
        return new(
            row.RoutingProfile, row.SovereigntyZone, Router.AnalyzerNames.ToDictionary(name => name, name => settings.Weights.GetValueOrDefault(name, 1), StringComparer.Ordinal),
            new(settings.LightBelow, settings.HeavyFrom), settings.Margin, settings.UltraLight, Aliases(row));
    }

    public static void Apply(RoutingView view, WorkspaceRow row)
    {
        row.RoutingProfile = view.Profile;
        row.SovereigntyZone = view.Zone;
        row.Routing = JsonSerializer.Serialize(Settings(view), s_json);
        row.Aliases = JsonSerializer.Serialize(view.Aliases.ToDictionary(alias => alias.Key, object (alias) => alias.Value is [var only] ? only : alias.Value));
    }

    /// <summary>The settings as the audit log writes them.</summary>
    public static Dictionary<string, string?> Facts(RoutingView view) => new(StringComparer.Ordinal)
    {
        ["profile"] = view.Profile,
        ["zone"] = view.Zone,
        ["weights"] = string.Join(", ", view.Weights.Where(weight => weight.Value != 1).Select(weight => $"{weight.Key} {Text(weight.Value)}")),
        ["thresholds"] = $"light below {Text(view.Thresholds.LightBelow)}, heavy from {Text(view.Thresholds.HeavyFrom)}",
        ["margin"] = Text(view.Margin),
        ["ultra_light"] = view.UltraLight ? "true" : "false",
        ["aliases"] = string.Join("; ", view.Aliases.Select(alias => $"{alias.Key}: {string.Join(", ", alias.Value)}")),
    };

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
