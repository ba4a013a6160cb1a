using HiWay.Infrastructure.Accounts;

namespace HiWay.Web.Pages.Settings;

/// <summary>A workspace's settings as a form; only what was changed is sent, so two admins do not undo each other.</summary>
public sealed class SettingsForm(WorkspaceView saved)
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields = ["name", "routing_profile", "sovereignty_zone", "flagship_model"];

    public string Name { get; set; } = saved.Name;

    public string RoutingProfile { get; set; } = saved.RoutingProfile;

    public string SovereigntyZone { get; set; } = saved.SovereigntyZone;

    /// <summary>Blank takes the installation's.</summary>
    public string FlagshipModel { get; set; } = saved.FlagshipModel ?? "";

    public bool PromptCaching { get; set; } = saved.PromptCaching;

    /// <summary>Prompts and answers are kept for a while.</summary>
    public bool LogContent { get; set; } = saved.LogContent;

    /// <summary>Saving deletes what is kept.</summary>
    public bool ForgetsContent => saved.LogContent && !LogContent;

    public bool IsChanged => ToPatch() != new WorkspacePatch();

    public WorkspacePatch ToPatch() => new(
        Name: Name.Trim() == saved.Name ? null : Name.Trim(),
        RoutingProfile: RoutingProfile == saved.RoutingProfile ? null : RoutingProfile,
        SovereigntyZone: SovereigntyZone == saved.SovereigntyZone ? null : SovereigntyZone,
        PromptCaching: PromptCaching == saved.PromptCaching ? null : PromptCaching,
        LogContent: LogContent == saved.LogContent ? null : LogContent,
        FlagshipModel: FlagshipModel.Trim() == (saved.FlagshipModel ?? "") ? null : FlagshipModel.Trim());

    public static IReadOnlyList<(string Value, string Name, string Text)> Profiles { get; } =
    [
        ("budget", "Budget", "The cheapest model of the tier."),
        ("balanced", "Balanced", "The best quality per dollar."),
        ("quality", "Quality", "The best model of the tier."),
    ];

    public static IReadOnlyList<(string Value, string Name, string Text)> Zones { get; } =
    [
        ("global", "Global", "Any provider."),
        ("eu", "European Union", "Only models that stay in the EU."),
        ("fr", "France", "Only models that stay in France."),
        ("strict", "Strict", "Only models whose place is stated and European."),
    ];
}
