using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Dashboard;

/// <summary>What the frame around the pages says and keeps in sight.</summary>
public sealed class FrameInTheBrowser
{
    [Fact]
    public async Task ASuspendedWorkspace_SaysSoOnEachPage_UntilItIsRestored()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        var said = tab.Page.GetByText("This workspace is suspended.");
        await Expect(said).ToHaveCountAsync(0);

        await host.Database.ExecuteAsync("UPDATE workspaces SET suspended_at = now()");
        await tab.OpenAsync("/keys");
        await Expect(said).ToBeVisibleAsync();
        await tab.PictureAsync("suspended");
        await host.Database.ExecuteAsync("UPDATE workspaces SET suspended_at = NULL");
        await tab.OpenAsync("/keys");
        await Expect(said).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task TheAccountsMenu_StaysInSight_HoweverLowTheWindow()
    {
        await using var host = await HiWayHost.StartAsync();
        var operatorsAccount = await host.Http.SignUpAsync();   // has one entry more
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(operatorsAccount);
        await tab.Page.SetViewportSizeAsync(1280, 640);
        await tab.OpenAsync("/keys");
        await Expect(tab.Page.Locator(".user-button")).ToBeInViewportAsync(new() { Ratio = 1 });
        await tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Docs" }).FocusAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Docs" })).ToBeInViewportAsync(new() { Ratio = 1 });
        await Expect(tab.Page.Locator(".user-button")).ToBeInViewportAsync(new() { Ratio = 1 });

        // Nor does the page one is on lie behind it.
        await tab.OpenAsync("/settings");
        await Expect(tab.Page.Locator("#sidebar [aria-current=page]")).ToHaveTextAsync("Settings");
        await tab.Page.WaitForFunctionAsync("() => document.querySelector('#sidebar [aria-current=page]').getBoundingClientRect().bottom <= document.querySelector('.sidebar-foot').getBoundingClientRect().top");
    }

    [Fact]
    public async Task AStripThatScrolls_ShowsWhatIsChosen()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host, width: 390);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/audit?action=device");
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Devices" })).ToBeInViewportAsync(new() { Ratio = 1 });
        await tab.OpenAsync("/docs/errors");
        await Expect(tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Guide" }).GetByRole(AriaRole.Link, new() { Name = "Errors" })).ToBeInViewportAsync(new() { Ratio = 1 });
    }

    [Fact]
    public async Task WhoWantsLessMotion_SeesNone_NotEvenBehindADialog()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.Page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        await tab.SignInAsync(account);
        await tab.OpenAsync("/keys");
        await tab.Page.EvaluateAsync("""
            () => {
                window.moving = [];
                const look = () => {
                    for (const { effect } of document.getAnimations()) {
                        const { duration, iterations } = effect.getComputedTiming();
                        if (duration > 1 || iterations > 1) window.moving.push(`${effect.target.className} ${effect.pseudoElement} ${duration}`);
                    }
                    requestAnimationFrame(look);
                };
                look();
            }
            """);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "New key" }).ClickAsync();
        await Expect(tab.Page.GetByPlaceholder("production backend")).ToBeFocusedAsync();
        Assert.Empty(await tab.Page.EvaluateAsync<string[]>("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(window.moving))))"));
    }
}
