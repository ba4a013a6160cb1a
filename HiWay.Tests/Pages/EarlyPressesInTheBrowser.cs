using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>What happens to presses and entries on a page that is seen already and not live yet.</summary>
public sealed class EarlyPressesInTheBrowser
{
    [Fact]
    public async Task PressBeforeThePageIsLive_IsKept_AndDoesItsWorkThen()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);

        await StopTheClockAsync(page);

        // The circuit waits until the press has been made.
        var pressed = new TaskCompletionSource();
        await page.RouteAsync("**/_blazor/negotiate**", async route =>
        {
            await pressed.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync("/playground");
        await page.GetByRole(AriaRole.Button, new() { Name = "Explain" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "View code" }).ClickAsync();
        await Expect(page.Locator("button[data-kept]")).ToHaveTextAsync("View code");   // the later press replaces the earlier one
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        pressed.SetResult();

        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("This call as code");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Explain" })).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(page.Locator("button[data-kept]")).ToHaveCountAsync(0);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task EntriesBeforeThePageIsLive_AreKept_AndTheTabNeverLosesItsTitle()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);

        await StopTheClockAsync(page);

        // Every title that the tab has had, noted whenever the document changes.
        await page.AddInitScriptAsync("""
            window.titles = [];
            new MutationObserver(() => document.readyState !== "loading" && window.titles.at(-1) !== document.title && window.titles.push(document.title))
                .observe(document, { childList: true, subtree: true, characterData: true });
            """);
        var entered = new TaskCompletionSource();
        await page.RouteAsync("**/_blazor/negotiate**", async route =>
        {
            await entered.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync("/requests?model=acme%2Fnever-called");
        await page.GetByLabel("Model").FocusAsync();
        await page.GetByLabel("Model").SelectOptionAsync("");
        entered.SetResult();
        await tab.SettleAsync();

        await tab.IsAtAsync("/requests");   // the page heard of it
        await Expect(page.GetByLabel("Model")).ToHaveValueAsync("");
        await Expect(page.GetByLabel("Model")).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await Expect(page).ToHaveTitleAsync("Settings · HiWay");
        Assert.Equal(["Requests · HiWay", "Settings · HiWay"], await page.EvaluateAsync<string[]>("() => window.titles"));
        Assert.Empty(tab.Complaints);
    }

    /// <summary>What is done early is kept for ten seconds; here it counts that it is kept, however slow the machine is.</summary>
    private static Task StopTheClockAsync(IPage page) => page.AddInitScriptAsync("const loaded = Date.now(); Date.now = () => loaded;");
}
