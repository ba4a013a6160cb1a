using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>What an open dashboard says while its database is away.</summary>
public sealed class OutageInTheBrowser
{
    [Fact]
    public async Task DatabaseAway_APageSaysSo_AndNotThatSomethingUnexpectedHappened()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await using var host = await HiWayHost.StartAsync(("ConnectionStrings:HiWay", postgres.ConnectionString));
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/keys");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "New key" })).ToBeVisibleAsync();

        await postgres.StopAsync();

        // EF Core wraps the cause in an exception of its own.
        await page.GetByRole(AriaRole.Link, new() { Name = "Members" }).First.ClickAsync();
        await Expect(page.GetByText("HiWay's database does not answer.").First).ToBeVisibleAsync();
        await Expect(page.GetByText("Something unexpected")).ToHaveCountAsync(0);
    }
}
