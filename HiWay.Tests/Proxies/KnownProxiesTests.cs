using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;
using HiWay.Web;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Proxies;

/// <summary>Where a call comes from: the socket says it, and a known proxy's headers; nobody else's.</summary>
public sealed class KnownProxiesTests
{
    [Theory]
    [InlineData("loopback", "203.0.113.7", HttpStatusCode.OK)]
    [InlineData("10.0.0.0/8, 127.0.0.1", "203.0.113.7", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", "198.51.100.9, 203.0.113.7", HttpStatusCode.OK)]               // a client wrote the first one, the proxy added the second
    [InlineData("127.0.0.1", "203.0.113.7, 198.51.100.9", HttpStatusCode.Forbidden)]        // the other way round it is the client's claim
    [InlineData("127.0.0.1, 10.0.0.1", "203.0.113.7, 10.0.0.1", HttpStatusCode.OK)]         // two proxies in a row
    [InlineData("127.0.0.1", "203.0.113.7, 10.0.0.1", HttpStatusCode.Forbidden)]            // the outer one is not known
    [InlineData("127.0.0.1", "nonsense", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", null, HttpStatusCode.Forbidden)]
    [InlineData("10.0.0.0/8", "203.0.113.7", HttpStatusCode.Forbidden)]                     // from an unknown peer the header says nothing
    [InlineData("", "203.0.113.7", HttpStatusCode.Forbidden)]
    public async Task IpRules_GoByTheClientThatAKnownProxyNames(string known, string? forwardedFor, HttpStatusCode expected)
    {
        await using var host = await HiWayHost.StartAsync(("Proxies:Known", known));
        var account = await host.Http.SignUpAsync();
        var key = await host.Http.CreateKeyAsync(account, new { name = "Test", test = true });
        await host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/security/ip-rules", account.Key, new { cidr = "203.0.113.0/24", action = "allow" });

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent("""{"model":"test/echo","messages":[{"role":"user","content":"Hi"}]}""", null, "application/json") };
        request.Headers.Authorization = new("Bearer", key.Secret);
        if (forwardedFor is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwardedFor);
        }

        using var answer = await host.Http.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("loopback", true)]
    [InlineData("", false)]
    public async Task AuditLogAndScheme_GoByItToo_AndTheHostNever(string known, bool believed)
    {
        await using var host = await HiWayHost.StartAsync(("Proxies:Known", known));
        using var signUp = new HttpRequestMessage(HttpMethod.Post, "/api/v1/signup")
        {
            Content = new StringContent("""{"email":"p@example.com","password":"correct horse battery 1A!","workspace_name":"W"}""", null, "application/json"),
        };
        signUp.Headers.Add("X-Forwarded-For", "203.0.113.7");
        using var signedUp = await host.Http.SendAsync(signUp);
        Assert.Equal(HttpStatusCode.Created, signedUp.StatusCode);
        var from = await host.Database.ScalarAsync<string>("SELECT ip_address FROM audit_log WHERE ip_address IS NOT NULL ORDER BY id LIMIT 1");
        Assert.Equal(believed ? "203.0.113.7" : "127.0.0.1", from);

        using var page = new HttpRequestMessage(HttpMethod.Get, "/login");
        page.Headers.Add("X-Forwarded-Proto", "https");
        page.Headers.Add("X-Forwarded-Host", "evil.example");
        page.Headers.Add("X-Forwarded-For", "203.0.113.7");
        using var seen = await host.Http.SendAsync(page);
        Assert.Equal(believed, seen.Headers.Contains("Strict-Transport-Security"));
        Assert.DoesNotContain("evil.example", await seen.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoComesThroughAProxy_DoesNotCountAsThisMachine()
    {
        await using var host = await HiWayHost.StartAsync(("Proxies:Known", "loopback"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add("X-Forwarded-For", "127.0.0.1");

        using var answer = await host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task ProvidersAreNotToldOfTheProxy()
    {
        await using var host = await HiWayHost.StartAsync(("Proxies:Known", "loopback"));
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/files", Reply.Json("{}"));
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        var key = await host.Http.CreateKeyAsync(account);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/providers/acme/files");
        request.Headers.Authorization = new("Bearer", key.Secret);
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var answer = await host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(Assert.Single(upstream.Requests).Headers.Keys, name => name.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Original", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("10.0.0.0/8, proxy.example", "proxy.example")]
    [InlineData("0.0.0.0/0", "every address")]
    [InlineData("::/0", "every address")]
    [InlineData("10.1", "10.1")]
    public async Task WrongSetting_StopsTheStart_AndIsNamed(string known, string named)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => HiWayHost.StartAsync(("Proxies:Known", known)));

        Assert.Contains("`Proxies:Known`", refused.Message, StringComparison.Ordinal);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }
}
