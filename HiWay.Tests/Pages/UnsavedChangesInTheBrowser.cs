using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>What was entered and not saved is not lost by a press elsewhere.</summary>
public sealed class UnsavedChangesInTheBrowser
{
    [Theory]
    [InlineData("/settings", "Name", "Another name")]
    [InlineData("/budget", "Monthly cap", "12")]
    [InlineData("/guardian", "Prompt tokens allowed", "4000")]
    [InlineData("/security", "Keep events for", "30")]
    [InlineData("/privacy", "Further key prefixes", "acme_")]
    [InlineData("/routing", "Light below", "0.2")]
    [InlineData("/routing", "Daily limit", "3")]
    public async Task LeavingAPageThatIsNotSaved_Asks_AndStayingKeepsTheEntry(string path, string label, string entry)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync(path);
        var page = tab.Page;
        var (field, dialog) = (page.GetByRole(AriaRole.Main).GetByLabel(label), page.GetByRole(AriaRole.Dialog));
        var usage = page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Usage" });

        await field.FillAsync(entry);
        await Expect(page.GetByText("Not saved yet")).ToBeVisibleAsync();
        await usage.ClickAsync();
        await Expect(dialog).ToContainTextAsync("Leave without saving?");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await tab.IsAtAsync(path);
        await Expect(field).ToHaveValueAsync(entry);

        await usage.ClickAsync();
        await tab.FollowAsync(dialog.GetByRole(AriaRole.Button, new() { Name = "Leave" }), "/usage");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Usage");
    }

    [Fact]
    public async Task TwoFormsOfOnePage_AreAskedAboutOnce()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/routing");
        var page = tab.Page;
        await page.GetByLabel("Light below").FillAsync("0.2");
        await page.GetByLabel("Daily limit").FillAsync("3");
        await Expect(page.GetByText("Not saved yet")).ToHaveCountAsync(2);

        await page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Usage" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(1);
        await tab.FollowAsync(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Leave" }), "/usage");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }
}
