using System.Net;
using System.Net.Http.Json;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway.Stages;

namespace HiWay.Tests.Keys;

/// <summary>What a connection showed before says nothing about what it shows now.</summary>
public sealed class KeysOnOneConnectionTests(SharedHost shared) : IClassFixture<SharedHost>, IAsyncLifetime
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = new Uri(shared.Host.Url) };
    private TestKey _first = null!;
    private TestKey _second = null!;
    private TestAccount _owner = null!;

    public async ValueTask InitializeAsync()
    {
        _owner = await _http.SignUpAsync();
        _first = await _http.CreateKeyAsync(_owner, new { name = "First", test = true });
        _second = await _http.CreateKeyAsync(_owner, new { name = "Second", test = true, scopes = new[] { "manage" } });
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_call_is_judged_by_its_own_bearer_token()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await CallAsync(("Authorization", $"Bearer {_first.Secret}")));
            Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(("Authorization", $"Bearer {_second.Secret}")));
            Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(("Authorization", $"Bearer {_first.Secret[..^1]}x")));
        }
    }

    [Fact]
    public async Task Key_of_the_other_header_is_never_taken_for_the_one_that_came_beside_the_same_Authorization()
    {
        const string basic = "Basic dXNlcjpwYXNz";
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await CallAsync(("Authorization", basic), ("x-api-key", _first.Secret)));
            Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(("Authorization", basic), ("x-api-key", _second.Secret)));
            Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(("Authorization", basic)));
        }
    }

    [Fact]
    public async Task Revoked_key_is_refused_by_the_next_call_of_the_connection_that_used_it()
    {
        var key = await _http.CreateKeyAsync(_owner, new { name = "Leaves", test = true });
        Assert.Equal(HttpStatusCode.OK, await CallAsync(("Authorization", $"Bearer {key.Secret}")));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(("Authorization", $"Bearer {key.Secret}")));
        await _http.CallAsync(HttpMethod.Delete, $"/api/v1/workspaces/{_owner.WorkspaceId}/keys/{key.Id}", _owner.Key);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(("Authorization", $"Bearer {key.Secret}")));
    }

    [Fact]
    public void Digests_are_found_by_object_and_not_by_text()
    {
        var seen = new SeenHeaders();
        var (header, equal) = (new string("Bearer hw_live_1"), new string("Bearer hw_live_1".AsSpan()));
        seen.Keep(header, [1, 2, 3]);
        Assert.Equal([1, 2, 3], seen.DigestOf(header));
        Assert.Null(seen.DigestOf(equal));
    }

    private async Task<HttpStatusCode> CallAsync(params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = "auto", messages = new[] { new { role = "user", content = "Hello" } } }),
        };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var answer = await _http.SendAsync(request);
        await answer.Content.ReadAsByteArrayAsync();
        return answer.StatusCode;
    }
}
