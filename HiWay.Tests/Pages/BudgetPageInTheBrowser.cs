using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>Budget Control in a real browser: the cap is set there, spend shows up by itself, and a refusal is seen.</summary>
public sealed class BudgetPageInTheBrowser
{
    [Fact]
    public async Task OnAPhone_ALongFigureAndItsVerdict_DoNotLieOnEachOther()
    {
        await using var world = await GatewayWorld.StartAsync();
        world.Upstream.On("chat/completions", Reply.Chat("Hello!", inputTokens: 125, outputTokens: 2));
        await world.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{world.Account.WorkspaceId}/budget", world.Account.Key, new { cap_usd = 51 });
        await world.AskAsync();
        await world.Http.RequestRowsAsync(world.Account);
        await using var tab = await Chromium.OpenAsync(world.Host, width: 390);
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/budget");
        await Expect(tab.Page.Locator("[data-spent]")).ToHaveTextAsync("$0.000266");
        await tab.PictureAsync("budget-phone");
        var (figure, words) = ((await tab.Page.Locator("[data-spent]").BoundingBoxAsync())!, (await tab.Page.Locator(".verdict small").BoundingBoxAsync())!);
        Assert.True(words.Y >= figure.Y + figure.Height || words.X >= figure.X + figure.Width, $"The verdict begins at {words.X}, {words.Y}; the figure ends at {figure.X + figure.Width}, {figure.Y + figure.Height}.");
    }

    [Fact]
    public async Task ACapIsSet_SpendAndVerdictFollow_AndAnEndUserGetsOne()
    {
        await using var world = await GatewayWorld.StartAsync(new { name = "Agent", daily_cap_usd = 1m });
        world.Upstream.On("chat/completions", Reply.Chat("Hello!", inputTokens: 500, outputTokens: 1_000));
        await using var tab = await Chromium.OpenAsync(world.Host);
        var page = tab.Page;
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/budget");

        var form = page.GetByRole(AriaRole.Form, new() { Name = "Caps of the workspace" });
        await form.GetByLabel("Warn at %").FillAsync("95");
        await form.GetByLabel("Monthly cap").FillAsync("0.2");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(form.GetByText("'downgrade_at' is 0.9 and must not lie below 'warn_at', which is 0.95.")).ToBeVisibleAsync();
        await form.GetByLabel("Warn at %").FillAsync("4");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(form.GetByText("Everything is saved")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-spent]")).ToHaveTextAsync("$0");

        var body = GatewayWorld.Body();
        body["max_tokens"] = 1_000;
        Assert.Equal(200, (int)(await world.Http.ChatAsync(world.Key.Secret, body)).Status);

        // Without a reload.
        await Expect(page.Locator("[data-spent]")).ToHaveTextAsync("$0.009");
        await Expect(page.GetByText("Nothing changes yet.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "Agent" })).ToContainTextAsync("$0.009");

        var users = page.GetByRole(AriaRole.Form, new() { Name = "Set an end user's cap" });
        await users.GetByLabel("End user").FillAsync("anna@example.com");
        await users.GetByLabel("Cap in US dollars").FillAsync("2.5");
        await users.GetByRole(AriaRole.Button, new() { Name = "Set cap" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "anna@example.com" })).ToContainTextAsync("$2.50");

        if (Environment.GetEnvironmentVariable("HIWAY_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, "budget.png"), FullPage = true });
        }
    }
}
