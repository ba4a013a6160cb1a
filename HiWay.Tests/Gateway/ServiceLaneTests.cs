using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A call that OpenAI ran in its priority or flex lane is on the bill at that lane's price, whatever the client's dialect.</summary>
public sealed class ServiceLaneTests : IAsyncLifetime
{
    private ReplayUpstream _upstream = null!;
    private HiWayHost _host = null!;
    private TestAccount _account = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await ReplayUpstream.StartAsync();
        _host = await HiWayHost.StartAsync();
        _account = await _host.Http.SignUpAsync();
        await _host.Http.PutProviderAsync(_account, "openai", _upstream.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    // 600 plain and 400 cached tokens in, 100 out, at the list of 20 November 2026; cached tokens keep their ratio to plain ones.
    public static TheoryData<string, string, decimal> Bills() => new()
    {
        { "openai/gpt-4.1", "priority", (600 * 3.5m + 400 * 0.875m + 100 * 14m) / 1_000_000m },
        { "openai/gpt-4.1", "default", (600 * 2m + 400 * 0.5m + 100 * 8m) / 1_000_000m },
        { "openai/gpt-4.1", "flex", (600 * 2m + 400 * 0.5m + 100 * 8m) / 1_000_000m },          // no such lane on its list
        { "openai/gpt-5", "flex", (600 * 0.625m + 400 * 0.0625m + 100 * 5m) / 1_000_000m },
        { "openai/gpt-5", "priority", (600 * 2.5m + 400 * 0.25m + 100 * 20m) / 1_000_000m },
    };

    [Theory]
    [MemberData(nameof(Bills))]
    public async Task ChatAnswers_WholeStreamedAndTranslated_CostWhatTheLaneCosts(string model, string lane, decimal cost)
    {
        _upstream.On("*", seen => seen.Text.Contains("\"stream\":true", StringComparison.Ordinal) ? Reply.Sse(Chunk(lane), UsageChunk(lane), "[DONE]") : Reply.Json(Answer(lane)));

        foreach (var path in (string[])["/v1/chat/completions", "/v1/messages"])
        {
            foreach (var stream in (bool[])[false, true])
            {
                var body = GatewayWorld.Body($"{path} {stream}", stream, model: model);
                body["max_tokens"] = 200;
                using var reply = await _host.Http.TryCallAsync(HttpMethod.Post, path, _account.Key, body);
                Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
                await reply.Content.ReadAsStringAsync();
            }
        }

        Assert.All(await _host.Http.RequestRowsAsync(_account), row => Assert.Equal(cost, row["cost_usd"]!.GetValue<decimal>()));
    }

    [Theory]
    [InlineData("/v1/responses")]
    [InlineData("/v1/chat/completions")]
    public async Task ResponsesAnswers_RelayedAndTranslated_CostWhatTheLaneCosts(string path)
    {
        _upstream.On("*", Reply.Json("""
            {"id":"resp_1","object":"response","created_at":1700000000,"status":"completed","model":"m","service_tier":"priority",
             "output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],
             "usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":400},"output_tokens":100,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":1100}}
            """));
        var model = path == "/v1/responses" ? "openai/gpt-5" : "openai/gpt-5-pro";   // the latter answers on the Responses API alone

        var body = GatewayWorld.Body(model: model);
        body["input"] = "Say hello";
        using var reply = await _host.Http.TryCallAsync(HttpMethod.Post, path, _account.Key, body);

        var cost = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["_hiway"]!["upstream_cost"]!.GetValue<decimal>();
        Assert.Equal(model == "openai/gpt-5" ? (600 * 2.5m + 400 * 0.25m + 100 * 20m) / 1_000_000m : (1000 * 15m + 100 * 120m) / 1_000_000m, cost);
    }

    [Fact]
    public async Task APriorityCall_IsReservedAtItsOwnPrice_SoACapHolds()
    {
        _upstream.On("*", Reply.Json(Answer("priority")));
        var key = await _host.Http.CreateKeyAsync(_account, new { name = "Capped", daily_cap_usd = 0.01m });   // 1,000 tokens out: 0.008, or 0.014 in the priority lane

        var body = GatewayWorld.Body(model: "openai/gpt-4.1");
        body["max_tokens"] = 1000;
        body["service_tier"] = "priority";
        Assert.Equal("budget_exceeded", (await _host.Http.ChatAsync(key.Secret, body)).ErrorCode);
        Assert.Empty(_upstream.Requests);

        body.Remove("service_tier");
        Assert.Equal(HttpStatusCode.OK, (await _host.Http.ChatAsync(key.Secret, body)).Status);
    }

    private const string Usage = """{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"prompt_tokens_details":{"cached_tokens":400}}""";

    private static string Answer(string lane) => $$"""
        {"id":"c","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{{Usage}},"service_tier":"{{lane}}"}
        """;

    private static string Chunk(string lane) =>
        $$"""{"id":"c","object":"chat.completion.chunk","created":1700000000,"model":"m","service_tier":"{{lane}}","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}""";

    private static string UsageChunk(string lane) =>
        $$"""{"id":"c","object":"chat.completion.chunk","created":1700000000,"model":"m","service_tier":"{{lane}}","choices":[],"usage":{{Usage}}}""";
}
