using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A workspace whose providers, of all dialects, are one replaying upstream; for clients of OpenAI's Responses API.</summary>
public sealed class ResponsesWorld : IAsyncLifetime
{
    /// <summary>Serves both of OpenAI's APIs.</summary>
    public const string Both = "openai/gpt-5";

    /// <summary>Answers on the Responses API alone.</summary>
    public const string Only = "openai/gpt-5-pro";

    /// <summary>What every model of this world costs, in US dollars per million tokens.</summary>
    public static TokenPrice Price { get; } = new() { Input = 2m, Output = 8m, CacheRead = 0.5m, CacheWrite5m = 2.5m, CacheWrite1h = 4m };

    /// <summary>The answer costs what the provider's recorded usage costs, to the last digit; fees by the piece have tests of their own.</summary>
    public static void AssertCost(TokenUsage? usage, JsonNode hiway)
    {
        if (usage is { } used && used.Units == default)
        {
            Assert.Equal(PriceRules.CostOf(used, Price).Usd, hiway["upstream_cost"]!.GetValue<decimal>());
        }
    }

    public ReplayUpstream Upstream { get; private set; } = null!;

    public HiWayHost Host { get; private set; } = null!;

    public TestAccount Account { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await ReplayUpstream.StartAsync();
        Host = await HiWayHost.StartAsync();
        Account = await Host.Http.SignUpAsync();
        await Host.Http.PutProviderAsync(Account, "openai", Upstream.Url);
        await Host.Http.PutProviderAsync(Account, "rec-openai", Upstream.Url, "openai", ["m1"]);
        await Host.Http.PutProviderAsync(Account, "rec-anthropic", Upstream.Url, "anthropic", ["m1"]);
        await Host.Http.PutProviderAsync(Account, "google", Upstream.Url);
        foreach (var model in (string[])[Both, Only, "rec-openai/m1", "rec-anthropic/m1", "google/gemini-2.5-flash"])
        {
            await Host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{Account.WorkspaceId}/models/{model}", Account.Key, new
            {
                prices = new { input = Price.Input, output = Price.Output, cache_read = Price.CacheRead, cache_write_5m = Price.CacheWrite5m, cache_write_1h = Price.CacheWrite1h },
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    /// <summary>A call of any path of the gateway.</summary>
    public async Task<ChatReply> CallAsync(string path, object body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Authorization = new("Bearer", key ?? Account.Key);
        request.Content = body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body);
        using var response = await Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var answer = await response.Content.ReadAsStringAsync();
        var events = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? answer.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..].Trim()).ToArray()
            : [];
        return new(response.StatusCode, response.Headers, answer, events);
    }

    public Task<ChatReply> AskAsync(object body, string? key = null) => CallAsync("/v1/responses", body, key);

    public static JsonObject Body(string model, bool stream = false, string input = "Say hello") =>
        new() { ["model"] = model, ["input"] = input, ["stream"] = stream };

    /// <summary>The response object of an answer, streamed or not.</summary>
    public static JsonNode Response(ChatReply reply) => reply.Events.Count == 0 ? reply.Json : reply.Json["response"]!;
}
