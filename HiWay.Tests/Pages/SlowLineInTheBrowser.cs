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
}
