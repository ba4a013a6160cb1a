using System.Text.Json;
using HiWay.Domain.Privacy;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Privacy;

/// <summary>Between rows, settings and what is shown of them.</summary>
internal static class PrivacyShapes
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    public static PrivacySettings Settings(PrivacySettingsRow? row) => row is null ? PrivacySettings.Off : Settings(View(row));

    public static PrivacySettings Settings(PrivacyView view)
    {
        PiiFamily[] families = [.. view.Families.Select(PiiFamilyNames.Parse).OfType<PiiFamily>()];
        return new(
            view.Enabled, MaskScopeNames.Parse(view.Scope) ?? MaskScope.Full, view.Restore, families,
            new PiiScanner(families, view.KeyPrefixes, [.. view.CustomPatterns.Select(pattern => CustomPattern.Parse(pattern.Name, pattern.Pattern))]));
    }

    public static PrivacyView View(PrivacySettingsRow row) => new(
        row.Enabled, row.Scope, row.Restore, row.Families, row.KeyPrefixes, JsonSerializer.Deserialize<List<CustomPatternView>>(row.CustomPatterns, s_json) ?? []);

    public static PrivacyView Default { get; } = new(false, "full", true, PiiFamilyNames.All, [], []);

    public static void Apply(PrivacyView view, PrivacySettingsRow row)
    {
        (row.Enabled, row.Scope, row.Restore) = (view.Enabled, view.Scope, view.Restore);
        row.Families = [.. view.Families];
        row.KeyPrefixes = [.. view.KeyPrefixes];
        row.CustomPatterns = JsonSerializer.Serialize(view.CustomPatterns, s_json);
    }

    public static Dictionary<string, string?> Facts(PrivacyView view) => new()
    {
        ["enabled"] = view.Enabled ? "true" : "false",
        ["scope"] = view.Scope,
        ["restore"] = view.Restore ? "true" : "false",
        ["families"] = string.Join(", ", view.Families),
        ["key_prefixes"] = string.Join(", ", view.KeyPrefixes),
        ["custom_patterns"] = string.Join(", ", view.CustomPatterns.Select(pattern => $"{pattern.Name}: {pattern.Pattern}")),
    };
}
