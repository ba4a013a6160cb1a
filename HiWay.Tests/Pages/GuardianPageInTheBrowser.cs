using HiWay.Tests.Guardian;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>Guardian as an admin sees it.</summary>
public sealed class GuardianPageInTheBrowser
{
    [Fact]
    public async Task ARuleIsChanged_AKeyRunsIntoIt_AndIsRestoredWithOneClick()
    {
        await using var world = await GuardianWorld.StartAsync();
        world.Upstream.On("/chat/completions", Reply.Chat("ok"));
        var key = await world.CreateKeyAsync("night agent");
        await using var tab = await Chromium.OpenAsync(world.Host);
        var page = tab.Page;
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/guardian");
        await Expect(page.GetByText("All is calm")).ToBeVisibleAsync();
        await ShotsAsync(tab, "guardian-empty");

        var rule = page.GetByTestId("rule-dedup");
        await rule.GetByLabel("Times allowed").FillAsync("0");
        await rule.GetByLabel("What happens").SelectOptionAsync("suspend");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(rule.GetByText("must be a whole number from 1 to 20")).ToBeVisibleAsync();
        await rule.GetByLabel("Times allowed").FillAsync("2");
        await page.GetByRole(AriaRole.Switch, new() { Name = "Context bloat" }).UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("Everything is saved")).ToBeVisibleAsync();

        for (var i = 0; i < 3; i++)
        {
            await world.AskAsync(key, "Is it done?");
        }

        await world.EventsAsync();
        await tab.OpenAsync("/guardian");
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "Repeated prompt" })).ToContainTextAsync("suspended");
        await Expect(rule.GetByText("1", new() { Exact = true }).First).ToBeVisibleAsync();
        await Expect(page.GetByTestId("rule-context_bloat").GetByLabel("What happens")).ToHaveCountAsync(0);
        await ShotsAsync(tab, "guardian");
        await page.GetByLabel("Events of").SelectOptionAsync("cost_spike");
        await Expect(page.GetByText("Nothing ran into this rule")).ToBeVisibleAsync();

        await tab.OpenAsync("/keys?status=suspended");
        await Expect(page.GetByText("by dedup")).ToBeVisibleAsync();
        await tab.OpenAsync("/guardian");
        await page.GetByRole(AriaRole.Button, new() { Name = "Restore" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Suspended keys" })).ToHaveCountAsync(0);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await world.AskAsync(key, "Is it done?")).Status);
    }

    /// <summary>For looking at; only where a folder is named.</summary>
    private static async Task ShotsAsync(Tab tab, string name)
    {
        if (Environment.GetEnvironmentVariable("HIWAY_TEST_SHOTS") is not { Length: > 0 } folder)
        {
            return;
        }

        foreach (var (look, width) in ((string, int)[])[("light", 1280), ("dark", 1280), ("light", 390)])
        {
            await tab.Page.SetViewportSizeAsync(width, 900);
            await tab.Page.EvaluateAsync($"document.documentElement.dataset.theme = '{look}'");
            await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{look}-{width}.png"), FullPage = true });
        }

        await tab.Page.EvaluateAsync("document.documentElement.dataset.theme = 'light'");
        await tab.Page.SetViewportSizeAsync(1280, 900);
    }
}
