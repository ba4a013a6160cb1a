using System.Text.Json.Nodes;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Models;

/// <summary>A workspace's own prices on /models, in a real browser.</summary>
public sealed class NegotiatedPricesInTheBrowser
{
    [Theory]
    [InlineData(1280, "dark")]
    [InlineData(390, "light")]
    public async Task ADiscount_OnOneKindOfToken_LeavesTheOthersAtTheirPrice(int width, string theme)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "google", "http://127.0.0.1:1");
        await using var tab = await Chromium.OpenAsync(host, width, theme);
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/models?model=google/gemini-2.5-flash");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Enter negotiated prices" }).ClickAsync();
        await Expect(dialog.GetByLabel("Audio input")).ToHaveValueAsync("1");   // dearer than text, so it is in sight
        await Expect(dialog.GetByLabel("Input").First).ToBeFocusedAsync();
        await tab.FitsAsync();
        await tab.PictureAsync("negotiated-prices");

        await dialog.GetByLabel("Output").First.FillAsync("");
        await Save(dialog).ClickAsync();
        await Expect(dialog.GetByText("a price that is left out counts as unknown")).ToBeVisibleAsync();
        await tab.PictureAsync("negotiated-prices-wrong");
        await dialog.GetByLabel("Output").First.FillAsync("2");
        await dialog.GetByLabel("Input").First.FillAsync("20000");
        await Save(dialog).ClickAsync();
        await Expect(dialog.GetByText("'prices.input' is 20000")).ToBeVisibleAsync();
        await dialog.GetByLabel("Input").First.FillAsync("0.2");
        await Save(dialog).ClickAsync();

        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Back to list prices" })).ToBeVisibleAsync();
        var prices = await PricesAsync(host, account);
        Assert.Equal("0.2", prices!["input"]!.ToJsonString());
        Assert.Equal("2", prices["output"]!.ToJsonString());
        Assert.Equal("1", prices["audio_input"]!.ToJsonString());

        await dialog.GetByRole(AriaRole.Button, new() { Name = "Back to list prices" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Enter negotiated prices" })).ToBeVisibleAsync();
        Assert.Null(await PricesAsync(host, account));
        Assert.Empty(tab.Complaints);
    }

    private static ILocator Save(ILocator dialog) => dialog.GetByRole(AriaRole.Button, new() { Name = "Save prices" });

    private static async Task<JsonNode?> PricesAsync(HiWayHost host, TestAccount account) =>
        (await host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{account.WorkspaceId}/models/google/gemini-2.5-flash", account.Key))["negotiated_prices"];
}
