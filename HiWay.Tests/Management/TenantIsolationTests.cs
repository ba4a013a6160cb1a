using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Accounts;
using HiWay.Tests.Harness;
using HiWay.Web.Management;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Management;

/// <summary>Every management route there is, found in the application itself, is tried with credentials that must not open it.</summary>
public sealed class TenantIsolationTests : IAsyncLifetime
{
    private HiWayHost _host = null!;
    private TestAccount _victim = null!;
    private TestAccount _stranger = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _victim = await _host.Http.SignUpAsync("victim@example.com");
        _stranger = await _host.Http.SignUpAsync("stranger@example.com");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task AnotherWorkspacesKey_OpensNoRoute_AndLearnsNothing()
    {
        foreach (var (method, path) in WorkspaceRoutes())
        {
            using var answer = await CallAsync(method, path, _stranger.Key);
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound, $"{method} {path} answered {(int)answer.StatusCode} to a stranger's key");
            await AssertSaysNothingAsync(answer);
        }
    }

    [Fact]
    public async Task AnotherPersonsSession_OpensNoRoute()
    {
        using var browser = new BrowserSession(_host);
        await browser.SignInAsync(_stranger.Email, _stranger.Password);
        var session = JsonNode.Parse((await browser.OpenAsync("/api/v1/session")).Page)!;
        var (header, token) = (session["anti_forgery"]!["header"]!.GetValue<string>(), session["anti_forgery"]!["token"]!.GetValue<string>());
        foreach (var (method, path) in WorkspaceRoutes())
        {
            using var request = Request(method, path);
            request.Headers.Add(header, token);
            using var answer = await browser.Http.SendAsync(request);
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound, $"{method} {path} answered {(int)answer.StatusCode} to a stranger's session");
            await AssertSaysNothingAsync(answer);
        }
    }

    [Fact]
    public async Task NoCredentials_OpenNoRoute()
    {
        foreach (var (method, path) in WorkspaceRoutes())
        {
            using var answer = await CallAsync(method, path, null);
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized, $"{method} {path} answered {(int)answer.StatusCode} to nobody");
        }
    }

    [Fact]
    public async Task KeyWithoutTheScopeManage_OpensNoRouteOfItsOwnWorkspace()
    {
        var key = await _host.Http.CreateKeyAsync(_victim, new { name = "Inference only", scopes = new[] { "inference" } });
        foreach (var (method, path) in WorkspaceRoutes())
        {
            using var answer = await CallAsync(method, path, key.Secret);
            Assert.True(answer.StatusCode is HttpStatusCode.Forbidden, $"{method} {path} answered {(int)answer.StatusCode} to a key without 'manage'");
        }
    }

    [Fact]
    public async Task RevokedKey_OpensNothing_FromTheNextCallOn()
    {
        var key = await _host.Http.CreateKeyAsync(_victim, new { name = "Soon gone", scopes = new[] { "inference", "manage" } });
        await _host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_victim.WorkspaceId}/members", key.Secret);
        await _host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{_victim.WorkspaceId}/keys/{key.Id}/revoke", _victim.Key);

        using var answer = await CallAsync("GET", $"/api/v1/workspaces/{_victim.WorkspaceId}/members", key.Secret);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task RowsOfAnotherWorkspace_AreNotFound_UnderOnesOwn()
    {
        var foreign = await _host.Http.CreateKeyAsync(_victim, new { name = "Victim's" });
        foreach (var (method, path) in WorkspaceRoutes().Where(route => route.Path.Contains("{", StringComparison.Ordinal) || route.Path.Contains(Foreign, StringComparison.Ordinal)))
        {
            var mine = path.Replace(_victim.WorkspaceId, _stranger.WorkspaceId, StringComparison.Ordinal).Replace(Foreign, foreign.Id, StringComparison.Ordinal);
            using var answer = await CallAsync(method, mine, _stranger.Key);
            Assert.False(answer.IsSuccessStatusCode, $"{method} {mine} answered {(int)answer.StatusCode}: a foreign id worked");
        }

        var untouched = await _host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_victim.WorkspaceId}/keys/{foreign.Id}", _victim.Key);
        Assert.Equal("active", untouched["status"]!.GetValue<string>());
    }

    [Fact]
    public void EveryRouteOfTheManagementApi_SaysWhoMayCallIt()
    {
        var silent = Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<ManagementAccess>() is null).Select(endpoint => endpoint.RoutePattern.RawText);

        Assert.Empty(silent);
    }

    /// <summary>Open routes are few, and listed here, so that a new one is a decision.</summary>
    [Fact]
    public void RoutesOpenToAnyone_AreTheseAlone()
    {
        var open = Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<ManagementAccess>() is { Needs: Caller.Anyone }).Select(endpoint => endpoint.RoutePattern.RawText!.TrimEnd('/'));

        Assert.Equal(["/api/v1/confirm-email", "/api/v1/device/code", "/api/v1/device/token", "/api/v1/signup"], open.Order());
    }

    /// <summary>Stands for every parameter that is no workspace.</summary>
    private const string Foreign = "key_01JD0000000000000000000000";

    private IEnumerable<(string Method, string Path)> WorkspaceRoutes()
    {
        var routes = Endpoints().Where(endpoint => endpoint.RoutePattern.Parameters.Any(parameter => parameter.Name == "ws")).ToList();
        Assert.True(routes.Count >= 15, $"Only {routes.Count} routes of workspaces found; the walk would prove little.");
        return
            from route in routes
            from method in route.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
            select (method, PathOf(route));
    }

    private string PathOf(RouteEndpoint route) => string.Join('/', route.RoutePattern.PathSegments.Select(segment => segment.Parts[0] switch
    {
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "ws" } => _victim.WorkspaceId,
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart => Foreign,
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
        var other => throw new InvalidOperationException($"Unknown part {other}"),
    })).Insert(0, "/");

    private List<RouteEndpoint> Endpoints() => [.. _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.RoutePattern.RawText?.StartsWith("/api/v1/", StringComparison.Ordinal) is true)];

    private Task<HttpResponseMessage> CallAsync(string method, string path, string? key)
    {
        var request = Request(method, path);
        if (key is not null)
        {
            request.Headers.Authorization = new("Bearer", key);
        }

        return _host.Http.SendAsync(request);
    }

    private static HttpRequestMessage Request(string method, string path)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is not "GET")
        {
            request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        }

        return request;
    }

    private async Task AssertSaysNothingAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain(_victim.Email, text, StringComparison.Ordinal);
        Assert.DoesNotContain(_victim.Key[..12], text, StringComparison.Ordinal);
    }
}
