using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Management;

/// <summary>Whatever goes wrong below /api/v1, a program gets the same envelope, and every answer of the application has its request id.</summary>
public sealed class ErrorEnvelopeTests : IAsyncLifetime
{
    private HiWayHost _host = null!;
    private TestAccount _owner = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _owner = await _host.Http.SignUpAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task EveryRefusal_HasTheEnvelope()
    {
        var workspace = $"/api/v1/workspaces/{_owner.WorkspaceId}";
        await ExpectAsync(HttpMethod.Get, "/api/v1/me", null, null, 401, "authentication_error", "authentication_error");
        await ExpectAsync(HttpMethod.Get, "/api/v1/me", "hw_live_00000000000000000000000000000000", null, 401, "authentication_error", "authentication_error");
        await ExpectAsync(HttpMethod.Get, "/api/v1/me", "sk-not-ours", null, 401, "authentication_error", "authentication_error");
        await ExpectAsync(HttpMethod.Get, "/api/v1/workspaces", _owner.Key, null, 403, "permission_denied", "permission_error");
        await ExpectAsync(HttpMethod.Get, "/api/v1/nowhere", _owner.Key, null, 404, "not_found", "not_found_error");
        await ExpectAsync(HttpMethod.Get, "/api/v1", null, null, 404, "not_found", "not_found_error");
        await ExpectAsync(HttpMethod.Get, workspace + "/nowhere", _owner.Key, null, 404, "not_found", "not_found_error");
        await ExpectAsync(HttpMethod.Get, "/api/v1/workspaces/ws_00000000000000000000000000/members", _owner.Key, null, 404, "not_found", "not_found_error");
        await ExpectAsync(HttpMethod.Put, workspace + "/members", _owner.Key, "{}", 405, "method_not_allowed", "invalid_request_error");
        await ExpectAsync(HttpMethod.Put, "/api/v1/signup", null, "{}", 405, "method_not_allowed", "invalid_request_error");
        await ExpectAsync(HttpMethod.Patch, workspace, _owner.Key, "{\"name\":", 400, "invalid_request", "invalid_request_error");
        await ExpectAsync(HttpMethod.Patch, workspace, _owner.Key, """{"routing_profile":"cheap"}""", 400, "invalid_request", "invalid_request_error", "routing_profile");
        await ExpectAsync(HttpMethod.Patch, workspace, _owner.Key, """{"nmae":"x"}""", 400, "invalid_request", "invalid_request_error", "nmae");
        await ExpectAsync(HttpMethod.Get, workspace + "/audit?limit=0", _owner.Key, null, 400, "invalid_request", "invalid_request_error", "limit");
        await ExpectAsync(HttpMethod.Get, workspace + "/audit?cursor=x", _owner.Key, null, 400, "invalid_request", "invalid_request_error", "cursor");
        await ExpectAsync(HttpMethod.Patch, workspace, _owner.Key, "{\"name\":\"" + new string('x', 2 << 20) + "\"}", 413, "body_too_large", "invalid_request_error");
    }

    [Fact]
    public async Task BodyThatIsNotJson_Is415()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/signup") { Content = new StringContent("email=a", Encoding.UTF8, "application/x-www-form-urlencoded") };
        await ExpectAsync(request, 415, "unsupported_media_type", "invalid_request_error", null);
        using var empty = new HttpRequestMessage(HttpMethod.Post, "/api/v1/signup");
        await ExpectAsync(empty, 415, "unsupported_media_type", "invalid_request_error", null);
    }

    [Fact]
    public async Task ChunkedBodyOverTheLimit_Is413_WithoutBeingReadWhole()
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/workspaces/{_owner.WorkspaceId}") { Content = new StreamContent(new MemoryStream(new byte[3 << 20])) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Authorization = new("Bearer", _owner.Key);

        await ExpectAsync(request, 413, "body_too_large", "invalid_request_error", null);
    }

    [Fact]
    public async Task WrongMethod_SaysWhichAreAllowed()
    {
        using var answer = await _host.Http.TryCallAsync(HttpMethod.Put, $"/api/v1/workspaces/{_owner.WorkspaceId}/members", _owner.Key, "{}");

        Assert.Contains("GET", answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/login")]
    [InlineData("/account")]
    [InlineData("/nowhere")]
    [InlineData("/api/v1/me")]
    [InlineData("/v1/me")]
    [InlineData("/v1/nowhere")]
    [InlineData("/css/tokens.css")]
    public async Task EveryAnswer_CarriesItsRequestId(string path)
    {
        using var answer = await _host.Http.GetAsync(path);

        Assert.Matches("^req_[0-9A-HJKMNP-TV-Z]{26}$", Assert.Single(answer.Headers.GetValues("X-Request-Id")));
    }

    [Fact]
    public async Task Pages_TellTheBrowserWhatToRefuse()
    {
        using var answer = await _host.Http.GetAsync("/login");

        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src 'self' 'unsafe-inline'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));   // not behind TLS here
    }

    private async Task ExpectAsync(HttpMethod method, string path, string? key, string? body, int status, string code, string type, string? param = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.Authorization = new("Bearer", key);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        await ExpectAsync(request, status, code, type, param);
    }

    private async Task ExpectAsync(HttpRequestMessage request, int status, string code, string type, string? param)
    {
        using var answer = await _host.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{request.Method} {request.RequestUri} answered {(int)answer.StatusCode}, not {status}: {text}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var error = JsonNode.Parse(text)!["error"]!;
        Assert.Equal((code, type, param), (error["code"]!.GetValue<string>(), error["type"]!.GetValue<string>(), error["param"]?.GetValue<string>()));
        Assert.False(string.IsNullOrWhiteSpace(error["message"]!.GetValue<string>()));
        Assert.Equal(Assert.Single(answer.Headers.GetValues("X-Request-Id")), error["request_id"]!.GetValue<string>());
        Assert.Matches("^([0-9a-f]{32}|req_[0-9A-Z]{26})$", error["trace_id"]!.GetValue<string>());
    }
}
