using System.Text.RegularExpressions;
using HiWay.Tests.Harness;
using HiWay.Web.Pages.Layout;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Accounts;

/// <summary>The account pages as a person meets them: in Chromium, with scripts, under the real content policy.</summary>
public sealed class AccountPagesInBrowserTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private const string Password = "four random words here";

    private HiWayHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await HiWayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    /// <summary>A page that is open works on without the cookie that it was opened with.</summary>
    [Fact]
    public async Task SigningOut_ClosesTheOtherTabsOfThisBrowserToo()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(await _host.Http.SignUpAsync());
        var other = await tab.Context.NewPageAsync();
        await other.GotoAsync("/keys", new() { Timeout = Tab.PatienceMs });
        await Expect(other.Locator("h1")).ToHaveTextAsync("Keys");

        await tab.Page.Locator("form[data-sign-out]").EvaluateAsync("form => form.requestSubmit()");
        await tab.IsAtAsync("/login");
        await Expect(other).ToHaveURLAsync(new Regex("/login"));
    }

    [Fact]
    public async Task SignUp_SecondFactor_SignOut_AndInAgain()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        var page = tab.Page;
        await tab.OpenAsync("/signup");
        await tab.PictureAsync("signup");
        await page.FillAsync("[name='Input.Email']", Email);
        await page.FillAsync("[name='Input.Password']", "password123");
        await page.FillAsync("[name='Input.WorkspaceName']", "Acme");
        await page.ClickAsync("button[type=submit]");
        await Expect(page.Locator(".field-error").First).ToBeVisibleAsync();
        await tab.PictureAsync("signup-wrong");
        await page.FillAsync("[name='Input.Password']", Password);
        await tab.FollowAsync(page.Locator("button[type=submit]"), "/");

        await tab.OpenAsync("/account");
        await tab.PictureAsync("account");
        await tab.FollowAsync(page.Locator("a[href='/account/two-factor']"), "/account/two-factor");
        var key = await page.Locator("#authenticator-key").InnerTextAsync();
        await tab.PictureAsync("two-factor");
        await page.FillAsync("[name='Enable.Code']", Totp.Code(key, DateTimeOffset.UtcNow));
        await page.ClickAsync("button:has-text('Turn on')");
        var shown = page.Locator("#recovery-codes li");
        await Expect(shown).ToHaveCountAsync(10);
        var codes = await shown.AllInnerTextsAsync();
        await tab.PictureAsync("recovery-codes");
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("a[download]"));
        Assert.Contains(codes[9], await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        await tab.FollowAsync(page.Locator("a:has-text('I have saved them')"), "/account");
        await tab.FollowAsync(page.Locator("button:has-text('Sign out everywhere')"), "/login");

        await tab.PictureAsync("login");
        await page.FillAsync("[name='Input.Email']", Email);
        await page.FillAsync("[name='Input.Password']", Password);
        await tab.FollowAsync(page.Locator("button[type=submit]"), "/login/2fa");
        await tab.PictureAsync("second-factor");
        await tab.FollowAsync(page.Locator("a:has-text('Use a recovery code')"), "/login/2fa?recovery=true");
        await tab.PictureAsync("recovery");
        await page.FillAsync("[name='Input.Code']", codes[0]);
        await tab.FollowAsync(page.Locator("button[type=submit]"), "/");

        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task SignInPage_AsksInOrder_AddressPasswordButton_AndOnlyThenWhatHelps()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.OpenAsync("/login");
        await tab.Page.GetByLabel("E-mail").FocusAsync();
        var order = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            order.Add(await tab.Page.EvaluateAsync<string>("document.activeElement.name || document.activeElement.innerText"));
            await tab.Page.Keyboard.PressAsync("Tab");
        }

        Assert.Equal(["Input.Email", "Input.Password", "Input.Remember", "Sign in", "Forgot it?"], order);
        var (link, label) = (await tab.Page.GetByText("Forgot it?").BoundingBoxAsync(), await tab.Page.GetByText("Password", new() { Exact = true }).BoundingBoxAsync());
        Assert.InRange(link!.Y + link.Height / 2, label!.Y, label.Y + label.Height);   // it stands beside the label all the same
    }

    [Fact]
    public async Task DoubleClick_SendsACodeOnce()
    {
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(await _host.Http.SignUpAsync(Email));
        await tab.OpenAsync("/account/two-factor");
        var sent = 0;
        await tab.Page.RouteAsync("**/account/two-factor", async route =>
        {
            sent += route.Request.Method == "POST" ? 1 : 0;
            await Task.Delay(500);   // a network on which the second click still finds the page
            await route.ContinueAsync();
        });
        await tab.Page.FillAsync("[name='Enable.Code']", Totp.Code(await tab.Page.Locator("#authenticator-key").InnerTextAsync(), DateTimeOffset.UtcNow));
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).EvaluateAsync("button => { button.click(); setTimeout(() => button.click(), 100); }");

        await Expect(tab.Page.Locator("#recovery-codes li")).ToHaveCountAsync(10);
        Assert.Equal(1, sent);
    }

    [Fact]
    public async Task InvitationAndReset_InDark_AtPhoneWidth()
    {
        var owner = await _host.Http.SignUpAsync("owner@example.com", "Acme");
        var invitation = await _host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{owner.WorkspaceId}/invitations", owner.Key, new { email = Email, role = "admin" });
        await using var tab = await Chromium.OpenAsync(_host, width: 390, theme: "dark");
        var page = tab.Page;
        await tab.OpenAsync(new Uri(invitation["link"]!.GetValue<string>()).AbsolutePath);
        await tab.PictureAsync("invite");
        await tab.FollowAsync(page.Locator("a:has-text('Create an account')"), "/signup");
        await tab.PictureAsync("signup-invited");
        await page.FillAsync("[name='Input.Password']", Password);
        await tab.FollowAsync(page.Locator("button[type=submit]"), "/");

        foreach (var path in new[] { "/account", "/account/two-factor", "/account/passkeys", "/account/new-workspace", "/device", "/forgot-password", "/reset-password?email=a@example.com&token=x", "/login?reset=true" })
        {
            if (path.StartsWith("/login", StringComparison.Ordinal))
            {
                await tab.Context.ClearCookiesAsync();
            }

            await tab.OpenAsync(path);
            await tab.PictureAsync(path.Split('?')[0].Trim('/').Replace('/', '-'));
            await tab.FitsAsync();
        }

        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task ContentPolicy_LetsEveryDashboardPageWork()
    {
        var account = await _host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(_host);
        await tab.SignInAsync(account);
        foreach (var item in NavigationMap.Groups.SelectMany(group => group.Items))
        {
            await tab.OpenAsync(item.Href);
            await tab.PictureAsync("page" + item.Href.Replace('/', '-'));
        }

        Assert.Empty(tab.Complaints);
    }
}
