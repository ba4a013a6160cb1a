using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Replay;

/// <summary>A logged decision explains itself: over the API, on the request's page, and in the playground before anything is sent.</summary>
public sealed class DecisionTests : IAsyncLifetime
{
    private FaultWorld _world = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await FaultWorld.StartAsync();
        _world.Answer(FaultWorld.Well);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task TheDetail_SaysWhichAnalyzerSaidWhat_AndWhoWasExcluded()
    {
        await _world.Host.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/routing", _world.Account.Key, new { weights = new { intent = 1.5 } });
        var narrow = await _world.Host.Http.CreateKeyAsync(_world.Account, new { name = "Narrow", allowed_models = new[] { "openai/gpt-4o-mini", "openai/gpt-4o", "openai/gpt-5" } });
        var reply = await _world.Host.Http.ChatAsync(narrow.Secret, "Why is the sky blue, and why are sunsets red?");
        await _world.Host.Http.ChatAsync(_world.Key.Secret, "Pinned.", "standard");
        var rows = await _world.Host.Http.RequestRowsAsync(_world.Account, 2);

        var detail = await DetailAsync(reply.HiWay!["request_id"]!.GetValue<string>());
        var decision = detail["decision"]!;
        var analyzers = decision["analyzers"]!.AsArray();
        Assert.Equal(
            detail["score"]!.GetValue<double>(), decision["base"]!.GetValue<double>() + analyzers.Sum(analyzer => analyzer!["contribution"]!.GetValue<double>()), 0.0001);
        Assert.Equal(("intent", 1.5), (analyzers[0]!["name"]!.GetValue<string>(), analyzers[0]!["weight"]!.GetValue<double>()));
        var candidates = decision["candidates"]!.AsArray();
        Assert.Equal(reply.HiWay["routed_model"]!.GetValue<string>(), candidates[0]!["model"]!.GetValue<string>());
        Assert.Contains(candidates, candidate => candidate!["excluded_because"]?.GetValue<string>() == "the key may not use it");

        var tier = rows.Single(row => row["requested_model"]!.GetValue<string>() == "standard");
        Assert.Null((await DetailAsync(tier["id"]!.GetValue<string>()))["decision"]);
    }

    [Fact]
    public async Task InTheBrowser_TheRequestExplainsItself_IsScored_AndThePlaygroundExplainsBeforeSending()
    {
        var reply = await _world.Host.Http.ChatAsync(_world.Key.Secret, "Why is the sky blue, and why are sunsets red?");
        var id = reply.HiWay!["request_id"]!.GetValue<string>();
        await _world.Host.Http.RequestRowsAsync(_world.Account);
        await using var tab = await Chromium.OpenAsync(_world.Host);
        var page = tab.Page;
        await tab.SignInAsync(_world.Account);

        await tab.OpenAsync($"/requests/{id}");
        await Expect(page.Locator("[data-explainer] [data-score-bars] .line")).ToHaveCountAsync(8);
        await Expect(page.Locator("[data-explainer] .candidates li").First).ToContainTextAsync("chosen");
        await page.GetByRole(AriaRole.Button, new() { Name = "Bad answer" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Bad answer" })).ToHaveAttributeAsync("aria-pressed", "true");
        await ShootAsync(page, "explainer");
        await tab.OpenAsync($"/requests/{id}");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Bad answer" })).ToHaveAttributeAsync("aria-pressed", "true");

        var sent = _world.Seen.Count;
        await tab.OpenAsync("/playground");
        await page.GetByRole(AriaRole.Button, new() { Name = "Explain" }).ClickAsync();
        await page.GetByLabel("Message").FillAsync("Hello!");
        await Expect(page.Locator("[data-explain]")).ToContainTextAsync("small talk");
        await page.GetByLabel("Message").FillAsync("Prove that there are infinitely many primes, step by step.");
        await Expect(page.Locator("[data-explain]")).ToContainTextAsync("proves or derives something");
        await ShootAsync(page, "explain");
        Assert.Equal(sent, _world.Seen.Count);

        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Good answer" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Good answer" })).ToHaveAttributeAsync("aria-pressed", "true");
        var learned = await _world.Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/routing/learned", _world.Account.Key);
        Assert.Equal(2, learned["models"]!.AsArray().Sum(row => row!["scores"]!.GetValue<int>()));
    }

    private Task<JsonNode> DetailAsync(string id) =>
        _world.Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/requests/{id}", _world.Account.Key, expected: HttpStatusCode.OK);

    private static async Task ShootAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("HIWAY_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
            await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
            await page.SetViewportSizeAsync(390, 844);
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-390-dark.png"), FullPage = true });
            await page.SetViewportSizeAsync(1280, 860);
            await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        }
    }
}
