using System.Net;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>Routing in a real browser: other settings are tried on logged calls before they are saved; scores can be forgotten.</summary>
public sealed class RoutingPageInTheBrowser
{
    [Fact]
    public async Task ASliderShowsItsEffect_AnAliasIsMade_AndWhatWasLearnedIsForgotten()
    {
        await using var world = await FaultWorld.StartAsync();
        world.Answer(FaultWorld.Well);
        foreach (var question in new[] { "Why is the sky blue?", "Who wrote Dracula?", "Write a poem about rain." })
        {
            var reply = await world.Host.Http.ChatAsync(world.Key.Secret, question);
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            await world.Host.Http.CallAsync(HttpMethod.Post, "/v1/feedback", world.Key.Secret, new { request_id = reply.HiWay!["request_id"]!.GetValue<string>(), score = 1 });
        }

        await using var tab = await Chromium.OpenAsync(world.Host);
        var page = tab.Page;
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/routing");

        // As saved nothing moves; with everything counted as heavy all calls do.
        var form = page.GetByRole(AriaRole.Form, new() { Name = "Routing settings" });
        await Expect(page.Locator("[data-moved]")).ToHaveTextAsync("0");
        await Expect(page.GetByText("of 3 calls")).ToBeVisibleAsync();
        await form.GetByLabel("may go to ultra light models").UncheckAsync();
        await form.GetByLabel("Light below").FillAsync("0.01");
        await form.GetByLabel("Heavy from").FillAsync("0.02");
        await Expect(page.Locator("[data-moved]")).ToHaveTextAsync("3");
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "These settings: heavy 3" }).Or(page.GetByRole(AriaRole.Img, new() { NameRegex = new("These settings: .*heavy 3") }))).ToBeVisibleAsync();
        await ShootAsync(page, "routing-tried");

        await form.GetByLabel("Heavy from").FillAsync("0.01");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(form.GetByText("'thresholds.light_below' must be below 'thresholds.heavy_from'")).ToBeVisibleAsync();
        await form.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(page.Locator("[data-moved]")).ToHaveTextAsync("0");

        await form.GetByText("Quality", new() { Exact = true }).ClickAsync();
        await form.GetByRole(AriaRole.Button, new() { Name = "New alias" }).ClickAsync();
        await form.GetByLabel("Name of the alias").FillAsync("fast");
        foreach (var model in new[] { "openai/gpt-4o", "mistral/mistral-large-latest" })
        {
            await form.GetByRole(AriaRole.Combobox, new() { Name = "Add a model to fast" }).FillAsync(model);
            var first = form.GetByRole(AriaRole.Listbox).GetByRole(AriaRole.Option).First;
            await Expect(first).ToContainTextAsync(model);   // the list has been narrowed and moves no more

            // As a hand presses: the list must still be there when the button is let go.
            await first.ClickAsync(new() { Delay = 300 });
            await Expect(form.Locator("fieldset code").Filter(new() { HasText = model }).First).ToBeVisibleAsync();
        }

        await form.GetByRole(AriaRole.Button, new() { Name = "Try mistral/mistral-large-latest earlier" }).ClickAsync();
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(form.GetByText("Everything is saved")).ToBeVisibleAsync();
        var saved = await world.Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/routing", world.Account.Key);
        Assert.Equal(("quality", """["mistral/mistral-large-latest","openai/gpt-4o"]"""), (saved["profile"]!.GetValue<string>(), saved["aliases"]!["fast"]!.ToJsonString()));

        var mix = page.GetByRole(AriaRole.Switch, new() { Name = "Learned mix" });
        await mix.CheckAsync();
        await Expect(page.Locator("label", new() { Has = mix })).ToContainTextAsync("On");
        await page.GetByRole(AriaRole.Button, new() { Name = "Forget all" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Forget", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Nothing learned yet")).ToBeVisibleAsync();
        await ShootAsync(page, "routing");
    }

    [Fact]
    public async Task WithoutCalls_ThePageSaysWhatComesHere()
    {
        await using var world = await GatewayWorld.StartAsync();
        await using var tab = await Chromium.OpenAsync(world.Host);
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/routing");

        await Expect(tab.Page.GetByText("No calls to replay")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("Nothing learned yet")).ToBeVisibleAsync();
        await ShootAsync(tab.Page, "routing-empty");
    }

    /// <summary>Light, dark and at phone width, where somebody wants to look.</summary>
    internal static async Task ShootAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("HIWAY_SCREENSHOTS") is not { Length: > 0 } folder)
        {
            return;
        }

        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-dark.png"), FullPage = true });
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        var size = page.ViewportSize!;
        await page.SetViewportSizeAsync(390, 844);
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-390.png"), FullPage = true });
        await page.SetViewportSizeAsync(size.Width, size.Height);
    }
}
