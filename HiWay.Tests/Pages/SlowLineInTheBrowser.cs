using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>What a hand does faster than the line to the server: nothing of it is taken back or lost.</summary>
public sealed class SlowLineInTheBrowser
{
    /// <summary>Writes down every value that the page puts into the slider from then on.</summary>
    private const string NoteWhatIsPutIn = """
        slider => {
            const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
            window.putIn = [];
            Object.defineProperty(slider, "value", { get() { return value.get.call(this); }, set(to) { window.putIn.push(to); value.set.call(this, to); } });
        }
        """;

    [Theory]
    [InlineData("/routing", "Light below", "0.36", "0.36")]
    [InlineData("/playground", "Temperature", "1.6", "1.6")]
    public async Task ASlider_IsMovedByTheHandAlone(string path, string name, string value, string shown)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync(path);
        var slider = tab.Page.GetByLabel(name, new() { Exact = true });
        await slider.EvaluateAsync(NoteWhatIsPutIn);

        await slider.FocusAsync();
        for (var step = 0; step < 6; step++)
        {
            await tab.Page.Keyboard.PressAsync("ArrowRight");
        }

        // The server has heard of the last step. A value that it put in would be an old one by then, and the next step would start from there.
        await Expect(tab.Page.GetByText(shown, new() { Exact = true })).ToBeVisibleAsync();
        await Expect(slider).ToHaveValueAsync(value);
        Assert.Empty(await tab.Page.EvaluateAsync<string[]>("() => window.putIn"));
    }

    [Fact]
    public async Task EnterRightAfterTheLastLetter_ConfirmsAllTheSame()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await host.Http.CreateKeyAsync(account, new { name = "my bot" });
        await using var tab = await Chromium.OpenAsync(host);
        var line = await SlowLine.ToServerAsync(tab.Page);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/keys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for my bot" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByRole(AriaRole.Textbox)).ToBeFocusedAsync();

        line.Hold();
        await page.Keyboard.TypeAsync("my bot");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke" })).ToBeDisabledAsync();   // nobody has told the server yet
        await page.Keyboard.PressAsync("Enter");
        line.Release();

        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "my bot" })).ToHaveCountAsync(0);
    }
}
