using System.Globalization;
using System.Text.RegularExpressions;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>A time range of one's own, typed digit by digit.</summary>
public sealed class DateRangeInTheBrowser
{
    [Fact]
    public async Task ADayTypedOnTheKeyboard_IsTaken_AndHalfADayIsAskedFor()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/requests");
        var day = DateTime.UtcNow.AddDays(-3).Date;
        var (from, apply) = (page.GetByLabel("From"), page.GetByRole(AriaRole.Button, new() { Name = "Apply" }));
        await page.GetByRole(AriaRole.Button, new() { Name = "Custom" }).ClickAsync();

        await TypeAsync(from, day.ToString("MMdd'0001'", CultureInfo.InvariantCulture) + "\t0430PM");
        await apply.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Both need a day and a time, from 2000 on.");

        await TypeAsync(from, day.ToString("MMddyyyy", CultureInfo.InvariantCulture) + "\t0430PM");
        await Expect(from).ToHaveValueAsync(day.ToString("yyyy-MM-dd'T16:30'", CultureInfo.InvariantCulture));
        await apply.ClickAsync();

        await Expect(page).ToHaveURLAsync(new Regex($"[?&]from={day:yyyy-MM-dd}T1[45](:|%3A)30Z&to="));   // Berlin is one or two hours ahead
        await Expect(apply).ToBeHiddenAsync();   // what was asked for is on the page; the menu is done
        await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new(day.ToString("d MMM, '16:30'", CultureInfo.InvariantCulture)) })).ToBeVisibleAsync();
        Assert.Empty(tab.Complaints);
    }

    /// <summary>From the field's first part on, as slowly as the page answers.</summary>
    private static async Task TypeAsync(ILocator field, string keys)
    {
        await field.FocusAsync();
        foreach (var key in keys)
        {
            await field.Page.Keyboard.PressAsync(key == '\t' ? "Tab" : key.ToString());
            await field.EvaluateAsync("() => new Promise(done => setTimeout(done, 60))");
        }
    }
}
