using System.Text;
using HiWay.Domain.Alerts;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>Where alerts go, as an admin sets it and sees it.</summary>
public sealed class WebhooksInTheBrowser
{
    [Fact]
    public async Task Webhook_IsMade_Tested_ItsDeliverySentAgain_AndItIsDeleted()
    {
        await using var receiver = await ReplayUpstream.StartAsync();
        receiver.On("*", new Reply { Status = 503, Chunks = [Encoding.UTF8.GetBytes("upstream is asleep")] }, new Reply { Status = 204 });
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/webhooks");
        await Expect(page.GetByText("Nobody is told yet")).ToBeVisibleAsync();
        await ShotAsync(page, "webhooks-empty");

        await page.GetByRole(AriaRole.Button, new() { Name = "Create your first webhook" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create webhook" }).ClickAsync();
        await Expect(dialog.GetByText("Give it a name")).ToBeVisibleAsync();
        await dialog.GetByLabel("Name").FillAsync("Ops receiver");
        await dialog.GetByLabel("URL").FillAsync("not an address");
        await dialog.GetByText("Only these").ClickAsync();
        await dialog.GetByLabel("provider.down").CheckAsync();
        await dialog.GetByLabel("security.event").CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create webhook" }).ClickAsync();
        await Expect(dialog.GetByText("must be an absolute https URL")).ToBeVisibleAsync();
        await ShotAsync(page, "webhooks-dialog");
        await dialog.GetByLabel("URL").FillAsync(receiver.Url + "/hook");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create webhook" }).ClickAsync();

        await Expect(dialog.GetByText("the only time")).ToBeVisibleAsync();
        var secret = await dialog.Locator("[data-secret]").InnerTextAsync();
        Assert.NotNull(WebhookSecret.KeyOf(secret));
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Copy secret" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);   // until then the page does not let itself be left

        await page.GetByRole(AriaRole.Button, new() { Name = "Test Ops receiver" }).ClickAsync();
        await Expect(page.GetByText("The test has not arrived. The target answered 503.")).ToBeVisibleAsync();
        await Expect(page.GetByText("upstream is asleep")).ToBeVisibleAsync();
        await ShotAsync(page, "webhooks-list");
        var log = page.GetByRole(AriaRole.Link, new() { Name = "Ops receiver" });
        await tab.FollowAsync(log, (await log.GetAttributeAsync("href"))!);
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "webhook.test" })).ToContainTextAsync("given up");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resend" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "sent again" })).ToContainTextAsync("HTTP 204");
        await page.GetByRole(AriaRole.Row, new() { Name = "given up" }).GetByRole(AriaRole.Button, new() { Name = "Details" }).ClickAsync();
        await Expect(page.Locator("pre", new() { HasText = "\"workspace_id\"" })).ToContainTextAsync(account.WorkspaceId);
        await ShotAsync(page, "webhooks-log");

        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await dialog.GetByLabel("security.event").UncheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("Hears of provider.down.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate secret" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Rotate" }).ClickAsync();
        await Expect(dialog.Locator("[data-secret]")).Not.ToHaveTextAsync(secret);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Copy secret" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);   // until then the page does not let itself be left

        await tab.OpenAsync("/webhooks");
        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for Ops receiver" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await Expect(dialog.GetByLabel("provider.down")).ToBeCheckedAsync();
        await dialog.GetByRole(AriaRole.Switch, new() { Name = "Active" }).UncheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "Ops receiver" })).ToContainTextAsync("paused");

        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for Ops receiver" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.GetByText("Nobody is told yet")).ToBeVisibleAsync();
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [InlineData(390, "dark")]
    [InlineData(1280, "dark")]
    public async Task Pages_FitAPhone_AndTheDark(int width, string theme)
    {
        await using var receiver = await ReplayUpstream.StartAsync();
        receiver.On("*", new Reply { Status = 500 });
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        var path = $"/api/v1/workspaces/{account.WorkspaceId}/webhooks";
        var id = "";
        foreach (var (kind, url) in ((string, string)[])[("webhook", receiver.Url + "/hook"), ("slack", receiver.Url + "/services/T0000/B0000/abcdefghijklmnop"), ("discord", receiver.Url + "/api/webhooks/1234/abcdefghijklmnopqrst"), ("teams", receiver.Url + "/workflows/abcdefgh/triggers/manual/paths/invoke"), ("email", "someone-with-a-rather-long-address@subdomain.example.com")])
        {
            var made = await host.Http.CallAsync(HttpMethod.Post, path, account.Key, new { name = $"The {kind} of the operations people", kind, url, events = kind == "teams" ? Array.Empty<string>() : null });
            id = kind == "webhook" ? made["id"]!.GetValue<string>() : id;
        }

        await host.Http.CallAsync(HttpMethod.Post, $"{path}/{id}/test", account.Key);
        host.Get<IAlerts>().Raise(new(AlertTypes.ProviderDown, account.WorkspaceId, DateTimeOffset.UtcNow, "OpenAI is failing", "Calls go elsewhere.", [new("provider", "openai")]));
        await receiver.SeesAsync(2);

        await using var tab = await Chromium.OpenAsync(host, width, theme);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/webhooks");
        await Expect(tab.Page.GetByText("The slack of the operations people")).ToBeVisibleAsync();
        await ShotAsync(tab.Page, $"webhooks-{width}");
        await tab.FitsAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "New webhook" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await ShotAsync(tab.Page, $"webhooks-dialog-{width}");
        await tab.FitsAsync();
        await tab.OpenAsync($"/webhooks/{id}");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Details" }).First.ClickAsync();
        await Expect(tab.Page.Locator("pre").First).ToBeVisibleAsync();
        await ShotAsync(tab.Page, $"webhooks-log-{width}");
        await tab.FitsAsync();
    }

    /// <summary>For looking at; only where a folder is named.</summary>
    private static async Task ShotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("HIWAY_TEST_SHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        }
    }
}
