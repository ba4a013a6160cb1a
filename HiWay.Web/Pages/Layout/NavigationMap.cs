using HiWay.Domain.Accounts;

namespace HiWay.Web.Pages.Layout;

/// <summary>One entry of the sidebar and of the command palette.</summary>
/// <param name="Icon">A name in <see cref="Components.Icons"/>.</param>
/// <param name="Needs">Who sees it; the page itself checks again.</param>
/// <param name="Outside">Not in the shell: a static page with a frame of its own.</param>
/// <param name="Keywords">Further words that find it in the palette.</param>
/// <param name="OperatorOnly">Belongs to the installation and not to a workspace.</param>
public sealed record NavigationItem(
    string Text, string Href, string Icon, string Keywords = "", Permission Needs = Permission.Read, bool Outside = false, bool OperatorOnly = false);

public sealed record NavigationGroup(string? Heading, IReadOnlyList<NavigationItem> Items);

/// <summary>All pages of the dashboard, in the order of the sidebar. A page is one line here.</summary>
public static class NavigationMap
{
    public static IReadOnlyList<NavigationGroup> Groups { get; } =
    [
        new(null,
        [
            new("Overview", "/", "gauge", "home dashboard start"),
            new("Usage", "/usage", "chart", "cost tokens savings latency timeline analytics"),
            new("Requests", "/requests", "list", "log trace calls errors"),
            new("Playground", "/playground", "terminal", "chat try prompt", Permission.UsePlayground),
        ]),
        new("Gateway",
        [
            new("Keys", "/keys", "key", "api secret token rotate"),
            new("Providers", "/settings/providers", "plug", "credentials byok openai anthropic upstream"),
            new("Health", "/provider-health", "bolt", "status outages circuit latency down up fallback"),
            new("Models", "/models", "cube", "catalogue prices tiers"),
            new("Routing", "/routing", "route", "auto profile weights thresholds margin aliases zone replay learned mix feedback"),
        ]),
        new("Protection",
        [
            new("Guardian", "/guardian", "eye", "rules agents loops spikes bloat repeat suspend throttle limits zombie"),
            new("Security", "/security", "shield", "shield threats injection jailbreak ip rules allow deny events block"),
            new("Privacy", "/privacy", "lock", "mask masking pii personal data secrets placeholders"),
        ]),
        new("Workspace",
        [
            new("Budget Control", "/budget", "coin", "cap limit spend forecast money alert"),
            new("Webhooks & alerts", "/webhooks", "bell", "notifications slack discord teams mail siem deliveries signature"),
            new("Members", "/settings/members", "users", "team invite roles people"),
            new("Audit log", "/audit", "history", "changes who when", Permission.ReadAudit),
            new("Settings", "/settings", "sliders", "workspace name routing profile zone", Permission.Read),
        ]),
        new(null,
        [
            new("Workspaces", "/admin/workspaces", "users", "admin operator installation tenants suspend restore", OperatorOnly: true),
            new("Catalogue", "/admin/models", "cube", "admin operator installation models prices override add tiers", OperatorOnly: true),
            new("Docs", "/docs", "book", "guide help quickstart api errors integrations", Outside: true),
        ]),
    ];

    /// <summary>The entry a path belongs to: the longest address that it starts with.</summary>
    /// <param name="path">Relative to the root, with a leading slash, without a query.</param>
    public static NavigationItem? Find(string path) => Groups
        .SelectMany(group => group.Items)
        .Where(item => path == item.Href || (item.Href != "/" && path.StartsWith(item.Href + "/", StringComparison.Ordinal)))
        .MaxBy(item => item.Href.Length);
}
