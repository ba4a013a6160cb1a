using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>An answer of a route that is no chat.</summary>
public sealed record OperationReply(HttpStatusCode Status, HttpResponseHeaders Headers, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string? Error => Json["error"]?["code"]?.GetValue<string>();

    public string? Param => Json["error"]?["param"]?.GetValue<string>();

    public decimal Cost => Json["_hiway"]!["upstream_cost"]!.GetValue<decimal>();
}

/// <summary>One host and one replaying upstream behind the built-in providers; each test signs up a person of its own.</summary>
public sealed class OperationWorld : IAsyncLifetime
{
    public HiWayHost Host { get; private set; } = null!;

    public ReplayUpstream Upstream { get; private set; } = null!;

    public async ValueTask InitializeAsync() => (Host, Upstream) = (await HiWayHost.StartAsync(), await ReplayUpstream.StartAsync());

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    /// <summary>A workspace with these providers at <paramref name="upstream"/> (the world's own when null), and a key.</summary>
    public async Task<(TestAccount Account, TestKey Key)> SignUpAsync(object? keyFields, params string[] providers)
    {
        var account = await Host.Http.SignUpAsync();
        foreach (var provider in providers)
        {
            await Host.Http.PutProviderAsync(account, provider, $"{Upstream.Url}/{provider}");
        }

        return (account, await Host.Http.CreateKeyAsync(account, keyFields));
    }

    public Task<OperationReply> PostAsync(string path, TestKey key, object body) =>
        SendAsync(HttpMethod.Post, path, key, body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body));

    public async Task<OperationReply> SendAsync(HttpMethod method, string path, TestKey key, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new("Bearer", key.Secret);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Host.Http.SendAsync(request);
        return new(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync());
    }
}
