using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>The npm packages <c>ai</c> and <c>@ai-sdk/openai-compatible</c>, stricter readers of streams than OpenAI's own.</summary>
public sealed class AiSdkClientTests(ClientWorld client) : IClassFixture<ClientWorld>
{
    [Fact]
    public async Task Text_is_generated_with_usage()
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both.", 14, 5));

        var seen = await RunAsync("chat");

        Assert.Equal(("Sunny in both.", "stop"), (Text(seen["text"]), Text(seen["finishReason"])));
        Assert.Equal((14, 5), (Number(seen["usage"]!["inputTokens"]), Number(seen["usage"]!["outputTokens"])));
    }

    [Fact]
    public async Task Text_streams_piece_by_piece_with_usage()
    {
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5));

        var seen = await RunAsync("stream");

        Assert.Equal(("Sunny in both.", 3, "stop"), (Text(seen["text"]), Number(seen["pieces"]), Text(seen["finishReason"])));
        Assert.Equal((14, 5), (Number(seen["usage"]!["inputTokens"]), Number(seen["usage"]!["outputTokens"])));
    }

    [Fact]
    public async Task Parallel_tools_run_and_a_second_step_has_their_results()
    {
        client.Upstream.On("*", ClientWorld.TwoStreamedToolCalls, Reply.ChatStream(["21 degrees in both."]));

        var seen = await RunAsync("streamedTools");

        Assert.Equal(("21 degrees in both.", 2), (Text(seen["text"]), Number(seen["steps"])));
        Assert.Equal(["Paris", "Rome"], seen["calls"]!.AsArray().Select(call => Text(call!["input"]!["city"])));
        Assert.Equal(["21 degrees in Paris", "21 degrees in Rome"], seen["results"]!.AsArray().Select(Text));
    }

    [Fact]
    public async Task The_signature_of_a_call_that_Gemini_thought_of_comes_back_with_the_next_step()
    {
        var world = client.World;
        await world.Http.PutProviderAsync(world.Account, "google", client.Upstream.Url);
        client.Upstream.On(":streamGenerateContent", Reply.Sse(
            """
            {"candidates":[{"index":0,"content":{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Paris"}},"thoughtSignature":"c2lnbmVk"},{"functionCall":{"name":"weather","args":{"city":"Rome"}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":5,"totalTokenCount":14},"modelVersion":"gemini-2.5-flash","responseId":"r1"}
            """),
            Reply.Sse("""
            {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"21 degrees in both."}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":5,"totalTokenCount":14},"modelVersion":"gemini-2.5-flash","responseId":"r2"}
            """));

        var seen = await RunAsync("streamedTools", "google/gemini-2.5-flash");

        Assert.Equal(("21 degrees in both.", 2), (Text(seen["text"]), Number(seen["steps"])));
        Assert.Equal(["Paris", "Rome"], seen["calls"]!.AsArray().Select(call => Text(call!["input"]!["city"])));
        var calls = client.Upstream.Requests[^1].Json["contents"]![1]!["parts"]!.AsArray();
        Assert.Equal((string?[])["c2lnbmVk", null], calls.Select(part => part!["thoughtSignature"]?.GetValue<string>()));
    }

    [Fact]
    public async Task Structured_output_is_parsed_by_its_schema()
    {
        client.Upstream.On("*", Reply.Chat("""{"name":"Paris","degrees":21}"""));

        var seen = await RunAsync("structured");

        Assert.Equal("Paris", Text(seen["output"]!["name"]));
        Assert.Equal("json_schema", Text(client.Upstream.Requests[^1].Json["response_format"]!["type"]));
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(429, true)]
    public async Task Upstream_refusals_reach_the_client_with_their_status(int status, bool retryable)
    {
        client.Upstream.On("*", Reply.Error(status, status == 429 ? "rate_limit_exceeded" : "invalid_request_error", retryAfter: "120"));

        var seen = await RunAsync("error");

        Assert.Equal(("AI_APICallError", status, retryable), (Text(seen["error"]), Number(seen["status"]), seen["retryable"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Aborting_a_stream_ends_the_upstream_call_too()
    {
        client.Upstream.On("*", ClientWorld.SlowStream);
        var nth = client.Upstream.Requests.Count + 1;

        await RunAsync("abort");

        await (await client.Upstream.SeesAsync(nth)).ClientGone.WaitAsync(Patience.Limit);
    }

    private Task<JsonNode> RunAsync(string scenario, string model = ClientWorld.Model) =>
        NodeClient.RunAsync("aisdk.mjs", scenario, client.World.Host.Url, client.World.Key.Secret, model);

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
