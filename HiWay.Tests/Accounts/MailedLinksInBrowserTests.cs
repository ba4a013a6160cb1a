using HiWay.Tests.Harness;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Accounts;

/// <summary>What comes by mail, followed in Chromium: confirming an address, changing it, a new password.</summary>
public sealed class MailedLinksInBrowserTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private const string Password = "four random words here";
    private const string NewPassword = "another four words";

    private MailServer _mail = null!;
    private HiWayHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _mail = MailServer.Start();
        _host = await HiWayHost.StartAsync(_mail.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _mail.DisposeAsync();
    }

    [Theory]
    [InlineData(1280, "light")]
    [InlineData(1280, "dark")]
    [InlineData(390, "light")]
    [InlineData(390, "dark")]
    public async Task SignUp_Banner_Link_AndAnotherAddress(int width, string theme)
    {
        await using var tab = await Chromium.OpenAsync(_host, width, theme);
        var page = tab.Page;
        await tab.OpenAsync("/signup");
        await page.FillAsync("[name='Input.Email']", Email);
        await page.FillAsync("[name='Input.Password']", Password);
        await page.FillAsync("[name='Input.WorkspaceName']", "Acme");
        await tab.FollowAsync(page.Locator("button[type=submit]"), "/confirm-email");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Look into your mailbox");
        await tab.PictureAsync("confirm-email");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send it again" }).ClickAsync();
        await Expect(page.Locator(".note.bad")).ToContainTextAsync("was sent a moment ago");
        await tab.PictureAsync("confirm-email-too-often");
        await tab.FitsAsync();

        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Go on to the dashboard" }), "/");
        await Expect(page.Locator(".confirm-email")).ToContainTextAsync(Email);
        await tab.PictureAsync("confirm-banner");
        await tab.FitsAsync();
        await tab.OpenAsync("/settings/members");
        await Expect(page.GetByText("unconfirmed")).ToBeVisibleAsync();
        await tab.PictureAsync("members-unconfirmed");
        await tab.FitsAsync();
        await tab.OpenAsync("/admin/workspaces");
        await Expect(page.GetByText("unconfirmed")).ToBeVisibleAsync();
        await tab.PictureAsync("workspaces-unconfirmed");
        await tab.FitsAsync();

        var link = (await _mail.SeesAsync(Email, "Confirm")).LinkPath;
        await using (var phone = await Chromium.OpenAsync(_host, width, theme))
        {
            await phone.OpenAsync(link);
            await phone.PictureAsync("confirm-elsewhere");
            await phone.FitsAsync();
            await phone.Page.GetByRole(AriaRole.Button, new() { Name = $"Confirm {Email}" }).ClickAsync();
            await Expect(phone.Page.Locator("h1")).ToHaveTextAsync("Your address is confirmed");
            await phone.PictureAsync("confirmed-elsewhere");
            await phone.OpenAsync(link);
            await Expect(phone.Page.Locator("h1")).ToHaveTextAsync("Already confirmed");
            await phone.OpenAsync("/confirm-email/nonsense");
            await phone.PictureAsync("confirm-nonsense");
        }

        // The open dashboard notices with its next page, once what it knows of the person is a few seconds old.
        await Patience.UntilAsync(
            async () =>
            {
                await tab.OpenAsync("/settings/members");
                return await page.Locator(".confirm-email").CountAsync() == 0;
            },
            "a dashboard without the banner");

        await tab.OpenAsync("/account");
        await page.FillAsync("[name='NewEmail.Email']", "countess@example.com");
        await page.FillAsync("[name='NewEmail.Password']", Password);
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Change address" }), "/confirm-email");
        await Expect(page.Locator(".note.good")).ToContainTextAsync("countess@example.com");
        await tab.PictureAsync("confirm-email-new");
        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Go on to the dashboard" }), "/account");
        await Expect(page.Locator("#email")).ToContainTextAsync("Waiting until countess@example.com is confirmed.");
        await tab.PictureAsync("account-email-pending");
        await tab.FitsAsync();

        await tab.OpenAsync((await _mail.SeesAsync("countess@example.com", "Confirm")).LinkPath);
        await Expect(page.Locator("h1")).ToHaveTextAsync("Your address is confirmed");
        await tab.PictureAsync("address-changed");
        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Go to the dashboard" }), "/");
        await tab.OpenAsync("/account");
        await Expect(page.Locator("#email")).ToContainTextAsync("countess@example.com");
        await tab.PictureAsync("account-email");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task ForgottenPassword_FromTheMailToTheNewOne_AndTheLinkNeverAgain()
    {
        await _host.Http.SignUpAsync(Email);
        await using var tab = await Chromium.OpenAsync(_host);
        var page = tab.Page;

        await AskAsync(tab, "nobody@example.com");
        var unknown = await page.Locator("main").InnerTextAsync();
        await AskAsync(tab, Email);
        Assert.Equal(unknown.Replace("nobody@example.com", Email, StringComparison.Ordinal), await page.Locator("main").InnerTextAsync());
        await tab.PictureAsync("reset-asked");
        var link = (await _mail.SeesAsync(Email, "Reset")).LinkPath;
        Assert.DoesNotContain(_mail.Mails, mail => mail.To == "nobody@example.com");

        await tab.OpenAsync(link);
        await page.FillAsync("[name='Input.Password']", "short");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save the password" }).ClickAsync();
        await Expect(page.Locator(".field-error")).ToContainTextAsync("at least 10 characters");
        await page.FillAsync("[name='Input.Password']", NewPassword);
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Save the password" }), "/login?reset=true");
        await Expect(page.Locator(".note.good")).ToContainTextAsync("Your password has been changed");

        // Said at once, not after a password has been thought up.
        await tab.OpenAsync(link);
        await Expect(page.Locator(".note.bad")).ToContainTextAsync("This link has been used or is too old. Ask for a new one.");
        await Expect(page.GetByLabel("New password")).ToHaveCountAsync(0);
        await tab.PictureAsync("reset-twice");
        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Ask for a new link" }), "/forgot-password");

        await tab.OpenAsync("/login");
        await page.FillAsync("[name='Input.Email']", Email);
        await page.FillAsync("[name='Input.Password']", NewPassword);
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }), "/");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task ResetLinkThatIsTooOld_SaysSo_AndLeadsToANewOne()
    {
        await using var hasty = await HiWayHost.StartAsync(
            null, services => services.PostConfigure<DataProtectionTokenProviderOptions>(options => options.TokenLifespan = TimeSpan.Zero), _mail.Settings);
        await hasty.Http.SignUpAsync(Email);
        await using var tab = await Chromium.OpenAsync(hasty);
        var page = tab.Page;
        await AskAsync(tab, Email);

        await tab.OpenAsync((await _mail.SeesAsync(Email, "Reset")).LinkPath);
        await Expect(page.Locator(".note.bad")).ToContainTextAsync("This link has been used or is too old. Ask for a new one.");
        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Ask for a new link" }), "/forgot-password");
    }

    private static async Task AskAsync(Tab tab, string email)
    {
        await tab.OpenAsync("/forgot-password");
        await tab.Page.FillAsync("[name='Input.Email']", email);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Send the link" }).ClickAsync();
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("Look into your mailbox");
    }
}
