using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Accounts;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Accounts;

/// <summary>A command line gets a key without ever seeing a password (RFC 8628).</summary>
public sealed class DeviceFlowTests : IAsyncLifetime
{
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    private HiWayHost _host = null!;
    private TestAccount _owner = null!;
    private BrowserSession _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync(null, services => services.AddSingleton<TimeProvider>(_clock));
        _owner = await _host.Http.SignUpAsync("owner@example.com", "Acme");
        _browser = new BrowserSession(_host);
        await _browser.SignInAsync(_owner.Email, _owner.Password);
    }

    public ValueTask DisposeAsync()
    {
        _browser.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task ApprovedInTheBrowser_TheProgramGetsItsKey_Once()
    {
        var code = await StartAsync();
        Assert.Matches("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", code["user_code"]!.GetValue<string>());
        Assert.Equal((600, 5, _host.Url + "/device"), (code["expires_in"]!.GetValue<int>(), code["interval"]!.GetValue<int>(), code["verification_uri"]!.GetValue<string>()));
        Assert.Equal((HttpStatusCode.BadRequest, "authorization_pending"), await AskAsync(code));
        Assert.Equal((HttpStatusCode.BadRequest, "slow_down"), await AskAsync(code));

        var page = new Uri(code["verification_uri_complete"]!.GetValue<string>()).PathAndQuery;
        await _browser.OpenAsync(page);
        Assert.Contains("Give “hiway-cli on laptop” a key?", _browser.Page, StringComparison.Ordinal);
        await _browser.SubmitAsync(page, "decide", ("Decide.WorkspaceId", _owner.WorkspaceId), ("Decide.Verdict", "approve"));
        Assert.Contains("You are connected", _browser.Page, StringComparison.Ordinal);

        var token = await TokenAsync(code);
        Assert.Equal(("Bearer", "inference manage"), (token["token_type"]!.GetValue<string>(), token["scope"]!.GetValue<string>()));
        var me = await _host.Http.CallAsync(HttpMethod.Get, "/api/v1/me", token["access_token"]!.GetValue<string>());
        Assert.Equal(("owner@example.com", _owner.WorkspaceId), (me["user"]!["email"]!.GetValue<string>(), me["workspace"]!["id"]!.GetValue<string>()));
        var key = await _host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_owner.WorkspaceId}/keys/{me["key"]!["id"]}", _owner.Key);
        Assert.Equal(("cli", "hiway-cli on laptop"), (key["source"]!.GetValue<string>(), key["name"]!.GetValue<string>()));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), await AskAsync(code));
    }

    [Fact]
    public async Task Denied_IsAccessDenied()
    {
        var code = await StartAsync();
        await _browser.SubmitAsync($"/device?user_code={code["user_code"]}", "decide", ("Decide.WorkspaceId", _owner.WorkspaceId), ("Decide.Verdict", "deny"));

        Assert.Equal((HttpStatusCode.BadRequest, "access_denied"), await AskAsync(code));
    }

    [Fact]
    public async Task AfterTenMinutes_TheCodeIsWorthless()
    {
        var code = await StartAsync();
        _clock.Advance(TimeSpan.FromMinutes(10));

        await _browser.OpenAsync($"/device?user_code={code["user_code"]}");
        Assert.Contains("No program waits with this code", _browser.Page, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, "expired_token"), await AskAsync(code));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), await AskAsync(new JsonObject { ["device_code"] = "made-up" }));
    }

    [Fact]
    public async Task ADevelopersDevice_GetsNoMoreThanADeveloperHas_AndAViewersNothing()
    {
        var grants = _host.Get<IDeviceGrants>();
        foreach (var (role, scope) in new[] { (WorkspaceRole.Developer, "inference"), (WorkspaceRole.Viewer, null) })
        {
            var code = await StartAsync();
            var person = await _host.Http.SignUpAsync();
            var owner = (await _host.Get<IWorkspaces>().ActorAsync(_owner.UserId, _owner.WorkspaceId, null, CancellationToken.None))!;
            var invitation = (await _host.Get<IMembers>().InviteAsync(owner, person.Email, role, "http://here", CancellationToken.None)).Value;
            await _host.Get<IMembers>().AcceptAsync(invitation.Link.Split('/')[^1], person.UserId, null, CancellationToken.None);
            var actor = (await _host.Get<IWorkspaces>().ActorAsync(person.UserId, _owner.WorkspaceId, null, CancellationToken.None))!;

            var approved = await grants.ApproveAsync(actor, code["user_code"]!.GetValue<string>(), CancellationToken.None);

            Assert.Equal(scope is not null, approved.Succeeded);
            if (scope is not null)
            {
                Assert.Equal(scope, (await TokenAsync(code))["scope"]!.GetValue<string>());
            }
        }
    }

    [Fact]
    public async Task GuessingCodes_IsStopped()
    {
        for (var i = 0; i < 10; i++)
        {
            await _browser.OpenAsync("/device?user_code=BBBB-BBBB");
        }

        var code = await StartAsync();
        await _browser.OpenAsync($"/device?user_code={code["user_code"]}");
        Assert.Contains("Too many wrong codes", _browser.Page, StringComparison.Ordinal);
    }

    private async Task<JsonNode> StartAsync()
    {
        using var answer = await _host.Http.PostAsync("/api/v1/device/code", new FormUrlEncodedContent([new("client_id", "hiway-cli on laptop")]));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private async Task<(HttpStatusCode Status, string? Error)> AskAsync(JsonNode code)
    {
        using var answer = await PollAsync(code);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]?.GetValue<string>());
    }

    private async Task<JsonNode> TokenAsync(JsonNode code)
    {
        using var answer = await PollAsync(code);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private Task<HttpResponseMessage> PollAsync(JsonNode code) => _host.Http.PostAsync("/api/v1/device/token", new FormUrlEncodedContent(
    [
        new("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), new("device_code", code["device_code"]!.GetValue<string>()), new("client_id", "hiway-cli on laptop"),
    ]));
}
