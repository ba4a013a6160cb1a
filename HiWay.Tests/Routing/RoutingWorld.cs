using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

/// <summary>A workspace with three known providers and one of its own, all at one upstream: <c>/openai</c>, <c>/mistral</c>, <c>/groq</c>, <c>/acme</c>.</summary>
public sealed class RoutingWorld : IAsyncLifetime
{
    public ReplayUpstream Upstream { get; private set; } = null!;

    public HiWayHost Host { get; private set; } = null!;

    public TestAccount Account { get; private set; } = null!;

    public TestKey Key { get; private set; } = null!;

    public HttpClient Http => Host.Http;

    public string Workspace => $"/api/v1/workspaces/{Account.WorkspaceId}";

    public async ValueTask InitializeAsync()
    {
        Upstream = await ReplayUpstream.StartAsync();
        Host = await HiWayHost.StartAsync();
        Account = await Http.SignUpAsync();
        foreach (var provider in new[] { "openai", "mistral", "groq" })
        {
            await Http.PutProviderAsync(Account, provider, $"{Upstream.Url}/{provider}");
        }

        await Http.PutProviderAsync(Account, "acme", $"{Upstream.Url}/acme", "openai", ["m1", "m2"]);
        Key = await Http.CreateKeyAsync(Account);
        Upstream.On("*", Reply.Chat("Hello"));
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    public Task<JsonNode> RouteAsync(string settings, HttpStatusCode expected = HttpStatusCode.OK) =>
        Http.CallAsync(HttpMethod.Put, $"{Workspace}/routing", Account.Key, settings, expected);

    public Task<JsonNode> PreviewAsync(JsonNode body, HttpStatusCode expected = HttpStatusCode.OK) =>
        Http.CallAsync(HttpMethod.Post, $"{Workspace}/routing/preview", Account.Key, body, expected);

    public Task<JsonNode> QuoteAsync(JsonNode body, HttpStatusCode expected = HttpStatusCode.OK, string query = "", string? key = null) =>
        Http.CallAsync(HttpMethod.Post, "/v1/quote" + query, key ?? Key.Secret, body, expected);

    /// <summary>A chat body with wishes of the call's own.</summary>
    /// <param name="hiway">The `hiway` object; null leaves it out.</param>
    public static JsonObject Body(string model = "auto", string prompt = "Say hello", string? hiway = null, int? maxTokens = null, bool stream = false)
    {
        var body = Gateway.GatewayWorld.Body(prompt, stream, model: model);
        if (hiway is not null)
        {
            body["hiway"] = JsonNode.Parse(hiway);
        }

        if (maxTokens is not null)
        {
            body["max_tokens"] = maxTokens;
        }

        return body;
    }
}
