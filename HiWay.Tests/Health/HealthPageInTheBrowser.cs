using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Health;

/// <summary>What people see and do about a failing provider and about further keys, in a real browser.</summary>
public sealed class HealthPageInTheBrowser
{
    [Fact]
    public async Task AProviderThatFails_IsSeenOnTheBoard_AndCanBeTriedAgain()
    {
        await using var world = await FaultWorld.StartAsync();
        var first = (string?)null;
        world.Answer(seen =>
        {
            first ??= FaultWorld.Provider(seen);
            return FaultWorld.Provider(seen) == first ? Reply.Error(500, "server_error", "60") : FaultWorld.Well(seen);
        });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(FaultWorld.Whole, (await world.AskAsync(stream: i % 2 == 0)).Text);
        }

        await using var tab = await Chromium.OpenAsync(world.Host);
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/provider-health?range=hour");

        var board = tab.Page.GetByRole(AriaRole.Article).First;
        await Expect(board.GetByText("down", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(board.GetByText("3 of 3 failed")).ToBeVisibleAsync();
        await Expect(board.GetByText("The upstream says 500.").First).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("no recent calls")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("still on")).ToBeVisibleAsync();   // written down within ten seconds

        await board.GetByRole(AriaRole.Button, new() { Name = "Try again now" }).ClickAsync();
        await Expect(board.GetByText("in use")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("still on")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task AnotherKey_IsAddedWithItsWeight_AndPaused()
    {
        await using var world = await GatewayWorld.StartAsync();
        world.Upstream.On("/chat/completions", Reply.Chat("OK"));
        await using var tab = await Chromium.OpenAsync(world.Host);
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/settings/providers");
        var page = tab.Page;

        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for acme" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add another key" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Weight").FillAsync("3");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add and test" }).ClickAsync();
        await Expect(dialog.GetByText("Paste the key.")).ToBeVisibleAsync();
        await dialog.GetByLabel("API key").FillAsync("sk-second-key-5678");
        await dialog.GetByLabel("Label").FillAsync("batch jobs");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add and test" }).ClickAsync();

        var keys = page.GetByRole(AriaRole.List, new() { Name = "Keys of acme" });
        await Expect(keys.GetByText("75% of calls")).ToBeVisibleAsync();
        await Expect(keys.GetByText("First key")).ToBeVisibleAsync();
        await Expect(keys.GetByText("answered in")).ToBeVisibleAsync();
        Assert.DoesNotContain("sk-second-key", await page.ContentAsync(), StringComparison.Ordinal);

        await keys.GetByRole(AriaRole.Button, new() { Name = "Actions for key batch jobs" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(keys.GetByText("paused")).ToBeVisibleAsync();
        await Expect(keys.GetByText("100% of calls")).ToBeVisibleAsync();
    }
}
