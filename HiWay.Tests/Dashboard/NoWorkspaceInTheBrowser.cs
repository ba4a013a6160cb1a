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
        await host.Database.ExecuteAsync("DELETE FROM memberships; UPDATE users SET is_operator = false");
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

    [Theory]
    [InlineData(1280, "light")]
    [InlineData(390, "dark")]
    public async Task TheOperator_StillReachesThePagesOfTheInstallation_AndActsThere(int width, string theme)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();   // the first person: the operator
        var tenant = await host.Http.SignUpAsync(workspace: "A tenant");
        await host.Database.ExecuteAsync($"DELETE FROM memberships WHERE workspace_id = '{account.WorkspaceId}'");
        await using var tab = await Chromium.OpenAsync(host, width, theme);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await Expect(page.GetByText("You are in no workspace")).ToBeVisibleAsync();
        await tab.SettleAsync();
        if (width < 500)
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Open navigation" }).ClickAsync();
        }

        var navigation = page.GetByRole(AriaRole.Navigation, new() { Name = "Main" });
        await tab.FollowAsync(navigation.GetByRole(AriaRole.Link, new() { Name = "Workspaces" }), "/admin/workspaces");
        var row = page.GetByRole(AriaRole.Row, new() { Name = "A tenant" });
        await row.GetByRole(AriaRole.Button, new() { Name = "Suspend" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Textbox).FillAsync("A tenant");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Suspend" }).ClickAsync();
        await Expect(row).ToContainTextAsync("suspended");
        await tab.FitsAsync();
        await tab.PictureAsync("workspaces-no-workspace");
        Assert.Equal("workspace_suspended", (await host.Http.ChatAsync(tenant.Key, "Hello")).ErrorCode);
        await tab.OpenAsync("/admin/models?show=overridden");
        await Expect(page.GetByText("Nothing is overridden")).ToBeVisibleAsync();

        // The rest still asks for a workspace.
        await tab.OpenAsync("/keys");
        await Expect(page.GetByText("You are in no workspace")).ToBeVisibleAsync();
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task SomebodyElse_DoesNotReachThem()
    {
        await using var host = await HiWayHost.StartAsync();
        await host.Http.SignUpAsync();
        var account = await host.Http.SignUpAsync();
        await host.Database.ExecuteAsync($"DELETE FROM memberships WHERE workspace_id = '{account.WorkspaceId}'");
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);

        await tab.OpenAsync("/admin/workspaces");
        await Expect(tab.Page.GetByText("You are in no workspace")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Table)).ToHaveCountAsync(0);
    }
}
