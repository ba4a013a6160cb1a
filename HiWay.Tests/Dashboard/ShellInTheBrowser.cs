using System.Text.RegularExpressions;
using HiWay.Infrastructure.Accounts;
using HiWay.Tests.Harness;
using HiWay.Web.Pages.Layout;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Dashboard;

/// <summary>What every page inherits: themes, phone width, keyboard, and a circuit that comes back.</summary>
public sealed class ShellInTheBrowser : IAsyncLifetime
{
    private HiWayHost _host = null!;
    private TestAccount _account = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _account = await _host.Http.SignUpAsync(workspace: "Acme Robotics");

        // One call, so that the Overview shows its figures and not the guide.
        var key = await _host.Http.CreateKeyAsync(_account, new { name = "Test key", test = true });
        await _host.Http.ChatAsync(key.Secret, "Say hello");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task EveryPage_AtPhoneWidth_FitsTheWindow_AndTheConsoleStaysEmpty(string theme)
    {
        await using var tab = await Chromium.OpenAsync(_host, width: 390, theme);
        await tab.SignInAsync(_account);
        foreach (var item in NavigationMap.Groups.SelectMany(group => group.Items))
        {
            await tab.OpenAsync(item.Href);
            await tab.FitsAsync();
        }

        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task EveryPage_IsReachedFromTheSidebar_InOneCircuit()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(_account);
        await tab.OpenAsync("/settings");
        await tab.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        foreach (var item in NavigationMap.Groups.SelectMany(group => group.Items).Where(item => !item.Outside))
        {
            var link = tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = item.Text, Exact = true });
            await tab.FollowAsync(link, item.Href);
            await Expect(link).ToHaveAttributeAsync("aria-current", "page");
        }

        Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.sameDocument === true"));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task ThemeChosenInTheMenu_HoldsAtOnce_AndFromTheFirstByteAfterReload()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(_account);
        await tab.OpenAsync("/usage");
        var light = await tab.StyleAsync("body", "background-color");

        await tab.Page.Locator(".user-button").ClickAsync();
        await tab.Page.Locator("#user-menu").GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        await Expect(tab.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await Expect(tab.Page.Locator("body")).Not.ToHaveCSSAsync("background-color", light);

        var html = await (await tab.Page.ReloadAsync())!.TextAsync();
        Assert.Contains("<html lang=\"en\" data-theme=\"dark\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SystemTheme_FollowsTheBrowser()
    {
        await using var tab = await Chromium.OpenAsync(_host, theme: "dark");
        await tab.OpenAsync("/login");
        await Expect(tab.Page.Locator("html")).ToHaveCSSAsync("color-scheme", "dark");
        await tab.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Expect(tab.Page.Locator("html")).ToHaveCSSAsync("color-scheme", "light");
    }

    [Fact]
    public async Task Keyboard_SkipsTheSidebar_AndOpensPagesFromThePalette()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(_account);
        await tab.OpenAsync("/usage");
        var page = tab.Page;

        await page.Locator("body").PressAsync("Control+k");
        await Expect(page.Locator("#palette")).ToBeVisibleAsync();
        await page.Locator("#palette input").PressSequentiallyAsync("log tr");
        await Expect(page.Locator("#palette [role=option]:visible")).ToHaveCountAsync(1);
        await page.Locator("#palette input").PressAsync("Enter");
        await tab.IsAtAsync("/requests");
        await Expect(page.Locator("#palette")).ToBeHiddenAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Requests", Level = 1 })).ToBeFocusedAsync();   // the last thing that a change of pages does

        var skip = page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" });
        await skip.FocusAsync();
        await Expect(skip).ToBeInViewportAsync();   // hidden until it has the focus
        await skip.PressAsync("Enter");
        await Expect(page.Locator("#main")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Chart_TellsItsValuesToTheKeyboard_AndAsATable()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(_account);
        await tab.OpenAsync("/usage?show=requests&range=24h");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show as table" }).ClickAsync();
        var table = tab.Page.Locator(".as-table-body tbody tr");
        await Expect(table).ToHaveCountAsync(24);

        // The call is in the last hour, or in the one before if it has struck meanwhile.
        var hoursAgo = await table.First.Locator("td.num").First.TextContentAsync() == "1" ? 0 : 1;
        await Expect(table.Nth(hoursAgo).Locator("td.num").First).ToHaveTextAsync("1");

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show as chart" }).ClickAsync();
        var chart = tab.Page.Locator("figure.chart");
        await chart.PressAsync("End");
        for (var back = 0; back < hoursAgo; back++)
        {
            await chart.PressAsync("ArrowLeft");
        }

        await Expect(chart.Locator(".chart-tip")).ToContainTextAsync("1");
        await chart.PressAsync("ArrowLeft");
        await Expect(chart.Locator(".chart-tip")).ToContainTextAsync("0");
    }

    [Fact]
    public async Task FilterOfTheAddress_StandsInItsDropDown_AndAChoiceGoesIntoTheAddress()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(_account);
        await tab.OpenAsync("/requests?tier=test&model=acme%2Fnever-called");
        await Expect(tab.Page.GetByText("No request matches")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByLabel("Model")).ToHaveValueAsync("acme/never-called");
        await Expect(tab.Page.GetByLabel("Key", new() { Exact = true }).Locator("option")).ToHaveCountAsync(2);   // the offer has been read
        await Expect(tab.Page.GetByLabel("Tier")).ToHaveValueAsync("test");

        await tab.Page.GetByLabel("Model").SelectOptionAsync("");
        await tab.IsAtAsync("/requests?tier=test");
        await Expect(tab.Page.Locator(".log-row .row-link")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task DrawerOnAPhone_OpensClosesAndLeadsOn()
    {
        await using var tab = await Chromium.OpenAsync(_host, width: 390);
        await tab.SignInAsync(_account);
        await tab.OpenAsync("/usage");
        var page = tab.Page;
        var requests = page.Locator("#sidebar").GetByRole(AriaRole.Link, new() { Name = "Requests" });

        await Expect(requests).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Open navigation" }).ClickAsync();
        await Expect(requests).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(requests).ToBeHiddenAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Open navigation" }).ClickAsync();
        await tab.FollowAsync(requests, "/requests");
        await Expect(requests).ToBeHiddenAsync();
    }

    [Fact]
    public async Task ConnectionCut_SaysSo_AndComesBackToTheSameCircuit()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(_account);
        var sockets = new List<IWebSocketRoute>();
        await tab.Page.RouteWebSocketAsync("**/_blazor**", route =>
        {
            route.ConnectToServer();
            lock (sockets)
            {
                sockets.Add(route);
            }
        });
        await tab.OpenAsync("/usage");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show as table" }).ClickAsync();
        await Expect(tab.Page.Locator(".as-table-body")).ToBeVisibleAsync();

        // It comes back so soon that nobody would see what is said meanwhile; so the way back waits until it has been read.
        var read = new TaskCompletionSource();
        await tab.Page.RouteAsync("**/_blazor/negotiate**", async route =>
        {
            await read.Task;
            await route.ContinueAsync();
        });
        await sockets[^1].CloseAsync();
        var said = tab.Page.Locator("#components-reconnect-modal");
        await Expect(said).ToHaveClassAsync(new Regex("components-reconnect-show"));
        read.SetResult();
        await Expect(said).ToHaveClassAsync(new Regex("components-reconnect-hide"));

        // The same circuit: what was only in its memory is still there, and it still answers.
        await Expect(tab.Page.Locator(".as-table-body")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show as chart" }).ClickAsync();
        await Expect(tab.Page.Locator("figure.chart")).ToBeVisibleAsync();
        Assert.True(sockets.Count > 1);
    }

    [Fact]
    public async Task PageThatFailsOnTheServer_IsAQuietPageWithTheRequestsId()
    {
        await using var host = await HiWayHost.StartAsync(null, services => services.AddSingleton<IMembers>(_ => throw new InvalidOperationException("broken on purpose")), ("environment", "Production"));
        var answer = await host.Http.GetAsync("/signup");
        Assert.Equal(500, (int)answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Something went wrong on our side", html, StringComparison.Ordinal);
        Assert.Contains(answer.Headers.GetValues("X-Request-Id").Single(), html, StringComparison.Ordinal);
        Assert.DoesNotContain("broken on purpose", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownAddress_IsAPageForPeople_AndAnEnvelopeForPrograms()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(_account);
        var answer = await tab.OpenAsync("/no-such-page");
        Assert.Equal(404, answer.Status);
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "There is no page here" })).ToBeVisibleAsync();

        var program = await _host.Http.GetAsync("/v1/no-such-call");
        Assert.Equal(404, (int)program.StatusCode);
        Assert.Contains("\"error\"", await program.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
