using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Accounts;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Accounts;

/// <summary>Confirming and changing an address, where a mail server is set.</summary>
public sealed class EmailAddressTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private const string Password = "four random words here";
    private const string ConfirmSubject = "Confirm your e-mail address";

    private MailServer _mail = null!;
    private HiWayHost _host = null!;
    private BrowserSession _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _mail = MailServer.Start();
        _host = await HiWayHost.StartAsync(_mail.Settings);
        _browser = new BrowserSession(_host);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _host.DisposeAsync();
        await _mail.DisposeAsync();
    }

    [Fact]
    public async Task LinkInAnotherBrowser_AsksFirst_ConfirmsOnce_AndSaysSoAfterwards()
    {
        await _browser.SignUpAsync(Email, Password);
        Assert.Equal("/confirm-email", _browser.RedirectedTo);
        await _browser.OpenAsync("/confirm-email");
        Assert.Contains($"went to <strong class=\"breakable\">{Email}</strong>", _browser.Page, StringComparison.Ordinal);
        var link = (await _mail.SeesAsync(Email, ConfirmSubject)).LinkPath;

        using var phone = new BrowserSession(_host);
        await phone.OpenAsync(link);   // as a mail scanner does
        Assert.False(await IsConfirmedAsync());
        await phone.SubmitAsync(link, "confirm");
        Assert.Contains("Your address is confirmed", phone.Page, StringComparison.Ordinal);
        Assert.True(await IsConfirmedAsync());

        await phone.OpenAsync(link);
        Assert.Contains("Already confirmed", phone.Page, StringComparison.Ordinal);
        await _browser.OpenAsync("/confirm-email");
        Assert.Equal("/", _browser.RedirectedTo);
        Assert.Equal(1, await AuditsAsync("user.email_confirmed"));
    }

    [Fact]
    public async Task LinkInTheBrowserThatSignedUp_ConfirmsAtOnce()
    {
        await _browser.SignUpAsync(Email, Password);
        await _browser.OpenAsync((await _mail.SeesAsync(Email, ConfirmSubject)).LinkPath);

        Assert.Contains("Your address is confirmed", _browser.Page, StringComparison.Ordinal);
        Assert.True(await IsConfirmedAsync());
    }

    [Fact]
    public async Task LinkThatIsTooOld_Replaced_OrWrong_SaysWhatToDo()
    {
        await _browser.SignUpAsync(Email, Password);
        var first = (await _mail.SeesAsync(Email, ConfirmSubject)).LinkPath;
        await _host.Database.ExecuteAsync("UPDATE email_confirmations SET expires_at = now() - interval '1 second'");
        await _browser.OpenAsync(first);
        Assert.Contains("is too old. Sign in and ask for a new one.", _browser.Page, StringComparison.Ordinal);

        await _host.Database.ExecuteAsync("UPDATE email_confirmations SET created_at = created_at - interval '2 minutes'");
        await _browser.SubmitAsync("/confirm-email", "send");
        Assert.Equal("/confirm-email?sent=true", _browser.RedirectedTo);
        var second = (await _mail.SeesAsync(Email, ConfirmSubject, 2)).LinkPath;
        await _browser.OpenAsync(first);
        Assert.Contains("has taken the place of this link", _browser.Page, StringComparison.Ordinal);
        await _browser.OpenAsync("/confirm-email/" + new string('x', 43));
        Assert.Contains("This link does not exist.", _browser.Page, StringComparison.Ordinal);
        Assert.False(await IsConfirmedAsync());

        await _browser.OpenAsync(second);
        Assert.Contains("Your address is confirmed", _browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskingAgain_IsRateLimited_AndSaysForHowLong()
    {
        await _browser.SignUpAsync(Email, Password);
        await _mail.SeesAsync(Email, ConfirmSubject);
        await _browser.SubmitAsync("/confirm-email", "send");
        Assert.Matches("A mail to ada@example.com was sent a moment ago.*another one in [0-9]+ (seconds|minutes)", _browser.Page);

        for (var i = 0; i < EmailAddresses.MaxMailsPerHour - 1; i++)
        {
            await _host.Database.ExecuteAsync("UPDATE email_confirmations SET created_at = created_at - interval '61 seconds'");
            await _browser.SubmitAsync("/confirm-email", "send");
            Assert.Equal("/confirm-email?sent=true", _browser.RedirectedTo);
        }

        await _host.Database.ExecuteAsync("UPDATE email_confirmations SET created_at = created_at - interval '61 seconds'");
        await _browser.SubmitAsync("/confirm-email", "send");
        Assert.Contains($"{EmailAddresses.MaxMailsPerHour} mails have been sent within an hour.", _browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MailThatCannotBeSent_IsToldToThePerson_AndCanBeTriedAgainAtOnce()
    {
        await _browser.SignUpAsync(Email, Password);
        await _mail.SeesAsync(Email, ConfirmSubject);
        await _host.Database.ExecuteAsync("DELETE FROM email_confirmations");
        await using var elsewhere = await HiWayHost.StartAsync(_host.Database, null,
            ("Smtp:Host", "127.0.0.1"), ("Smtp:Port", "1"), ("Smtp:StartTls", "false"), ("Vault:MasterKeyFile", Path.Combine(_host.DataFolder, "master.key")));
        _browser.MoveTo(elsewhere);
        for (var i = 0; i < 2; i++)
        {
            await _browser.SubmitAsync("/confirm-email", "send");
            Assert.Contains("could not be sent", _browser.Page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ClientThatSignsUpByApi_UsesItsKeyAtOnce_AndGetsTheMailToo()
    {
        var account = await _host.Http.SignUpAsync(Email, "Acme");
        Assert.Equal("/confirm-email/", (await _mail.SeesAsync(Email, ConfirmSubject)).LinkPath[..15]);

        var key = await _host.Http.CreateKeyAsync(account, new { name = "Test", test = true });
        Assert.Equal(HttpStatusCode.OK, (await _host.Http.ChatAsync(key.Secret, "Hello", "openai/gpt-4o")).Status);
        var invited = await _host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/invitations", account.Key, new { email = "dev@example.com", role = "developer" }, HttpStatusCode.Created);
        Assert.Equal("pending", invited["status"]!.GetValue<string>());
        Assert.StartsWith($"{Email} invites you to the workspace Acme", (await _mail.SeesAsync("dev@example.com", "You are invited to Acme")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnconfirmedPerson_InvitesAFewADayByMail_AndAnyNumberByLink()
    {
        var account = await _host.Http.SignUpAsync(Email);
        var path = $"/api/v1/workspaces/{account.WorkspaceId}/invitations";
        for (var i = 0; i < MemberService.MaxMailsUnconfirmed; i++)
        {
            await _host.Http.CallAsync(HttpMethod.Post, path, account.Key, new { email = $"p{i}@example.com", role = "viewer" }, HttpStatusCode.Created);
        }

        using (var refused = await _host.Http.TryCallAsync(HttpMethod.Post, path, account.Key, new { email = "more@example.com", role = "viewer" }))
        {
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("Confirm your own e-mail address", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await _host.Http.CallAsync(HttpMethod.Post, path, account.Key, new { role = "viewer" }, HttpStatusCode.Created);
        await ConfirmAsync(Email);
        await _host.Http.CallAsync(HttpMethod.Post, path, account.Key, new { email = "more@example.com", role = "viewer" }, HttpStatusCode.Created);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MailedInvitation_ConfirmsTheAddress_TheLinkOnTheInvitersScreenDoesNot(bool byMail)
    {
        var owner = await _host.Http.SignUpAsync("owner@example.com", "Acme");
        var issued = await _host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{owner.WorkspaceId}/invitations", owner.Key, new { email = Email, role = "developer" });
        var link = byMail ? (await _mail.SeesAsync(Email, "You are invited")).LinkPath : new Uri(issued["link"]!.GetValue<string>()).AbsolutePath;

        await _browser.SubmitAsync("/signup?invitation=" + link.Split('/')[^1], "signup", ("Input.Password", Password));

        Assert.Equal(byMail ? "/" : "/confirm-email", _browser.RedirectedTo);
        Assert.Equal(byMail, await IsConfirmedAsync());
        var members = await _host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{owner.WorkspaceId}/members", owner.Key);
        Assert.Equal([("owner@example.com", false), (Email, byMail)],
            members["data"]!.AsArray().Select(member => (member!["email"]!.GetValue<string>(), member["email_confirmed"]!.GetValue<bool>())));
        var workspaces = await _host.Http.CallAsync(HttpMethod.Get, "/api/v1/admin/workspaces", owner.Key);
        Assert.Equal("owner@example.com", workspaces["data"]![0]!["unconfirmed_owners"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task ExistingAccount_FollowingTheMailedInvitation_IsConfirmedByIt()
    {
        var owner = await _host.Http.SignUpAsync("owner@example.com", "Acme");
        await _browser.SignUpAsync(Email, Password);
        await _host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{owner.WorkspaceId}/invitations", owner.Key, new { email = Email, role = "developer" });

        await _browser.SubmitAsync((await _mail.SeesAsync(Email, "You are invited")).LinkPath, "accept");

        Assert.Equal("/", _browser.RedirectedTo);
        Assert.True(await IsConfirmedAsync());
    }

    [Fact]
    public async Task NewAddress_CountsOnceItIsConfirmed_AndTheOldOneIsTold()
    {
        await _browser.SignUpAsync(Email, Password);
        await ConfirmAsync(Email);
        await _browser.SubmitAsync("/account", "email", ("NewEmail.Email", "countess@example.com"), ("NewEmail.Password", "not the password"));
        Assert.Contains("This is not your present password.", _browser.Page, StringComparison.Ordinal);
        await _browser.SubmitAsync("/account", "email", ("NewEmail.Email", "countess@example.com"), ("NewEmail.Password", Password));
        Assert.Equal("/confirm-email?returnUrl=%2Faccount&sent=true", _browser.RedirectedTo);

        Assert.Contains("from ada@example.com to countess@example.com", (await _mail.SeesAsync(Email, "about to change")).Text, StringComparison.Ordinal);
        var link = (await _mail.SeesAsync("countess@example.com", ConfirmSubject)).LinkPath;
        using var elsewhere = new BrowserSession(_host);
        await elsewhere.SignInAsync("countess@example.com", Password);
        Assert.Contains("is wrong", elsewhere.Page, StringComparison.Ordinal);
        await elsewhere.SignInAsync(Email, Password);
        Assert.Equal("/", elsewhere.RedirectedTo);

        await _browser.OpenAsync(link);
        Assert.Contains("You sign in with it from now on", _browser.Page, StringComparison.Ordinal);
        Assert.True(await _browser.IsSignedInAsync());
        using var again = new BrowserSession(_host);
        await again.SignInAsync("countess@example.com", Password);
        Assert.Equal("/", again.RedirectedTo);
        await _mail.SeesAsync(Email, "has changed");
        Assert.Equal((1L, 1L), (await AuditsAsync("user.email_change_asked"), await AuditsAsync("user.email_changed")));
        Assert.True(await IsConfirmedAsync("countess@example.com"));
    }

    [Fact]
    public async Task ResetLinkToTheOldMailbox_DiesWithTheChange()
    {
        await _browser.SignUpAsync(Email, Password);
        await ConfirmAsync(Email);
        await _browser.SubmitAsync("/forgot-password", "forgot", ("Input.Email", Email));
        var reset = (await _mail.SeesAsync(Email, "Reset")).LinkPath;
        using var late = new BrowserSession(_host);
        await late.OpenAsync(reset);
        await _browser.SubmitAsync("/account", "email", ("NewEmail.Email", "countess@example.com"), ("NewEmail.Password", Password));
        await _browser.OpenAsync((await _mail.SeesAsync("countess@example.com", ConfirmSubject)).LinkPath);

        var toTheNew = reset.Replace("ada%40", "countess%40", StringComparison.Ordinal);
        await late.SendAsync(toTheNew, "reset", ("Input.Password", "another four words"));
        Assert.Contains("has been used or is too old", late.Page, StringComparison.Ordinal);
        await late.OpenAsync(toTheNew);
        Assert.Contains("has been used or is too old", late.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChangeThatIsDropped_LeavesADeadLink()
    {
        await _browser.SignUpAsync(Email, Password);
        await _browser.SubmitAsync("/account", "email", ("NewEmail.Email", "countess@example.com"), ("NewEmail.Password", Password));
        var link = (await _mail.SeesAsync("countess@example.com", ConfirmSubject)).LinkPath;
        await _browser.SubmitAsync("/account", "drop-email");
        Assert.Equal("/account?done=email-kept", _browser.RedirectedTo);

        await _browser.OpenAsync(link);
        Assert.Contains("This link cannot be used", _browser.Page, StringComparison.Ordinal);
        await _browser.OpenAsync("/account");
        Assert.DoesNotContain("Waiting until", _browser.Page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("taken@example.com", "already an account")]
    [InlineData("no address", "Enter an e-mail address")]
    [InlineData("ADA@example.com", "your address already")]
    public async Task AddressThatCannotBe_IsRefusedAtItsField(string address, string why)
    {
        await _host.Http.SignUpAsync("taken@example.com");
        await _browser.SignUpAsync(Email, Password);
        await _browser.SubmitAsync("/account", "email", ("NewEmail.Email", address), ("NewEmail.Password", Password));

        Assert.Matches($"field-error\"[^>]*>[^<]*{why}", _browser.Page);
        Assert.DoesNotContain(_mail.Mails, mail => mail.Subject.Contains("about to change", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AddressTakenMeanwhile_IsRefusedByTheLink()
    {
        await _browser.SignUpAsync(Email, Password);
        await _browser.SubmitAsync("/account", "email", ("NewEmail.Email", "countess@example.com"), ("NewEmail.Password", Password));
        var link = (await _mail.SeesAsync("countess@example.com", ConfirmSubject)).LinkPath;
        await _host.Http.SignUpAsync("countess@example.com");

        await _browser.OpenAsync(link);

        Assert.Contains("There is already an account with this e-mail address.", _browser.Page, StringComparison.Ordinal);
        Assert.True(await _browser.IsSignedInAsync());
    }

    [Fact]
    public async Task PasswordReset_OverTheMailbox_ConfirmsIt()
    {
        await _browser.SignUpAsync(Email, Password);
        await _browser.SubmitAsync("/forgot-password", "forgot", ("Input.Email", Email));
        await _browser.SubmitAsync((await _mail.SeesAsync(Email, "Reset")).LinkPath, "reset", ("Input.Password", "another four words"));

        Assert.Equal("/login?reset=true", _browser.RedirectedTo);
        Assert.True(await IsConfirmedAsync());
    }

    [Fact]
    public async Task TheSameOverTheApi()
    {
        await _browser.SignUpAsync(Email, Password);
        var session = JsonNode.Parse((await _browser.OpenAsync("/api/v1/session")).Page)!;
        Assert.False(session["user"]!["email_confirmed"]!.GetValue<bool>());
        _browser.Http.DefaultRequestHeaders.Add(session["anti_forgery"]!["header"]!.GetValue<string>(), session["anti_forgery"]!["token"]!.GetValue<string>());

        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendAsync(HttpMethod.Post, "/api/v1/session/email/mail", new { })).Status);
        var (status, asked) = await SendAsync(HttpMethod.Put, "/api/v1/session/email", new { email = "countess@example.com", password = Password });
        Assert.Equal((HttpStatusCode.OK, "countess@example.com"), (status, asked["pending_email"]!.GetValue<string>()));
        var wrong = await SendAsync(HttpMethod.Put, "/api/v1/session/email", new { email = "x", password = Password });
        Assert.Equal((HttpStatusCode.BadRequest, "email"), (wrong.Status, wrong.Json["error"]!["param"]!.GetValue<string>()));
        var dropped = await SendAsync(HttpMethod.Delete, "/api/v1/session/email/pending", null);
        Assert.Null(dropped.Json["pending_email"]);

        await _host.Database.ExecuteAsync("UPDATE email_confirmations SET created_at = created_at - interval '61 seconds'");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, "/api/v1/session/email/mail", new { })).Status);
        var token = (await _mail.SeesAsync(Email, ConfirmSubject, 2)).LinkPath.Split('/')[^1];
        var confirmed = await _host.Http.CallAsync(HttpMethod.Post, "/api/v1/confirm-email", null, new { token }, HttpStatusCode.OK);
        Assert.Equal(Email, confirmed["email"]!.GetValue<string>());
        Assert.True(JsonNode.Parse((await _browser.OpenAsync("/api/v1/session/email")).Page)!["confirmed"]!.GetValue<bool>());
        using var missing = await _host.Http.TryCallAsync(HttpMethod.Post, "/api/v1/confirm-email", null, new { });
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
    }

    [Fact]
    public async Task WithoutAMailServer_NothingAsks_AndAChangedAddressCountsAtOnce()
    {
        await using var plain = await HiWayHost.StartAsync();
        using var browser = new BrowserSession(plain);
        await browser.SignUpAsync(Email, Password);
        Assert.Equal("/", browser.RedirectedTo);
        await browser.OpenAsync("/");
        Assert.DoesNotContain("/confirm-email", browser.Page, StringComparison.Ordinal);
        await browser.OpenAsync("/confirm-email");
        Assert.Equal("/", browser.RedirectedTo);

        await browser.SubmitAsync("/account", "email", ("NewEmail.Email", "countess@example.com"), ("NewEmail.Password", Password));
        Assert.Equal("/account?done=email", browser.RedirectedTo);
        Assert.True(await browser.IsSignedInAsync());
        Assert.Equal(0, await plain.Database.ScalarAsync<long>("SELECT count(*) FROM email_confirmations"));
        using var again = new BrowserSession(plain);
        await again.SignInAsync("countess@example.com", Password);
        Assert.Equal("/", again.RedirectedTo);
    }

    private async Task ConfirmAsync(string email)
    {
        using var phone = new BrowserSession(_host);
        await phone.SubmitAsync((await _mail.SeesAsync(email, ConfirmSubject)).LinkPath, "confirm");
        Assert.Contains("is confirmed", phone.Page, StringComparison.Ordinal);
    }

    private async Task<bool> IsConfirmedAsync(string email = Email) =>
        await _host.Database.ScalarAsync<bool>($"SELECT email_confirmed FROM users WHERE email = '{email}'");

    private async Task<long> AuditsAsync(string action) => await _host.Database.ScalarAsync<long>($"SELECT count(*) FROM audit_log WHERE action = '{action}'");

    private async Task<(HttpStatusCode Status, JsonNode Json)> SendAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await _browser.Http.SendAsync(request);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }
}
