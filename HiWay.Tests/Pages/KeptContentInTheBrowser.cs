using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>Keeping prompts and answers: switched on under Settings, seen at a request, and deleted with a word of warning.</summary>
public sealed class KeptContentInTheBrowser
{
    [Fact]
    public async Task TextsAreKeptOnceSwitchedOn_SeenAtTheRequest_AndDeletedWhenSwitchedOff()
    {
        await using var world = await GatewayWorld.StartAsync();
        world.Upstream.On("/chat/completions", Reply.Chat("Hello, dear world"));
        await using var tab = await Chromium.OpenAsync(world.Host);
        var page = tab.Page;
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/settings");
        var keep = page.GetByRole(AriaRole.Switch, new() { Name = "Keep prompts and answers" });
        await Expect(keep).Not.ToBeCheckedAsync();
        await keep.CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("Everything is saved")).ToBeVisibleAsync();

        await world.AskAsync("Greet bob@example.com");
        var row = await world.RowAsync();
        await Patience.UntilAsync(async () => await CountAsync(world) == 1, "prompt and answer are kept");
        await tab.OpenAsync($"/requests/{row["id"]}");
        await Expect(page.GetByText("Prompt and answer")).ToBeVisibleAsync();
        await Expect(page.Locator("pre").Filter(new() { HasText = "Greet <EMAIL_1>" })).ToHaveCountAsync(1);
        await Expect(page.Locator("pre").Filter(new() { HasText = "Hello, dear world" })).ToHaveCountAsync(1);

        await tab.OpenAsync("/settings");
        await keep.UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Delete kept prompts and answers?");
        Assert.Equal(1L, await CountAsync(world));   // nothing happens before the answer
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save and delete" }).ClickAsync();
        await Expect(page.GetByText("Everything is saved")).ToBeVisibleAsync();
        Assert.Equal(0L, await CountAsync(world));
        await tab.OpenAsync($"/requests/{row["id"]}");
        await Expect(page.GetByText("Prompt and answer")).ToHaveCountAsync(0);
        Assert.Empty(tab.Complaints);
    }

    private static Task<long> CountAsync(GatewayWorld world) => world.Host.Database.ScalarAsync<long>("SELECT count(*) FROM request_contents");
}
