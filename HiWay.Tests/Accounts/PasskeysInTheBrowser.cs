using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;
using HiWay.Web.Accounts;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Accounts;

/// <summary>Passkeys in Chromium, with a device that it plays: making, showing, losing them, and what must not open anything.</summary>
public sealed class PasskeysInTheBrowser : IAsyncLifetime
{
    private HiWayHost _host = null!;
    private TestAccount _account = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _account = await _host.Http.SignUpAsync("ada@example.com");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(1280, "light")]
    [InlineData(390, "dark")]
    public async Task Made_Shown_Renamed_Removed_AndThenItOpensNothing(int width, string theme)
    {
        await using var tab = await OpenAsync(_host, width, theme);
        var page = tab.Page;
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await tab.SignInAsync(_account);
        await tab.OpenAsync("/account");
        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Add one" }), "/account/passkeys");
        await Expect(page.GetByText("No passkeys yet")).ToBeVisibleAsync();
        await tab.PictureAsync("passkeys-none");

        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Work laptop");
        await page.GetByLabel("Your password").FillAsync("not the password");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Expect(page.Locator("[data-passkey-error]")).ToHaveTextAsync("This is not your present password.");
        await tab.PictureAsync("passkeys-wrong-password");
        await AddAsync(tab, "Work laptop");
        await Expect(page.Locator(".account-passkeys li")).ToContainTextAsync("Work laptop");
        await Expect(page.Locator(".account-passkeys li")).ToContainTextAsync("never used");

        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("The same once more");
        await page.GetByLabel("Your password").FillAsync(_account.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Expect(page.Locator("[data-passkey-error]")).ToContainTextAsync("has a passkey for your account already");
        await tab.PictureAsync("passkeys-twice");
        await tab.FitsAsync();

        await SignOutAsync(tab);
        await tab.OpenAsync("/account/passkeys");
        await tab.IsAtAsync("/login?returnUrl=%2Faccount%2Fpasskeys");
        await tab.PictureAsync("login-passkey");
        await tab.FitsAsync();
        await ShowAsync(tab, "/account/passkeys");
        await Expect(page.Locator(".account-passkeys li")).ToContainTextAsync("used just now");
        await tab.PictureAsync("passkeys-one");

        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Rename Work laptop" }), "/account/passkeys");
        await page.GetByLabel("New name").FillAsync("Old laptop");
        await tab.PictureAsync("passkeys-rename");
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Save" }), "/account/passkeys?done=renamed");
        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Remove Old laptop" }), "/account/passkeys");
        await tab.PictureAsync("passkeys-remove");
        await tab.FitsAsync();
        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Keep it" }), "/account/passkeys");
        await tab.FollowAsync(page.GetByRole(AriaRole.Link, new() { Name = "Remove Old laptop" }), "/account/passkeys");
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Remove" }), "/account/passkeys?done=removed");
        await Expect(page.GetByText("No passkeys yet")).ToBeVisibleAsync();

        await SignOutAsync(tab);
        await ShowAsync(tab, "/login");
        await Expect(page.Locator(".note.bad:visible")).ToContainTextAsync("This passkey opens nothing here");
        await tab.PictureAsync("login-passkey-refused");
        Assert.Equal(
            ["user.passkey_added", "user.passkey_removed", "user.passkey_renamed"],
            (await _host.Database.ScalarAsync<string>("SELECT string_agg(action, ' ' ORDER BY action) FROM audit_log WHERE action LIKE 'user.passkey%'"))!.Split(' '));
        Assert.Equal(1, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM audit_log WHERE action = 'user.signed_in' AND new_values->>'method' = 'passkey'"));
        Assert.All(tab.Complaints, complaint => Assert.Contains("status of 400", complaint, StringComparison.Ordinal));   // the wrong password
    }

    [Fact]
    public async Task AddedAndRemoved_AreToldByMail()
    {
        await using var mail = MailServer.Start();
        await using var host = await HiWayHost.StartAsync(mail.Settings);
        var account = await host.Http.SignUpAsync("ada@example.com");
        await host.Database.ExecuteAsync("UPDATE users SET email_confirmed = true");
        await using var tab = await OpenAsync(host);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await tab.SignInAsync(account);
        await AddAsync(tab, "Phone");
        Assert.Contains("The passkey 'Phone' was added", (await mail.SeesAsync(account.Email, "A passkey has been added")).Text, StringComparison.Ordinal);

        await tab.FollowAsync(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Remove Phone" }), "/account/passkeys");
        await tab.FollowAsync(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Remove" }), "/account/passkeys?done=removed");
        Assert.Contains("The passkey 'Phone' was removed", (await mail.SeesAsync(account.Email, "A passkey has been removed")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithTheAuthenticatorAppOn_ThePasskeyIsBothFactors()
    {
        await using var tab = await OpenAsync(_host);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await tab.SignInAsync(_account);
        await tab.OpenAsync("/account/two-factor");
        await tab.Page.FillAsync("[name='Enable.Code']", Totp.Code(await tab.Page.Locator("#authenticator-key").InnerTextAsync(), DateTimeOffset.UtcNow));
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await Expect(tab.Page.Locator("#recovery-codes li")).ToHaveCountAsync(10);
        await AddAsync(tab, "Phone");

        await SignOutAsync(tab);
        await ShowAsync(tab, "/");
    }

    [Fact]
    public async Task PickedWhereTheBrowserOffersIt_InTheFieldForTheAddress()
    {
        await using var tab = await OpenAsync(_host, offers: true);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await tab.SignInAsync(_account);
        await AddAsync(tab, "Phone");
        await tab.Context.ClearCookiesAsync();

        await tab.Page.GotoAsync("/login?returnUrl=%2Faccount%2Fpasskeys");
        await tab.IsAtAsync("/account/passkeys");
    }

    [Fact]
    public async Task LockedOutAccount_StaysLocked()
    {
        await using var tab = await OpenAsync(_host);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await AddSignedInAsync(tab);
        using var guesser = new BrowserSession(_host);
        for (var i = 0; i < 5; i++)
        {
            await guesser.SignInAsync(_account.Email, "wrong password " + i);
        }

        await ShowAsync(tab, "/login");
        await Expect(tab.Page.Locator(".note.bad:visible")).ToContainTextAsync("this account is locked for 15 minutes");
        await tab.OpenAsync("/account");
        await tab.IsAtAsync("/login");
    }

    [Fact]
    public async Task DeletedAccount_OpensNothing()
    {
        await using var tab = await OpenAsync(_host);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await AddSignedInAsync(tab);
        await _host.Database.ExecuteAsync("DELETE FROM memberships; DELETE FROM users");
        Assert.Equal(0, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM user_passkeys"));

        await ShowAsync(tab, "/login");
        await Expect(tab.Page.Locator(".note.bad:visible")).ToContainTextAsync("This passkey opens nothing here");
    }

    [Theory]
    [InlineData("signature")]
    [InlineData("clientDataJSON")]
    [InlineData("authenticatorData")]
    [InlineData("userHandle")]
    public async Task AnswerThatWasChangedOnTheWay_OpensNothing(string field)
    {
        await using var tab = await OpenAsync(_host);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await AddSignedInAsync(tab);
        await tab.Page.EvaluateAsync("""
            field => {
              const submit = HTMLFormElement.prototype.submit;
              HTMLFormElement.prototype.submit = function () {
                const answer = this.querySelector("[data-passkey-answer]");
                const json = JSON.parse(answer.value);
                const letter = json.response[field][20];
                json.response[field] = json.response[field].slice(0, 20) + (letter === "A" ? "B" : "A") + json.response[field].slice(21);
                answer.value = JSON.stringify(json);
                submit.call(this);
              };
            }
            """, field);

        await ShowAsync(tab, "/login");
        await Expect(tab.Page.Locator(".note.bad:visible")).ToContainTextAsync("This passkey opens nothing here");
        await tab.OpenAsync("/account");
        await tab.IsAtAsync("/login");
    }

    [Fact]
    public async Task AnswerThatSomebodyRecorded_OpensNothingASecondTime()
    {
        await using var tab = await OpenAsync(_host);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await AddSignedInAsync(tab);
        await tab.Page.EvaluateAsync("""
            () => {
              const submit = HTMLFormElement.prototype.submit;
              HTMLFormElement.prototype.submit = function () {
                for (const name of ["Passkey.Answer", "Passkey.State"]) localStorage.setItem(name, this.elements[name].value);
                submit.call(this);
              };
            }
            """);
        await ShowAsync(tab, "/");
        await SignOutAsync(tab);

        // Devices that share passkeys over an account count nothing; so this one has not counted either.
        await _host.Database.ExecuteAsync("""UPDATE user_passkeys SET data = jsonb_set(data, '{SignCount}', '0')""");
        await tab.Page.EvaluateAsync("""
            () => {
              const form = document.querySelector("form[data-passkey=show]");
              for (const name of ["Passkey.Answer", "Passkey.State"]) form.elements[name].value = localStorage.getItem(name);
              form.submit();
            }
            """);
        await Expect(tab.Page.Locator(".note.bad:visible")).ToContainTextAsync("That took too long. Show the passkey once more.");
        await tab.OpenAsync("/account");
        await tab.IsAtAsync("/login");
    }

    [Fact]
    public async Task SomebodyElsesPasskey_IsNeitherSeenNorRenamedNorRemoved()
    {
        await using var tab = await OpenAsync(_host);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await AddSignedInAsync(tab);
        var id = (await _host.Database.ScalarAsync<string>("SELECT rtrim(translate(encode(credential_id, 'base64'), '+/', '-_'), '=') FROM user_passkeys"))!;

        using var other = new BrowserSession(_host);
        await other.SignUpAsync("eve@example.com", "four random words here");
        var session = JsonNode.Parse((await other.OpenAsync("/api/v1/session")).Page)!;
        Assert.Equal(0, session["user"]!["passkeys"]!.GetValue<int>());
        other.Http.DefaultRequestHeaders.Add(session["anti_forgery"]!["header"]!.GetValue<string>(), session["anti_forgery"]!["token"]!.GetValue<string>());
        Assert.Empty(JsonNode.Parse((await other.OpenAsync("/api/v1/session/passkeys")).Page)!["data"]!.AsArray());
        using var removed = await other.Http.DeleteAsync("/api/v1/session/passkeys/" + id);
        Assert.Equal(HttpStatusCode.NotFound, removed.StatusCode);
        using var renamed = await other.Http.PatchAsync("/api/v1/session/passkeys/" + id, new StringContent("""{"name": "Mine"}""", null, "application/json"));
        Assert.Equal(HttpStatusCode.NotFound, renamed.StatusCode);
        await other.OpenAsync("/account/passkeys?remove=" + id);
        Assert.DoesNotContain("Keep it", other.Page, StringComparison.Ordinal);
        Assert.Equal("Phone", await _host.Database.ScalarAsync<string>("SELECT data->>'Name' FROM user_passkeys"));
    }

    [Fact]
    public async Task TheSameOverTheApi_InTheStandardsOwnJson()
    {
        await using var tab = await OpenAsync(_host);
        await VirtualAuthenticator.PlugIntoAsync(tab);
        await tab.SignInAsync(_account);
        await tab.Page.EvaluateAsync("""
            async () => {
              const { anti_forgery } = await (await fetch("/api/v1/session")).json();
              window.call = async (method, path, body) => {
                const reply = await fetch("/api/v1/session/passkeys" + path, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json", [anti_forgery.header]: anti_forgery.token } });
                return { status: reply.status, json: await reply.json().catch(() => null) };
              };
            }
            """);
        Task<System.Text.Json.JsonElement> AskAsync(string script) => tab.Page.EvaluateAsync<System.Text.Json.JsonElement>(script);

        var unproven = await AskAsync("""() => call("POST", "/challenge", { name: "Key", password: "wrong" })""");
        Assert.Equal("password", unproven.GetProperty("json").GetProperty("error").GetProperty("param").GetString());
        var unnamed = await AskAsync("""() => call("POST", "/challenge", { name: " ", password: "wrong" })""");
        Assert.Equal("name", unnamed.GetProperty("json").GetProperty("error").GetProperty("param").GetString());
        var made = await AskAsync($$"""
            async () => {
              const { json: { options, state } } = await call("POST", "/challenge", { name: "Key", password: "{{_account.Password}}" });
              const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
              return call("POST", "", { name: "Key", state, credential: credential.toJSON() });
            }
            """);
        Assert.Equal(201, made.GetProperty("status").GetInt32());
        var id = made.GetProperty("json").GetProperty("id").GetString();
        var renamed = await AskAsync($$"""() => call("PATCH", "/{{id}}", { name: "Security key" })""");
        Assert.Equal("Security key", renamed.GetProperty("json").GetProperty("name").GetString());
        var list = (await AskAsync("""() => call("GET", "")""")).GetProperty("json").GetProperty("data");
        Assert.Equal(("Security key", System.Text.Json.JsonValueKind.Null), (list[0].GetProperty("name").GetString(), list[0].GetProperty("last_used_at").ValueKind));
        Assert.Equal(204, (await AskAsync($$"""() => call("DELETE", "/{{id}}")""")).GetProperty("status").GetInt32());
        Assert.Equal(404, (await AskAsync($$"""() => call("DELETE", "/{{id}}")""")).GetProperty("status").GetInt32());
        var forged = await AskAsync("""() => call("POST", "", { name: "Key", state: "made up", credential: {} })""");
        Assert.Contains("took too long", forged.GetProperty("json").GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsInTheWay_IsSaidInWords()
    {
        await using (var numbered = await Chromium.OpenAsync(_host))
        {
            await numbered.OpenAsync("/login");
            await AskOnlyAsync(numbered);
            await Expect(Error(numbered)).ToHaveTextAsync($"Passkeys need a name, not an IP address. Open HiWay at {NameOf(_host)} instead.");
            await numbered.PictureAsync("login-passkey-number");
        }

        await using (var old = await OpenAsync(_host))
        {
            await old.Context.AddInitScriptAsync("delete window.PublicKeyCredential");
            await old.OpenAsync("/login");
            await AskOnlyAsync(old);
            await Expect(Error(old)).ToContainTextAsync("This browser knows no passkeys");
        }

        await using (var plain = await OpenAsync(_host))
        {
            await plain.Context.AddInitScriptAsync("Object.defineProperty(window, 'isSecureContext', { value: false })");
            await plain.OpenAsync("/login");
            await AskOnlyAsync(plain);
            await Expect(Error(plain)).ToContainTextAsync("need an address with https://");
        }

        await using var tab = await OpenAsync(_host);
        var device = await VirtualAuthenticator.PlugIntoAsync(tab);
        await AddSignedInAsync(tab);
        await device.KnowOwnerAsync(false);   // the wrong finger
        await AskOnlyAsync(tab);
        await Expect(Error(tab)).ToContainTextAsync("No passkey was shown");
    }

    [Fact]
    public async Task AnotherAddressThanPublicUrl_IsRefused_ByTheBrowserOrByHiWay()
    {
        await using var elsewhere = await HiWayHost.StartAsync(_host.Database, null, ("PublicUrl", "https://hiway.example"), Master);
        await using (var tab = await OpenAsync(elsewhere))
        {
            await VirtualAuthenticator.PlugIntoAsync(tab);
            await tab.OpenAsync("/login");
            await AskOnlyAsync(tab);
            await Expect(Error(tab)).ToContainTextAsync("HiWay's passkeys belong to hiway.example, and you opened it at localhost:");
        }

        // The same name, another port: the browser allows it, and the page could be any program's.
        await using var other = await HiWayHost.StartAsync(_host.Database, null, ("PublicUrl", "http://localhost:1"), Master);
        await using (var tab = await OpenAsync(other))
        {
            await VirtualAuthenticator.PlugIntoAsync(tab);
            await tab.SignInAsync(_account);
            await tab.OpenAsync("/account/passkeys");
            await FillNewAsync(tab, "Phone");
            await Expect(tab.Page.Locator(".note.bad:visible")).ToContainTextAsync("This passkey was not accepted. Open HiWay at its own address");
            Assert.Equal(0, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM user_passkeys"));
        }
    }

    private (string Key, string Value) Master => ("Vault:MasterKeyFile", Path.Combine(_host.DataFolder, "master.key"));

    private static string NameOf(HiWayHost host) => host.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    /// <param name="offers">The played device answers what a browser would only offer in the e-mail field, at once; so most tests do without.</param>
    private static async Task<Tab> OpenAsync(HiWayHost host, int width = 1280, string theme = "light", bool offers = false)
    {
        var tab = await Chromium.OpenAsync(host, width, theme, NameOf(host));
        if (!offers)
        {
            await tab.Context.AddInitScriptAsync("if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false");
        }

        return tab;
    }

    private static ILocator Error(Tab tab) => tab.Page.Locator("[data-passkey-error]");

    private async Task AddAsync(Tab tab, string name)
    {
        await tab.OpenAsync("/account/passkeys");
        await FillNewAsync(tab, name);
        await tab.IsAtAsync("/account/passkeys?done=added");
    }

    private async Task FillNewAsync(Tab tab, string name)
    {
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await tab.Page.GetByLabel("Your password").FillAsync(_account.Password);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
    }

    /// <summary>A passkey on the device, and the tab at the sign-in page.</summary>
    private async Task AddSignedInAsync(Tab tab)
    {
        await tab.SignInAsync(_account);
        await AddAsync(tab, "Phone");
        await SignOutAsync(tab);
    }

    private static async Task SignOutAsync(Tab tab)
    {
        await tab.Context.ClearCookiesAsync();
        await tab.OpenAsync("/login");
    }

    private static Task ShowAsync(Tab tab, string leadsTo) => tab.FollowAsync(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }), leadsTo);

    private static Task AskOnlyAsync(Tab tab) => tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
}
