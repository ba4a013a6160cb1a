using System.Text.RegularExpressions;
using HiWay.Domain.Accounts;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Dashboard;

/// <summary>A newcomer's first minutes in a real browser: sign up, connect a provider, make a key, call, and see the call.</summary>
public sealed partial class FirstCallJourney
{
    [Fact]
    public async Task AFirstCallWhosePriceIsNotKnown_IsNotShownAsFree()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/chat/completions", Reply.Chat("Hello!"));
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await Expect(tab.Page.GetByText("Listening for your first request")).ToBeVisibleAsync();
        await host.Http.ChatAsync(account.Key, "Say hello", "acme/m1");
        await Expect(tab.Page.GetByText("Your first request has arrived.")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator(".arrival dl div", new() { HasText = "Cost" })).ToContainTextAsync("unpriced");
    }

    [Fact]
    public async Task AProviderThatTookManyTests_LeavesTheGuideUntilTheFirstCall()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.Error(401));
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        for (var i = 0; i < 9; i++)
        {
            await host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/providers/acme/test", account.Key);
        }

        await host.Http.RequestRowsAsync(account, expected: 9);
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Your first request, in three steps" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task NewcomerSignsUp_ConnectsAProvider_MakesAKey_AndSeesTheCallArriveWithItsCost()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/chat/completions", Reply.Chat("Hello!"));
        await using var host = await HiWayHost.StartAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;

        await tab.OpenAsync("/signup");
        await page.GetByLabel("Work e-mail").FillAsync("ada@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync("correct horse battery 1A!");
        await page.GetByLabel("Workspace").FillAsync("Acme Robotics");
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Create account" }), "/");

        // The guide leads: a provider first.
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your first request, in three steps" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Other", Exact = true }).ClickAsync();
        await page.GetByLabel("Short name").FillAsync("acme");
        await page.GetByLabel("Base URL").FillAsync(upstream.Url);
        await page.GetByLabel("Models").FillAsync("fast-one");
        await page.GetByLabel("API key").FillAsync("sk-upstream-secret-1234");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and test" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Create key" })).ToBeVisibleAsync();
        Assert.NotEmpty(upstream.Requests);   // "and test" was a real call

        await page.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        var key = await page.GetByTestId("new-key").TextContentAsync();
        Assert.Matches(Secret(), key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(page.Locator("pre")).ToContainTextAsync($"curl {host.Url}/v1/chat/completions");
        await Expect(page.Locator("pre")).ToContainTextAsync(key!);
        await Expect(page.GetByText("Listening for your first request")).ToBeVisibleAsync();

        await SetPriceAsync(host, "acme/fast-one", new TokenPrice { Input = 2m, Output = 6m });
        var reply = await host.Http.ChatAsync(key!, "Say hello", "acme/fast-one");
        Assert.Equal("Hello!", reply.Text);

        // It arrives by itself: (9 x $2 + 12 x $6) / 1,000,000.
        await Expect(page.GetByText("Your first request has arrived.")).ToBeVisibleAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("$0.00009");
        await page.GetByRole(AriaRole.Button, new() { Name = "Open the dashboard" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();

        // A second call appears on the open Overview without a reload.
        var latest = page.GetByRole(AriaRole.List, new() { Name = "Latest requests" }).GetByRole(AriaRole.Listitem);
        await Expect(latest).ToHaveCountAsync(2);   // the test of the provider was a call too
        await host.Http.ChatAsync(key!, "Say hello again", "acme/fast-one");
        await Expect(latest).ToHaveCountAsync(3);
        await Expect(page.Locator(".tile", new() { HasText = "Requests" }).Locator(".value")).ToHaveTextAsync("3");
        await Expect(page.Locator(".tile", new() { HasText = "Cost" }).Locator(".value")).ToHaveTextAsync("$0.00018");

        // And in the log, where a third call waits behind a button.
        await tab.FollowAsync(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Requests" }), "/requests");
        var rows = page.Locator(".log-row .row-link");
        await Expect(rows).ToHaveCountAsync(3);
        await host.Http.ChatAsync(key!, "Once more", "acme/fast-one");
        await page.GetByRole(AriaRole.Button, new() { Name = "1 new request" }).ClickAsync();
        await Expect(rows).ToHaveCountAsync(4);

        await tab.FollowAsync(rows.First, (await rows.First.GetAttributeAsync("href"))!);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "acme/fast-one" })).ToBeVisibleAsync();
        var bill = page.GetByRole(AriaRole.Table, new() { Name = "Cost by kind of token" });
        await Expect(bill.GetByRole(AriaRole.Row, new() { Name = "Input" })).ToContainTextAsync("$0.000018");
        await Expect(bill.GetByRole(AriaRole.Row, new() { Name = "Output" })).ToContainTextAsync("$0.000072");
        await Expect(page.Locator(".stages li").First).ToContainTextAsync("µs");
        await Expect(page.Locator(".attempts li")).ToHaveCountAsync(1);

        Assert.Empty(tab.Complaints);
    }

    private static async Task SetPriceAsync(HiWayHost host, string model, TokenPrice price)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var workspaceId = await host.Database.ScalarAsync<string>("SELECT id FROM workspaces LIMIT 1");
        var owner = new Actor(workspaceId, null, null, WorkspaceRole.Owner, "test", null);
        var patched = await scope.ServiceProvider.GetRequiredService<IModels>().PatchAsync(owner, model, new ModelPatch { Prices = price }, CancellationToken.None);
        Assert.Null(patched.Refusal);
    }

    [GeneratedRegex("^hw_live_[0-9a-f]{32}$")]
    private static partial Regex Secret();
}
