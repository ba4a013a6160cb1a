using System.Globalization;
using System.Text.RegularExpressions;
using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>What people do with keys, providers, members and the playground, in a real browser.</summary>
public sealed partial class WorkspacePagesInTheBrowser
{
    [Fact]
    public async Task AKey_IsMadeOnce_ItsSecretIsNotLostByAccident_AndRevokingItTypedByNameEndsIt()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/keys");

        await Button(page, "New key").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Kind").Or(dialog.GetByText("Test", new() { Exact = true })).First.ClickAsync();
        await dialog.GetByLabel("Requests per minute").FillAsync("many");
        await Button(dialog, "Create key").ClickAsync();

        // What is wrong stands at its field, and nothing was made.
        await Expect(dialog.GetByText("Give the key a name, such as the program that will use it.")).ToBeVisibleAsync();
        await Expect(dialog.GetByText("A whole number above 0, or leave it empty for no limit.")).ToBeVisibleAsync();

        await dialog.GetByPlaceholder("production backend").FillAsync("my bot");
        await dialog.GetByLabel("Requests per minute").FillAsync("60");
        await Button(dialog, "Create key").ClickAsync();
        await Expect(page.Locator("[data-secret]")).ToBeVisibleAsync();   // the dialog stands and hears keys
        var secret = await page.Locator("[data-secret]").TextContentAsync();
        Assert.Matches(TestSecret(), secret);
        Assert.Equal(200, (int)(await host.Http.ChatAsync(secret!, "Hello")).Status);

        // Escape, twice and fast as people do, does not throw the secret away; it warns.
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Escape");
        await Expect(dialog.GetByText("You have not copied it yet.")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-secret]")).ToHaveTextAsync(secret!);
        await Button(dialog, "Copy secret").ClickAsync();
        await Button(dialog, "Done").ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(Button(page, "New key")).ToBeFocusedAsync();   // where the first of the two dialogs was opened

        var row = page.GetByRole(AriaRole.Row, new() { Name = "my bot" });
        await Expect(row).ToContainTextAsync("60 req/min");
        Assert.DoesNotContain(secret!, await page.ContentAsync(), StringComparison.Ordinal);

        await Button(row, "Actions for my bot").ClickAsync();
        await Button(page, "Revoke").ClickAsync();
        await Expect(Button(dialog, "Revoke")).ToBeDisabledAsync();
        await dialog.GetByRole(AriaRole.Textbox).FillAsync("my bot");
        await Button(dialog, "Revoke").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        Assert.Equal("authentication_error", (await host.Http.ChatAsync(secret!, "Hello")).ErrorCode);

