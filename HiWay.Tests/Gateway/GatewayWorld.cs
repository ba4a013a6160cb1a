using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A workspace with one custom provider (`acme`, model `acme/m1`) at a replaying upstream, and a key.</summary>
public sealed class GatewayWorld : IAsyncDisposable
{
    private GatewayWorld(HiWayHost host, ReplayUpstream upstream, TestAccount account, TestKey key) =>
        (Host, Upstream, Account, Key) = (host, upstream, account, key);

    public HiWayHost Host { get; }

    public ReplayUpstream Upstream { get; }

    public TestAccount Account { get; }

    public TestKey Key { get; }

    public HttpClient Http => Host.Http;

    /// <summary>Starts everything.</summary>
    /// <param name="keyFields">Further fields of the key, as api.md names them.</param>
    /// <param name="settings">Further settings of the host.</param>
    public static async Task<GatewayWorld> StartAsync(object? keyFields = null, params (string Key, string Value)[] settings)
    {
        var upstream = await ReplayUpstream.StartAsync();
        var host = await HiWayHost.StartAsync(settings);
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        await host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{account.WorkspaceId}/models/acme/m1", account.Key, new
        {
            prices = new { input = 2.00m, output = 8.00m, cache_read = 0.50m },
        });
        var key = await host.Http.CreateKeyAsync(account, keyFields ?? new { name = "Test key" });
        return new(host, upstream, account, key);
    }

    /// <summary>One user prompt to <c>acme/m1</c>.</summary>
    public Task<ChatReply> AskAsync(string prompt = "Say hello", bool stream = false, bool includeUsage = false) =>
        Http.ChatAsync(Key.Secret, Body(prompt, stream, includeUsage));

    public static JsonObject Body(string prompt = "Say hello", bool stream = false, bool includeUsage = false, string model = "acme/m1")
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
        };
        if (stream)
        {
            body["stream"] = true;
        }

        if (includeUsage)
        {
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        return body;
    }

    /// <summary>The one row of the request log, once it is there.</summary>
    public async Task<JsonNode> RowAsync() => Assert.Single(await Http.RequestRowsAsync(Account));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
