using HiWay.Tests.Harness;
using HiWay.Web.Pages.Layout;
using Microsoft.Playwright;

namespace HiWay.Tests.Accounts;

/// <summary>The account pages as a person meets them: in Chromium, with scripts, under the real content policy.</summary>
public sealed class AccountPagesInBrowserTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private const string Password = "four random words here";
    private const string Chromium = "/usr/bin/chromium";

    /// <summary>Set to a folder, the walk leaves pictures of every page there, in both themes and at phone width.</summary>
    private static readonly string? s_pictures = Environment.GetEnvironmentVariable("HIWAY_TEST_PICTURES");

    private readonly List<string> _complaints = [];
    private HiWayHost _host = null!;
    private IPlaywright? _playwright;
    private IBrowser? _chromium;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"There is no browser at {Chromium}.");
        _host = await HiWayHost.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _chromium = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Headless = true,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null)
        {
            await _chromium.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }
    }

    [Fact]
    public async Task SignUp_SecondFactor_SignOut_AndInAgain()
    {
        var page = await OpenAsync(ColorScheme.Light);
        await page.GotoAsync("/signup");
        await PictureAsync(page, "signup");
        await page.FillAsync("[name='Input.Email']", Email);
        await page.FillAsync("[name='Input.Password']", "password123");
        await page.FillAsync("[name='Input.WorkspaceName']", "Acme");
        await page.ClickAsync("button[type=submit]");
        await page.WaitForSelectorAsync(".field-error");
        await PictureAsync(page, "signup-wrong");
        await page.FillAsync("[name='Input.Password']", Password);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");

        await page.GotoAsync("/account");
        await PictureAsync(page, "account");
        await page.ClickAsync("a[href='/account/two-factor']");
        var key = await page.Locator("#authenticator-key").InnerTextAsync();
        await PictureAsync(page, "two-factor");
        await page.FillAsync("[name='Enable.Code']", Totp.Code(key, DateTimeOffset.UtcNow));
        await page.ClickAsync("button:has-text('Turn on')");
        var codes = await page.Locator("#recovery-codes li").AllInnerTextsAsync();
        Assert.Equal(10, codes.Count);
        await PictureAsync(page, "recovery-codes");
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("a[download]"));
        Assert.Contains(codes[9], await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        await page.ClickAsync("a:has-text('I have saved them')");
        await page.ClickAsync("button:has-text('Sign out everywhere')");
        await page.WaitForURLAsync("**/login");

        await PictureAsync(page, "login");
        await page.FillAsync("[name='Input.Email']", Email);
        await page.FillAsync("[name='Input.Password']", Password);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForURLAsync("**/login/2fa");
        await PictureAsync(page, "second-factor");
        await page.ClickAsync("a:has-text('Use a recovery code')");
        await PictureAsync(page, "recovery");
        await page.FillAsync("[name='Input.Code']", codes[0]);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");

        Assert.True(_complaints.Count == 0, string.Join('\n', _complaints));
    }

    [Fact]
    public async Task InvitationAndReset_InDark_AtPhoneWidth()
    {
        var owner = await _host.Http.SignUpAsync("owner@example.com", "Acme");
        var invitation = await _host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{owner.WorkspaceId}/invitations", owner.Key, new { email = Email, role = "admin" });
        var page = await OpenAsync(ColorScheme.Dark, phone: true);
        await page.GotoAsync(new Uri(invitation["link"]!.GetValue<string>()).AbsolutePath);
        await PictureAsync(page, "invite");
        await page.ClickAsync("a:has-text('Create an account')");
        await PictureAsync(page, "signup-invited");
        await page.FillAsync("[name='Input.Password']", Password);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");

        foreach (var path in new[] { "/account", "/account/two-factor", "/account/new-workspace", "/device", "/forgot-password", "/reset-password?email=a@example.com&token=x", "/login?reset=true" })
        {
            if (path.StartsWith("/login", StringComparison.Ordinal))
            {
                await page.Context.ClearCookiesAsync();
            }

            await page.GotoAsync(path);
            await PictureAsync(page, path.Split('?')[0].Trim('/').Replace('/', '-'));
            Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 390, $"{path} is wider than a phone");
        }

        Assert.True(_complaints.Count == 0, string.Join('\n', _complaints));
    }

    [Fact]
    public async Task ContentPolicy_LetsEveryDashboardPageWork()
    {
        var page = await OpenAsync(ColorScheme.Light);
        await page.GotoAsync("/signup");
        await page.FillAsync("[name='Input.Email']", Email);
        await page.FillAsync("[name='Input.Password']", Password);
        await page.FillAsync("[name='Input.WorkspaceName']", "Acme");
        await page.ClickAsync("button[type=submit]");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");
        foreach (var item in NavigationMap.Groups.SelectMany(group => group.Items))
        {
            await page.GotoAsync(item.Href, new() { WaitUntil = WaitUntilState.NetworkIdle });
            await PictureAsync(page, "page" + item.Href.Replace('/', '-'));
        }

        Assert.True(_complaints.Count == 0, string.Join('\n', _complaints));
    }

    private async Task<IPage> OpenAsync(ColorScheme scheme, bool phone = false)
    {
        var context = await _chromium!.NewContextAsync(new()
        {
            BaseURL = _host.Url,
            ColorScheme = scheme,
            ViewportSize = phone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1280, Height = 860 },
        });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        page.Console += (_, message) =>
        {
            // Blocked by the content policy, missing files, script errors: each is a fault of ours.
            if (message.Type is "error")
            {
                _complaints.Add($"{page.Url}: {message.Text} ({message.Location})");
            }
        };
        page.PageError += (_, error) => _complaints.Add(error);
        return page;
    }

    private static async Task PictureAsync(IPage page, string name)
    {
        if (s_pictures is null)
        {
            return;
        }

        var width = page.ViewportSize!.Width;
        var dark = await page.EvaluateAsync<bool>("matchMedia('(prefers-color-scheme: dark)').matches");
        await page.ScreenshotAsync(new() { Path = Path.Combine(s_pictures, $"{name}-{width}-{(dark ? "dark" : "light")}.png"), FullPage = true });
    }
}
