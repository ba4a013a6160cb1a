using HiWay.Tests.Harness;
using HiWay.Web.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
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
        await using var host = await HiWayHost.StartAsync(null,
            services => services.Configure<SecurityStampValidatorOptions>(cookies => cookies.ValidationInterval = TimeSpan.FromMilliseconds(500)),
            ("ConnectionStrings:HiWay", postgres.ConnectionString));
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/keys");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "New key" })).ToBeVisibleAsync();

        await postgres.StopAsync();

        // Whether the session still holds cannot be asked now; that takes nobody's page away.
        await Patience.UntilAsync(() => host.Logs.ToString().Contains("an open page keeps its session", StringComparison.Ordinal), "the open page's session is looked at");

        // EF Core wraps the cause in an exception of its own.
        await page.GetByRole(AriaRole.Link, new() { Name = "Members" }).First.ClickAsync();
        await Expect(page.GetByText("HiWay's database does not answer.").First).ToBeVisibleAsync();
        await Expect(page.GetByText("Something unexpected")).ToHaveCountAsync(0);

        // Later it is no longer known either who is looking.
        await Task.Delay(CurrentActor.Trust);
        await page.GetByRole(AriaRole.Link, new() { Name = "Audit log" }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Audit log" }).First).ToHaveAttributeAsync("aria-current", "page");
        await Expect(page.GetByText("HiWay's database does not answer.").First).ToBeVisibleAsync();
        await Expect(page.GetByText("unexpected")).ToHaveCountAsync(0);
    }
}
