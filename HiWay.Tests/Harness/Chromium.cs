using System.Text.RegularExpressions;
using HiWay.Tests.Harness;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace HiWay.Tests.Harness;

/// <summary>One headless Chromium for the whole run, started by the first test that asks for a tab.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] s_candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private static readonly Lazy<Task<(IPlaywright Playwright, IBrowser Browser)>> s_theOne = new(StartAsync);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (s_theOne.IsValueCreated && s_theOne.Value.IsCompletedSuccessfully)
        {
            var (playwright, browser) = await s_theOne.Value;
            await browser.CloseAsync();
            playwright.Dispose();
        }
    }

    /// <summary>A tab with a profile of its own. Without Chromium on the machine the test is skipped, and says so.</summary>
    /// <param name="width">Pixels; up to 500 plays a phone.</param>
    /// <param name="theme"><c>light</c> or <c>dark</c>: what the browser prefers.</param>
    /// <param name="url">Another address of the host, where its name matters.</param>
    public static async Task<Tab> OpenAsync(HiWayHost host, int width = 1280, string theme = "light", string? url = null)
    {
        Assert.SkipUnless(s_candidates.Any(File.Exists), $"No Chromium at {string.Join(", ", s_candidates)}; apt-get install chromium.");
        var (_, browser) = await s_theOne.Value;
        var phone = width <= 500;
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = url ?? host.Url,
            ViewportSize = new() { Width = width, Height = phone ? 844 : 860 },
            ColorScheme = theme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = phone,
            TimezoneId = "Europe/Berlin",
        });
        if (Slowness.FromEnvironment() is { } slowness)
        {
            return new(context, await slowness.NewPageAsync(context));
        }

        return new(context, await context.NewPageAsync());
    }

    private static async Task<(IPlaywright, IBrowser)> StartAsync()
    {
        // Generous: the machine that runs the tests builds things at the same time. What holds at once costs nothing.
        Assertions.SetDefaultExpectTimeout(Tab.PatienceMs);
        var playwright = await Playwright.CreateAsync();
        return (playwright, await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = s_candidates.First(File.Exists),
            Headless = true,
            Timeout = Tab.PatienceMs,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        }));
    }
}

/// <summary>A page as a person sees it, and what its console complained about.</summary>
public sealed partial class Tab : IAsyncDisposable
{
    /// <summary>How long a page may take to do what is expected of it, in milliseconds.</summary>
    internal static readonly float PatienceMs = (float)Patience.Limit.TotalMilliseconds;

    private static readonly string? s_pictures = Environment.GetEnvironmentVariable("HIWAY_TEST_PICTURES");

    private readonly List<string> _complaints = [];

    internal Tab(IBrowserContext context, IPage page)
    {
        (Context, Page) = (context, page);
        page.SetDefaultTimeout(PatienceMs);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Add($"{message.Type}: {message.Text} ({message.Location})");
            }
        };
        page.PageError += (_, error) => _complaints.Add(error);
    }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console so far, a refused script or style included.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Signs in through the form and waits for the page behind it.</summary>
    public async Task SignInAsync(TestAccount account)
    {
        await Page.GotoAsync("/login");
        await Page.GetByLabel("E-mail").FillAsync(account.Email);
        await Page.GetByLabel("Password", new() { Exact = true }).FillAsync(account.Password);
        await FollowAsync(Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }), "/");
    }

    /// <summary>Opens a page and waits until it <see cref="SettleAsync">stands</see>.</summary>
    /// <returns>The answer to the address itself.</returns>
    public async Task<IResponse> OpenAsync(string path)
    {
        var answer = await Page.GotoAsync(path);
        await SettleAsync();
        return answer!;
    }

    /// <summary>Clicks what leads to another page and waits until that one <see cref="SettleAsync">stands</see> in the old one's place.</summary>
    /// <remarks>
    /// The address alone does not tell: a link changes it at once and leaves the old page on the screen, fields and all, until the
    /// new one has arrived. A mark on the old heading is gone in all three ways that lead on: another document, a document that
    /// Blazor merges into this one, and another page of the same circuit.
    /// </remarks>
    /// <param name="path">Of the new page; with its query where that makes the difference.</param>
    public async Task FollowAsync(ILocator target, string path)
    {
        await Page.Locator("h1").First.EvaluateAsync("heading => heading.dataset.left = ''");
        await target.ClickAsync();
        await IsAtAsync(path);
        await Assertions.Expect(Page.Locator("[data-left]")).ToHaveCountAsync(0);
        await SettleAsync();
    }

    /// <summary>Waits for an address. What stands there may still be what stood there before: see <see cref="FollowAsync"/>.</summary>
    /// <param name="path">With its query where that makes the difference.</param>
    public Task IsAtAsync(string path) =>
        Assertions.Expect(Page).ToHaveURLAsync(new Regex($"^https?://[^/]+{Regex.Escape(path)}{(path.Contains('?', StringComparison.Ordinal) ? "" : @"(\?.*)?")}$"));

    /// <summary>
    /// Waits until the page can be used and read: its circuit runs, if it has one, it has a title and a heading, and content has
    /// replaced the skeletons. Before that a page drawn on the server looks ready, and its controls are about to be replaced.
    /// </summary>
    public async Task SettleAsync()
    {
        await Assertions.Expect(Page.Locator("[data-live=false]")).ToHaveCountAsync(0);
        await Assertions.Expect(Page.Locator(".skeletons")).ToHaveCountAsync(0);
        await Assertions.Expect(Page.Locator("h1").First).ToBeVisibleAsync();
        await Assertions.Expect(Page).ToHaveTitleAsync(AnyTitle());
    }

    /// <summary>Waits until the page is not wider than the window.</summary>
    public async Task FitsAsync()
    {
        try
        {
            await Page.WaitForFunctionAsync("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth");
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{Page.Url} is wider than the window by {await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")} pixels.");
        }
    }

    /// <summary>Leaves a picture of the whole page in the folder that <c>HIWAY_TEST_PICTURES</c> names, if it names one.</summary>
    public async Task PictureAsync(string name)
    {
        if (s_pictures is not null)
        {
            var theme = await Page.EvaluateAsync<bool>("matchMedia('(prefers-color-scheme: dark)').matches") ? "dark" : "light";
            await Page.ScreenshotAsync(new() { Path = Path.Combine(s_pictures, $"{name}-{Page.ViewportSize!.Width}-{theme}.png"), FullPage = true });
        }
    }

    /// <summary>A computed style of the first element that matches.</summary>
    public Task<string> StyleAsync(string selector, string property) =>
        Page.EvaluateAsync<string>("([selector, property]) => getComputedStyle(document.querySelector(selector)).getPropertyValue(property)", new[] { selector, property });

    public async ValueTask DisposeAsync()
    {
        await Context.CloseAsync();
    }

    [GeneratedRegex(".")]
    private static partial Regex AnyTitle();
}
