using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Playwright;

namespace HiWay.Tests.Pages;

/// <summary>Every page against axe-core's rules for WCAG 2.1 A and AA and its best practices, contrast in both themes included.</summary>
public sealed class AccessibilityInTheBrowser
{
    private static readonly string s_axe = Repository.File("HiWay.Tests", "Clients", "node_modules", "axe-core", "axe.min.js");

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task EveryPage_MeetsTheRules(string theme)
    {
        Assert.SkipUnless(File.Exists(s_axe), "axe-core is not installed; ./test.sh installs it.");
        await using var world = await GatewayWorld.StartAsync();
        world.Upstream.On("chat/completions", Reply.Chat("Hello!"), Reply.Error(500, "broken"), Reply.Chat("Hello!"));
        await world.Http.ChatAsync(world.Key.Secret, GatewayWorld.Body());
        await world.Http.ChatAsync(world.Key.Secret, GatewayWorld.Body());
        var rows = await world.Http.RequestRowsAsync(world.Account, 1);
        var webhook = await world.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{world.Account.WorkspaceId}/webhooks", world.Account.Key, new { name = "Ops", kind = "webhook", url = world.Upstream.Url + "/hook" });
        await world.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{world.Account.WorkspaceId}/budget", world.Account.Key, new { cap_usd = 5 });
        await world.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{world.Account.WorkspaceId}/budget/users/anna", world.Account.Key, new { cap_usd = 5 });

        await using var tab = await Chromium.OpenAsync(world.Host, 1280, theme);
        await tab.Context.AddInitScriptAsync(scriptPath: s_axe);
        List<string> violations = [];
        foreach (var path in (string[])["/login", "/signup", "/forgot-password"])
        {
            await tab.OpenAsync(path);
            violations.AddRange(await ViolationsAsync(tab.Page, path));
        }

        await tab.SignInAsync(world.Account);
        foreach (var path in (string[])
            ["/", "/usage", "/requests", $"/requests/{rows[0]["id"]!.GetValue<string>()}", "/playground", "/keys", "/settings/providers", "/provider-health", "/models",
             "/models?model=anthropic/claude-opus-4-7", "/routing", "/guardian", "/security", "/privacy", "/budget", "/webhooks", $"/webhooks/{webhook["id"]!.GetValue<string>()}",
             "/settings/members", "/audit", "/settings", "/account", "/account/two-factor", "/account/passkeys", "/account/new-workspace", "/admin/workspaces", "/admin/models", "/admin/models?model=anthropic/claude-opus-4-7", "/docs", "/docs/api-reference"])
        {
            await tab.OpenAsync(path);
            violations.AddRange(await ViolationsAsync(tab.Page, path));
        }

        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }

    private static async Task<IEnumerable<string>> ViolationsAsync(IPage page, string path)
    {
        // Animations change contrast while they run; a pulsing dot never ends.
        await page.EvaluateAsync("() => Promise.allSettled(document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < 5000).map(one => one.finished))");
        var found = await page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }))
                .violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html} (${node.failureSummary})`))
            """);
        return found.Select(violation => $"{path} {violation}");
    }
}