        await page.GetByRole(AriaRole.Link, new() { Name = "Revoked and expired" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "my bot" })).ToContainTextAsync("revoked");
        await tab.OpenAsync("/audit?action=key");
        await Expect(page.GetByText("Key revoked")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task InstantsInTheAuditLogsText_AreInTheReadersZone()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        var key = await host.Http.CreateKeyAsync(account);
        await host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/keys/{key.Id}/rotate", account.Key, new { overlap_seconds = 86_400 });
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/audit?action=key");

        var until = tab.Page.Locator("dl.changes div", new() { HasText = "previous secret expires at" }).Locator("time");
        var instant = DateTimeOffset.Parse((await until.GetAttributeAsync("datetime"))!, CultureInfo.InvariantCulture);
        Assert.InRange(instant, DateTimeOffset.UtcNow.AddHours(23), DateTimeOffset.UtcNow.AddHours(25));
        await Expect(until).ToContainTextAsync(TimeZoneInfo.ConvertTimeBySystemTimeZoneId(instant, "Europe/Berlin").ToString("HH:mm", CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task ADialogThatIsClosed_GivesTheFocusBackToWhatOpenedIt()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/settings/members");
        var (invite, dialog) = (Button(tab.Page.Locator("header").Filter(new() { HasText = "Who can see" }), "Invite"), tab.Page.GetByRole(AriaRole.Dialog));

        await invite.ClickAsync();
        await Expect(dialog.GetByLabel("E-mail")).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(invite).ToBeFocusedAsync();

        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(dialog.GetByLabel("E-mail")).ToBeFocusedAsync();
        await Button(dialog, "Cancel").ClickAsync();
        await Expect(invite).ToBeFocusedAsync();
    }

    [Fact]
    public async Task ManyKeys_AreDrawnAHundredAtATime_AndAllOfThemAreSearched()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();   // comes with a key of its own
        for (var i = 0; i < 101; i++)
        {
            await host.Http.CreateKeyAsync(account, new { name = $"Agent {i:D3}" });
        }

        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/keys");
        var rows = tab.Page.Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(100);

        await tab.Page.GetByLabel("Search keys").FillAsync("agent 000");   // the oldest but one
        await Expect(rows).ToHaveCountAsync(1);
        await tab.Page.GetByLabel("Search keys").FillAsync("");
        await Expect(rows).ToHaveCountAsync(100);
        await Button(tab.Page, "Show more (100 of 102)").ClickAsync();
        await Expect(rows).ToHaveCountAsync(102);
        await Expect(tab.Page.Locator(".list-more")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task AProviderOfSeveralFields_IsConnected_AndWhatIsWrongStandsAtItsField()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.Recorded("bedrock", "bedrock-converse-plain-system-01"));
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/settings/providers");

        await page.GetByRole(AriaRole.Button, new() { Name = "AWS Bedrock" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Access key ID").FillAsync("AKIAIOSFODNN7EXAMPLE");
        await dialog.GetByLabel("Secret access key").FillAsync("wJalrXUtnFEMI");
        await Button(dialog, "Connect and test").ClickAsync();
        await Expect(dialog.GetByText("'settings.region' is missing")).ToBeVisibleAsync();

        await dialog.GetByPlaceholder("eu-central-1").FillAsync("eu-central-1");
        await dialog.GetByText("More", new() { Exact = true }).ClickAsync();
        await dialog.GetByLabel("Base URL").FillAsync(upstream.Url);
        await Button(dialog, "Connect and test").ClickAsync();

        var row = page.GetByRole(AriaRole.Article, new() { Name = "AWS Bedrock" });
        await Expect(row).ToContainTextAsync("answered in");
        await Expect(row).ToContainTextAsync("…MPLE");
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/", Assert.Single(upstream.Requests).Headers["Authorization"], StringComparison.Ordinal);
        Assert.DoesNotContain("wJalrXUtnFEMI", await page.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProvider_IsConnected_ItsTestShowsTheUpstreamsOwnWords_AndRemovingItForgetsTheKey()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/chat/completions", Reply.Error(401, "invalid_api_key"), Reply.Chat("Hello!"));
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/settings/providers");

        await Button(page, "Custom provider").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByPlaceholder("my-vllm").FillAsync("Acme Box 1");
        await Button(dialog, "Connect and test").ClickAsync();
        await Expect(dialog.GetByText("Needed: the address that the models are called at.")).ToBeVisibleAsync();

        await dialog.GetByLabel("Base URL").FillAsync(upstream.Url);
        await dialog.GetByLabel("API key").FillAsync("sk-acme-secret-9876");
        await dialog.GetByPlaceholder("llama-3.3-70b-instruct").FillAsync("fast-one\nslow-one");
        await Button(dialog, "Connect and test").ClickAsync();

        var row = page.GetByRole(AriaRole.Article, new() { Name = "acme-box-1" });
        await Expect(row).ToContainTextAsync("401: The upstream says 401.");
        await Expect(row).ToContainTextAsync("2 models");
        await Expect(row).ToContainTextAsync("…9876");
        await Button(row, "Test").ClickAsync();
        await Expect(row).ToContainTextAsync("acme-box-1/fast-one answered in");
        Assert.DoesNotContain("sk-acme-secret", await page.ContentAsync(), StringComparison.Ordinal);

        await Button(row, "Actions for acme-box-1").ClickAsync();
        await Button(page, "Switch off").ClickAsync();
        await Expect(row.GetByText("enabled", new() { Exact = true })).ToHaveCountAsync(0);
        Assert.Equal("model_not_found", (await host.Http.ChatAsync(account.Key, "Hello", "acme-box-1/fast-one")).ErrorCode);

        await Button(row, "Actions for acme-box-1").ClickAsync();
        await Button(page, "Remove").ClickAsync();
        await Button(dialog, "Remove").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        Assert.Equal(0L, await host.Database.ScalarAsync<long>("SELECT count(*) FROM credentials"));
    }

    [Fact]
    public async Task AnInvitation_IsMadeAsALink_AndWhoeverTakesItBecomesAMemberWithItsRole()
    {
        await using var host = await HiWayHost.StartAsync();
        var owner = await host.Http.SignUpAsync(workspace: "Analytical Engines");
        var guest = await host.Http.SignUpAsync(workspace: "Elsewhere");
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(owner);
        await tab.OpenAsync("/settings/members");

        await Button(page, "Invite").First.ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByText("Sees pages and lists, changes nothing.").ClickAsync();
        await Button(dialog, "Invite").ClickAsync();
        await Expect(page.Locator("[data-invitation]")).ToBeVisibleAsync();
        var link = await page.Locator("[data-invitation]").TextContentAsync();
        Assert.StartsWith(host.Url + "/invite/", link, StringComparison.Ordinal);
        await Button(dialog, "Done").ClickAsync();
        await Expect(page.GetByText("Anyone with the link")).ToBeVisibleAsync();

        await using var guestTab = await Chromium.OpenAsync(host);
        await guestTab.SignInAsync(guest);
        await guestTab.OpenAsync(link!);
        await guestTab.FollowAsync(guestTab.Page.GetByRole(AriaRole.Button, new() { NameRegex = JoinWords() }), "/");
        await guestTab.OpenAsync("/keys");
        await Expect(Button(guestTab.Page, "New key")).ToHaveCountAsync(0);   // a viewer
        await guestTab.OpenAsync("/playground");
        await Expect(guestTab.Page.GetByText("calling models from here takes the role developer")).ToBeVisibleAsync();
        await Expect(guestTab.Page.GetByLabel("Message")).ToBeDisabledAsync();

        await tab.OpenAsync("/settings/members");
        var row = page.GetByRole(AriaRole.Row, new() { Name = guest.Email });
        await row.GetByRole(AriaRole.Combobox).SelectOptionAsync("Developer");
        await Button(dialog, "Change role").ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);   // the list says the new role from the moment on that it is chosen
        await Expect(row.GetByRole(AriaRole.Combobox)).ToHaveValueAsync("Developer");
        await guestTab.OpenAsync("/keys");
        await Expect(Button(guestTab.Page, "New key")).ToBeVisibleAsync();

        await Button(row, $"Actions for {guest.Email}").ClickAsync();
        await Button(page, "Remove").ClickAsync();
        await Button(dialog, "Remove").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task ThePlayground_StreamsAnAnswer_ShowsTheDecision_AndSaysWhyACallFailed()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/chat/completions", Reply.ChatStream(["**Bold** ", "and <script>alert(1)</script>"]), Reply.Error(400, "bad_prompt"));
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/playground");

        // Nothing is connected, so the built-in model answers.
        var composer = page.GetByLabel("Message");
        await composer.FillAsync("How are you?");
        await composer.PressAsync("Enter");
        var answers = page.Locator("[data-answer]");
        await Expect(answers.First).ToContainTextAsync("This is HiWay's test answer to: How are you?");
        await Expect(answers.First).ToContainTextAsync("$0");
        await Expect(composer).ToHaveValueAsync("");

        await host.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["fast-one"]);
        await tab.OpenAsync("/playground?model=acme/fast-one");
        await composer.FillAsync("Be bold");
        await composer.PressAsync("Enter");
        await Expect(answers.First.Locator("strong")).ToHaveTextAsync("Bold");
        await Expect(answers.First).ToContainTextAsync("<script>alert(1)</script>");   // as text
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Decision" })).ToBeVisibleAsync();
        await Expect(page.Locator(".decision")).ToContainTextAsync("acme/fast-one");

        await composer.FillAsync("And now?");
        await composer.PressAsync("Enter");
        await Expect(answers.Nth(1).GetByRole(AriaRole.Alert)).ToContainTextAsync("The upstream says 400.");
        await answers.Nth(1).GetByText("The whole error").ClickAsync();
        await Expect(answers.Nth(1)).ToContainTextAsync("\"request_id\": \"req_");

        // The same log as for programs.
        var rows = await host.Http.RequestRowsAsync(account, 3);
        Assert.Equal(["acme/fast-one", "acme/fast-one", "test/echo"], rows.Select(row => row["model"]!.GetValue<string>()));
        Assert.Equal(400, rows[0]["status"]!.GetValue<int>());
    }

    [Fact]
    public async Task SettingsLeadToProviders_AsErrorsAndDocumentsSay()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        var refused = await host.Http.ChatAsync(account.Key, "Hello", "openai/gpt-4o-mini");
        Assert.Contains("under Settings > Providers", refused.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);

        await tab.OpenAsync("/settings");
        await tab.FollowAsync(tab.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = "Providers" }), "/settings/providers");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Providers");
    }

    [Theory]
    [InlineData(320, "light")]   // a window of 1280 pixels at 400 %, which WCAG 2.2 asks for (1.4.10, Reflow)
    [InlineData(390, "light")]
    [InlineData(390, "dark")]
    [InlineData(1280, "dark")]
    public async Task EveryPage_FitsTheWindow_AndItsConsoleIsQuiet(int width, string theme)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync("a.person.with.a.very.long.address@department.of.an.example.com");
        await host.Http.CreateKeyAsync(account, new { name = "a key whose name is as long as names are allowed to be, for whatever reason", rpm = 600, monthly_cap_usd = 250, tags = new[] { "team-a", "prod" } });
        await using var tab = await Chromium.OpenAsync(host, width, theme);
        await tab.SignInAsync(account);

        foreach (var path in new[] { "/keys", "/settings/providers", "/models", "/models?model=anthropic/claude-opus-4-7", "/playground", "/settings/members", "/settings", "/audit", "/admin/workspaces", "/admin/models", "/admin/models?model=anthropic/claude-opus-4-7", "/docs", "/docs/errors" })
        {
            await tab.OpenAsync(path);
            await tab.FitsAsync();
        }

        Assert.Empty(tab.Complaints);
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private static ILocator Button(ILocator within, string name) => within.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    [GeneratedRegex("^hw_test_[0-9a-f]{32}$")]
    private static partial Regex TestSecret();

    [GeneratedRegex("join|accept", RegexOptions.IgnoreCase)]
    private static partial Regex JoinWords();
}
