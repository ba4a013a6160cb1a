using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>An answer of the gateway to a client of Anthropic's dialect.</summary>
public sealed record MessageReply(HttpStatusCode Status, HttpResponseHeaders Headers, string Body, bool Streamed)
{
    /// <summary>The message, put together from its events when it was streamed; or the error.</summary>
    public JsonObject Json => Streamed ? AnthropicMessage.Of(Body) : JsonNode.Parse(Body)!.AsObject();

    public string Text => AnthropicMessage.Text(Json);

    public JsonNode HiWay => Json["_hiway"]!;

    public string? ErrorType => (string?)Json["error"]?["type"];

    public string? ErrorCode => (string?)Json["error"]?["code"];

    public string? Param => (string?)Json["error"]?["param"];
}

/// <summary>A workspace with a replaying upstream behind three providers, one per dialect, and a key.</summary>
public sealed class MessagesWorld : IAsyncLifetime
{
    /// <summary>A model of an upstream that speaks Anthropic's dialect; its name is one of Anthropic's.</summary>
    public const string Anthropic = "rec-anthropic/claude-sonnet-4-5";

    public const string OpenAi = "rec-openai/m1";

    public const string Gemini = "google/gemini-2.5-flash";

    public ReplayUpstream Upstream { get; private set; } = null!;

    public HiWayHost Host { get; private set; } = null!;

    public TestAccount Account { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await ReplayUpstream.StartAsync();
        Host = await HiWayHost.StartAsync(("Gateway:HeartbeatInterval", "00:00:00.3"));
        Account = await Host.Http.SignUpAsync();
        await Host.Http.PutProviderAsync(Account, "rec-openai", Upstream.Url, "openai", ["m1"]);
        await Host.Http.PutProviderAsync(Account, "rec-anthropic", Upstream.Url, "anthropic", ["claude-sonnet-4-5"]);
        await Host.Http.PutProviderAsync(Account, "google", Upstream.Url);
        foreach (var model in new[] { Anthropic, OpenAi, Gemini })
        {
            await Host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{Account.WorkspaceId}/models/{model}", Account.Key, new
            {
                prices = new { input = 2.00m, output = 8.00m, cache_read = 0.20m, cache_write_5m = 2.50m, cache_write_1h = 4.00m },
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    /// <param name="body">The whole body: a node, or a string sent as it is.</param>
    public async Task<MessageReply> PostAsync(object body, string path = "/v1/messages", string? key = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("x-api-key", key ?? Account.Key);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = new StringContent(body as string ?? ((JsonNode)body).ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await Host.Http.SendAsync(request);
        return new(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType == "text/event-stream");
    }

    /// <summary>One question, with further members as JSON text without the braces.</summary>
    public static string Ask(string model, string more = "") =>
        $$"""{"model":"{{model}}","max_tokens":500,"messages":[{"role":"user","content":"Hi"}]{{(more.Length > 0 ? $",{more}" : "")}}}""";

    /// <summary>The call's row in the request log, once it is there.</summary>
    public async Task<JsonNode> RowAsync(MessageReply reply)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            using var answer = await Host.Http.TryCallAsync(HttpMethod.Get, $"/api/v1/workspaces/{Account.WorkspaceId}/requests/{reply.HiWay["request_id"]}", Account.Key);
            if (answer.IsSuccessStatusCode)
            {
                return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            }

            Assert.True(patience.Elapsed < Patience.Limit, await answer.Content.ReadAsStringAsync());
            await Task.Delay(50);
        }
    }

    /// <summary>What the upstream saw last.</summary>
    public SeenRequest Seen => Upstream.Requests[^1];
}
