using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Models;

/// <summary>What the operator does to the catalogue on /admin/models, in a real browser.</summary>
public sealed class OperatorCatalogueInTheBrowser
{
    [Theory]
    [InlineData(1280, "light")]
    [InlineData(390, "dark")]
    public async Task AnOverride_IsMarked_HoldsForCalls_AndGoesAgain(int width, string theme)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "openai", "http://127.0.0.1:1");
        await using var tab = await Chromium.OpenAsync(host, width, theme);
        var page = tab.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/admin/models?show=overridden");
        await Expect(page.GetByText("Nothing is overridden")).ToBeVisibleAsync();
        await tab.FitsAsync();
        await tab.PictureAsync("catalogue-nothing");
        await tab.OpenAsync("/admin/models");
        await page.GetByLabel("Search models").FillAsync("openai/gpt-4o-");
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "openai/gpt-4o-mini" }).First).ToBeVisibleAsync();
        await tab.FitsAsync();
        await tab.PictureAsync("catalogue");
        await page.GetByLabel("Search models").FillAsync("openai/gpt-4o-2024-11");
        var row = page.GetByRole(AriaRole.Row, new() { Name = "openai/gpt-4o-2024-11-20" });
        await Expect(page.Locator(".count")).ToContainTextAsync("1 model,");
        await row.ClickAsync();
        await Expect(dialog.GetByLabel("Input", new() { Exact = false }).First).ToHaveValueAsync("2.5");
        await tab.FitsAsync();
        await tab.PictureAsync("catalogue-model");

        // What is wrong stands at its field: what cannot be read, then what the application refuses.
        await dialog.GetByLabel("Input").First.FillAsync("1,5");
        await dialog.GetByLabel("Quality, 0 to 100").FillAsync("good");
        await Save(dialog).ClickAsync();
        await Expect(dialog.GetByText("An amount such as 25 or 12.50")).ToBeVisibleAsync();
        await Expect(dialog.GetByText("A number from 0 to 100, such as 62.5.")).ToBeVisibleAsync();
        await tab.PictureAsync("catalogue-model-wrong");
        await dialog.GetByLabel("Input").First.FillAsync("9");
        await dialog.GetByLabel("Output").First.FillAsync("20000");
        await dialog.GetByLabel("Quality, 0 to 100").FillAsync("");
        await Save(dialog).ClickAsync();
        await Expect(dialog.GetByText("'prices.output' is 20000")).ToBeVisibleAsync();
        await dialog.GetByLabel("Output").First.FillAsync("18");
        await dialog.GetByLabel("Tier").SelectOptionAsync("heavy");
        await Save(dialog).ClickAsync();

        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(row).ToContainTextAsync("overridden");
        await Expect(row).ToContainTextAsync("$9.00");
        await Expect(row.Locator("s").Filter(new() { HasText = "$2.50" })).ToBeVisibleAsync();   // what is shipped stays in sight
        Assert.Equal((9m, "heavy"), await ModelAsync(host, account));
        await tab.OpenAsync("/admin/models?show=overridden");
        await Expect(row).ToBeVisibleAsync();
        await tab.FitsAsync();
        await tab.PictureAsync("catalogue-overridden");

        await row.ClickAsync();
        await Expect(dialog.GetByText("Changed here: tier, prices")).ToBeVisibleAsync();
        await tab.PictureAsync("catalogue-model-overridden");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Remove override" }).ClickAsync();
        await Expect(dialog.GetByText("goes back to what HiWay ships")).ToBeVisibleAsync();
        await tab.PictureAsync("catalogue-remove");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Nothing is overridden")).ToBeVisibleAsync();
        Assert.Equal((2.5m, "standard"), await ModelAsync(host, account));
        Assert.Equal(2L, await host.Database.ScalarAsync<long>("SELECT count(*) FROM audit_log WHERE action = 'catalogue.overridden' AND subject_id = 'openai/gpt-4o-2024-11-20'"));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task ByKeyboard_AModelIsFound_ChangedAndSaved()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/admin/models?search=openai/gpt-4o-2024-11");

        var link = page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Row, new() { Name = "openai/gpt-4o-2024-11-20" }).GetByRole(AriaRole.Link);
        await link.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(link).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Enter");
        await dialog.GetByLabel("Offered").FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Tab");
        await Expect(dialog.GetByLabel("Input").First).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");   // sends the form
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "openai/gpt-4o-2024-11-20" })).ToContainTextAsync("not offered");
    }

    [Theory]
    [InlineData(1280, "dark")]
    [InlineData(390, "light")]
    public async Task AModel_IsAdded_CanBeCalled_AndChanged(int width, string theme)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "openai", "http://127.0.0.1:1");
        await using var tab = await Chromium.OpenAsync(host, width, theme);
        var page = tab.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/admin/models?show=added");
        await Expect(page.GetByText("No model has been added")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Add model" }).ClickAsync();
        await Expect(dialog.GetByLabel("Model id")).ToBeFocusedAsync();
        await dialog.GetByLabel("Provider").First.SelectOptionAsync("openai");
        await dialog.GetByLabel("Model id").FillAsync("gpt-4o");
        await dialog.GetByLabel("Input").First.FillAsync("4");
        await Add(dialog).ClickAsync();
        await Expect(dialog.GetByText("openai/gpt-4o is in the catalogue already.")).ToBeVisibleAsync();
        await Expect(dialog.GetByText("a price that is left out counts as unknown")).ToBeVisibleAsync();
        await tab.PictureAsync("catalogue-add");
        await dialog.GetByLabel("Model id").FillAsync("gpt-6-preview");
        await dialog.GetByLabel("Output").First.FillAsync("20");
        await dialog.GetByLabel("Context, tokens").FillAsync("500000");
        await dialog.GetByLabel("Quality, 0 to 100").FillAsync("101");
        await Add(dialog).ClickAsync();
        await Expect(dialog.GetByText("'quality' must be from 0 to 100.")).ToBeVisibleAsync();
        await dialog.GetByLabel("Quality, 0 to 100").FillAsync("90");
        await dialog.GetByLabel("Vision").CheckAsync();
        await Add(dialog).ClickAsync();

        await Expect(dialog).ToHaveCountAsync(0);
        var row = page.GetByRole(AriaRole.Row, new() { Name = "openai/gpt-6-preview" });
        await Expect(row).ToContainTextAsync("added");
        var model = await host.Http.CallAsync(HttpMethod.Get, "/v1/models/openai/gpt-6-preview", account.Key);
        Assert.Equal(("heavy", 500_000, true), (model["hiway_tier"]!.GetValue<string>(), model["context_window"]!.GetValue<int>(), model["capabilities"]!["vision"]!.GetValue<bool>()));

        await row.ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Edit what was added" }).ClickAsync();
        await Expect(dialog.GetByLabel("Vision")).ToBeCheckedAsync();
        await dialog.GetByLabel("Output").First.FillAsync("21");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(row).ToContainTextAsync("$21.00");
        await tab.FitsAsync();
        await tab.PictureAsync("catalogue-added");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task WhoIsNoOperator_SeesNeitherTheLinkNorTheModels()
    {
        await using var host = await HiWayHost.StartAsync();
        await host.Http.SignUpAsync();   // the operator
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);

        foreach (var path in (string[])["/admin/workspaces", "/admin/models", "/admin/models?model=openai/gpt-4o"])
        {
            await tab.OpenAsync(path);
            await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This page belongs to the operator of the installation.");
            await Expect(tab.Page.GetByRole(AriaRole.Table)).ToHaveCountAsync(0);
            await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
            await Expect(tab.Page.Locator(".sidebar-nav a[href^='/admin']")).ToHaveCountAsync(0);
        }

        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add model" })).ToHaveCountAsync(0);
    }

    private static ILocator Save(ILocator dialog) => dialog.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true });

    private static ILocator Add(ILocator dialog) => dialog.GetByRole(AriaRole.Button, new() { Name = "Add model" });

    private static async Task<(decimal Input, string Tier)> ModelAsync(HiWayHost host, TestAccount account)
    {
        var model = await host.Http.CallAsync(HttpMethod.Get, "/v1/models/openai/gpt-4o-2024-11-20", account.Key);
        return (model["pricing"]!["input"]!.GetValue<decimal>(), model["hiway_tier"]!.GetValue<string>());
    }
}
