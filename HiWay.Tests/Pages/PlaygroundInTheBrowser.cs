using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>The playground in a real browser: one conversation in each of the three dialects, and a picture.</summary>
public sealed class PlaygroundInTheBrowser
{
    [Fact]
    public async Task EachDialectAnswers_AndAPictureIsDrawn_AsTheLogSays()
    {
        await using var world = await GatewayWorld.StartAsync();
        world.Upstream.On("chat/completions", seen => Reply.ChatStream(["You said: ", (string)seen.Json["messages"]!.AsArray()[^1]!["content"]!], 9, 5));
        world.Upstream.On("images/generations", Reply.Json("""{"created":1,"data":[{"b64_json":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}],"usage":{"input_tokens":5,"output_tokens":9,"total_tokens":14}}"""));
        await world.Http.PutProviderAsync(world.Account, "openai", world.Upstream.Url);
        await using var tab = await Chromium.OpenAsync(world.Host);
        var page = tab.Page;
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/playground?model=acme/m1");
        var apis = page.GetByRole(AriaRole.Group, new() { Name = "API" });
        var conversation = page.Locator("[data-conversation]");

        var nth = 0;
        foreach (var api in (string[])["Chat", "Responses", "Messages"])
        {
            await apis.GetByRole(AriaRole.Button, new() { Name = api }).ClickAsync();
            await Expect(apis.GetByRole(AriaRole.Button, new() { Name = api })).ToHaveAttributeAsync("aria-pressed", "true");
            await page.Locator("[data-composer]").FillAsync($"Hello number {++nth}");
            await page.Locator("[data-send]").ClickAsync();
            await Expect(conversation.GetByText($"You said: Hello number {nth}")).ToBeVisibleAsync();
            await Expect(page.Locator("[data-send]")).ToBeVisibleAsync();
            await Expect(page.Locator("[data-composer]")).ToBeFocusedAsync();   // the pressed button was away meanwhile
        }

        // Too low for all four answers.
        await page.SetViewportSizeAsync(1280, 500);
        await apis.GetByRole(AriaRole.Button, new() { Name = "Images" }).ClickAsync();
        await page.Locator("[data-composer]").FillAsync("A lighthouse");
        await page.Locator("[data-send]").ClickAsync();
        await Expect(conversation.Locator("img").Last).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("() => { const talk = document.querySelector('[data-conversation]'); return talk.scrollHeight > talk.clientHeight && talk.scrollHeight - talk.scrollTop - talk.clientHeight < 4; }");

        if (Environment.GetEnvironmentVariable("HIWAY_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, "playground.png"), FullPage = true });
        }

        var rows = await world.Http.RequestRowsAsync(world.Account, 4);
        Assert.Equal(
            ["anthropic_messages", "openai_chat", "openai_images", "openai_responses"],
            rows.Select(row => row["dialect"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal(200, row["status"]!.GetValue<int>()));
    }
}
