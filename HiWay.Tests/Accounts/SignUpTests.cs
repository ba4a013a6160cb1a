using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Accounts;

public sealed class SignUpTests : IAsyncLifetime
{
    private const string GoodPassword = "four random words here";

    private HiWayHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await HiWayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task SignUp_AnswersUserWorkspaceAndAKeyWithBothScopes_AndTheKeyKnowsThem()
    {
        var made = await _host.Http.CallAsync(HttpMethod.Post, "/api/v1/signup", null,
            new { email = "ada@example.com", password = GoodPassword, workspace_name = "Analytical" }, HttpStatusCode.Created);

        Assert.StartsWith("usr_", made["user"]!["id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("ada@example.com", made["user"]!["email"]!.GetValue<string>());
        Assert.StartsWith("ws_", made["workspace"]!["id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(("Analytical", "free"), (made["workspace"]!["name"]!.GetValue<string>(), made["workspace"]!["plan"]!.GetValue<string>()));
        var key = made["api_key"]!;
        Assert.Matches("^hw_live_[0-9a-f]{32}$", key["key"]!.GetValue<string>());
        Assert.Equal(key["key"]!.GetValue<string>()[..12], key["prefix"]!.GetValue<string>());
        Assert.Equal(["inference", "manage"], key["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()).Order());

        foreach (var path in new[] { "/api/v1/me", "/v1/me" })
        {
            var me = await _host.Http.CallAsync(HttpMethod.Get, path, key["key"]!.GetValue<string>());
            Assert.Equal(made["user"]!["id"]!.GetValue<string>(), me["user"]!["id"]!.GetValue<string>());
            Assert.Equal("ada@example.com", me["user"]!["email"]!.GetValue<string>());
            Assert.True(JsonNode.DeepEquals(made["workspace"], me["workspace"]));
            Assert.Equal(key["id"]!.GetValue<string>(), me["key"]!["id"]!.GetValue<string>());
            Assert.Equal(["inference", "manage"], me["key"]!["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()));
        }
    }

    [Fact]
    public async Task ManySignUpsAtOnce_MakeExactlyOneOperator()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => _host.Http.SignUpAsync($"racer{i}@example.com")));

        Assert.Equal(8, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM users"));
        Assert.Equal(1, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM users WHERE is_operator"));
    }

    [Fact]
    public async Task SameAddressTwice_WhateverItsCase_Is409_AlsoInARace()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => SignUpAsync(i % 2 == 0 ? "twin@example.com" : "Twin@Example.com", GoodPassword, "W")));

        Assert.Equal([201, 409, 409, 409], answers.Select(answer => (int)answer.Status).Order());
        var refused = answers.First(answer => answer.Status is HttpStatusCode.Conflict).Error;
        Assert.Equal(("conflict", "email"), (refused["code"]!.GetValue<string>(), refused["param"]!.GetValue<string>()));
        Assert.Equal(1, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM workspaces"));
    }

    [Theory]
    [InlineData("no-address", GoodPassword, "W", "email")]
    [InlineData(null, GoodPassword, "W", "email")]
    [InlineData("a b@example.com", GoodPassword, "W", "email")]
    [InlineData("Ada <ada@example.com>", GoodPassword, "W", "email")]
    [InlineData("ok@example.com", "123456789", "W", "password")]
    [InlineData("ok@example.com", null, "W", "password")]
    [InlineData("ok@example.com", "password123", "W", "password")]
    [InlineData("ok@example.com", "aaaaaaaaaaaa", "W", "password")]
    [InlineData("margarethe@example.com", "margarethe12", "W", "password")]
    [InlineData("ok@example.com", GoodPassword, "", "workspace_name")]
    [InlineData("ok@example.com", GoodPassword, null, "workspace_name")]
    public async Task WrongField_Is400_NamesIt_AndMakesNothing(string? email, string? password, string? workspace, string param)
    {
        var (status, error) = await SignUpAsync(email, password, workspace);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(("invalid_request", param), (error["code"]!.GetValue<string>(), error["param"]!.GetValue<string>()));
        Assert.Equal(0, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM users"));
    }

    [Fact]
    public async Task ClosedSignUp_Is403_ButAnInvitationLetsIn()
    {
        await using var closed = await HiWayHost.StartAsync(_host.Database, null, ("Signup:Enabled", "false"));
        var owner = await _host.Http.SignUpAsync();
        var invitation = await _host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{owner.WorkspaceId}/invitations", owner.Key, new { role = "developer" }, HttpStatusCode.Created);
        var token = invitation["link"]!.GetValue<string>().Split('/')[^1];

        using var refused = await closed.Http.TryCallAsync(HttpMethod.Post, "/api/v1/signup", null, new { email = "x@example.com", password = GoodPassword, workspace_name = "W" });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("\"signup_disabled\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var browser = new BrowserSession(closed);
        Assert.Contains("Sign-up is closed", (await browser.OpenAsync("/signup")).Page, StringComparison.Ordinal);
        await browser.SubmitAsync($"/signup?invitation={token}", "signup", ("Input.Email", "invited@example.com"), ("Input.Password", GoodPassword));
        Assert.Equal("/", browser.RedirectedTo);
        Assert.Equal("Developer", await _host.Database.ScalarAsync<string>(
            $"SELECT role FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.email = 'invited@example.com' AND m.workspace_id = '{owner.WorkspaceId}'"));
        Assert.Equal(1, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM workspaces"));
    }

    [Fact]
    public async Task TooManySignUpsFromOneAddress_Are429_WithRetryAfter()
    {
        await using var strict = await HiWayHost.StartAsync(_host.Database, null, ("Signup:MaxPerIpPerHour", "2"));
        await strict.Http.SignUpAsync("one@example.com");
        await strict.Http.SignUpAsync("two@example.com");

        using var third = await strict.Http.TryCallAsync(HttpMethod.Post, "/api/v1/signup", null, new { email = "three@example.com", password = GoodPassword, workspace_name = "W" });

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(55), TimeSpan.FromHours(1));
        Assert.Contains("\"rate_limit_exceeded\"", await third.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignUpPage_ShowsWhatIsWrongAtTheField_ThenSignsInAndLeadsToTheDashboard()
    {
        using var browser = new BrowserSession(_host);
        await browser.SignUpAsync("eve@example.com", "short");
        Assert.Equal(HttpStatusCode.OK, browser.Status);
        Assert.Contains("Use at least 10 characters.", browser.Page, StringComparison.Ordinal);
        Assert.Contains("value=\"eve@example.com\"", browser.Page, StringComparison.Ordinal);   // what was typed stays
        Assert.DoesNotContain("short", browser.Page, StringComparison.Ordinal);                  // but not the password

        await browser.SignUpAsync("eve@example.com", GoodPassword);
        Assert.Equal("/", browser.RedirectedTo);
        Assert.True(await browser.IsSignedInAsync());
    }

    private async Task<(HttpStatusCode Status, JsonNode Error)> SignUpAsync(string? email, string? password, string? workspaceName)
    {
        using var response = await _host.Http.TryCallAsync(HttpMethod.Post, "/api/v1/signup", null, new { email, password, workspace_name = workspaceName });
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())?["error"] ?? new JsonObject());
    }
}
