using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Dashboard;

/// <summary>Somebody who has left the last workspace.</summary>
public sealed class NoWorkspaceInTheBrowser
{
    [Fact]
    public async Task TheFrame_OffersOnlyWhatStillLeadsSomewhere()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await host.Database.ExecuteAsync("DELETE FROM memberships");
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await Expect(tab.Page.GetByText("You are in no workspace")).ToBeVisibleAsync();
        await tab.SettleAsync();

        var navigation = tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" });
        await Expect(navigation.GetByRole(AriaRole.Heading)).ToHaveCountAsync(0);
        await Expect(navigation.GetByRole(AriaRole.Link)).ToHaveTextAsync(["Docs"]);
        await Expect(tab.Page).ToHaveTitleAsync("No workspace · HiWay");
        await Expect(tab.Page.Locator(".switcher")).ToContainTextAsync("No workspace");
        await tab.Page.Locator(".switcher").ClickAsync();
        await Expect(tab.Page.Locator("#workspace-menu").GetByRole(AriaRole.Link)).ToHaveTextAsync(["New workspace"]);
        Assert.Empty(tab.Complaints);
    }
}
