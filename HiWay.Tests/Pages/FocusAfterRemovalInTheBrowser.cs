using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>Where a keyboard goes on after it has removed what it stood on.</summary>
public sealed class FocusAfterRemovalInTheBrowser
{
    [Fact]
    public async Task RemovedIpRules_LeaveTheFocusOnTheNextOne_AndThenOnTheHeading()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        foreach (var cidr in new[] { "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16" })
        {
            await host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/security/ip-rules", account.Key, new { cidr, action = "deny" });
        }

        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/security");
        await RemoveAsync("10.2.0.0/16");
        await Expect(Remover("10.3.0.0/16")).ToBeFocusedAsync();
        await RemoveAsync("10.3.0.0/16");
        await Expect(Remover("10.1.0.0/16")).ToBeFocusedAsync();
        await RemoveAsync("10.1.0.0/16");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "IP rules" })).ToBeFocusedAsync();
        Assert.Empty(tab.Complaints);

        ILocator Remover(string cidr) => tab.Page.GetByRole(AriaRole.Button, new() { Name = $"Remove the rule for {cidr}" });

        async Task RemoveAsync(string cidr)
        {
            await Remover(cidr).FocusAsync();
            await tab.Page.Keyboard.PressAsync("Enter");
            var remove = tab.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove" });
            await Expect(remove).ToBeFocusedAsync();
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(Remover(cidr)).ToHaveCountAsync(0);
        }
    }

    [Fact]
    public async Task ARevokedKey_LeavesTheFocusOnTheNextKeysMenu()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await host.Http.CreateKeyAsync(account, new { name = "older" });
        await host.Http.CreateKeyAsync(account, new { name = "newer" });
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/keys");

        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for newer" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Textbox).FillAsync("newer");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "newer" })).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Actions for older" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task AButtonThatIsOffWhileItsWorkRuns_KeepsTheFocus()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/security");
        var page = tab.Page;
        await page.GetByLabel("Network").FillAsync("10.1.0.0/16");
        await page.GetByRole(AriaRole.Main).GetByLabel("Action").SelectOptionAsync("deny");
        var add = page.GetByRole(AriaRole.Button, new() { Name = "Add rule" });
        await add.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "10.1.0.0/16" })).ToBeVisibleAsync();
        await Expect(add).ToBeFocusedAsync();
    }
}
