using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>The AI SDK's provider for OpenAI, which speaks the Responses API, and LangChain's model for OpenAI on both APIs.</summary>
public sealed class OpenAiProviderClientTests(ClientWorld client) : IClassFixture<ClientWorld>
{
    [Fact]
    public async Task AiSdk_generates_text_with_usage()
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both.", 14, 5));

        var seen = await RunAsync("aisdk-openai.mjs", "text");

        Assert.Equal(("Sunny in both.", "stop"), (Text(seen["text"]), Text(seen["finishReason"])));
        Assert.Equal((14, 5), (Number(seen["usage"]!["inputTokens"]), Number(seen["usage"]!["outputTokens"])));
    }

    [Fact]
    public async Task AiSdk_streams_text_piece_by_piece()
    {
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5));

        var seen = await RunAsync("aisdk-openai.mjs", "stream");

        Assert.Equal(("Sunny in both.", 3, "stop"), (Text(seen["text"]), Number(seen["pieces"]), Text(seen["finishReason"])));
        Assert.Equal(5, Number(seen["usage"]!["outputTokens"]));
    }

    [Theory]
    [InlineData("tools", false)]
    [InlineData("streamedTools", true)]
    public async Task AiSdk_runs_parallel_tools_and_a_second_step_has_their_results(string scenario, bool streamed)
    {
        client.Upstream.On("*", streamed ? ClientWorld.TwoStreamedToolCalls : ClientWorld.TwoToolCalls, streamed ? Reply.ChatStream(["21 degrees in both."]) : Reply.Chat("21 degrees in both."));

        var seen = await RunAsync("aisdk-openai.mjs", scenario);

        Assert.Equal(("21 degrees in both.", 2), (Text(seen["text"]), Number(seen["steps"])));
        Assert.Equal(["Paris", "Rome"], seen["calls"]!.AsArray().Select(call => Text(call!["city"])));
        Assert.Equal(["21 degrees in Paris", "21 degrees in Rome"], seen["results"]!.AsArray().Select(Text));
        var sent = client.Upstream.Requests[^1].Json["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool", "tool"], sent.Select(message => Text(message!["role"])));
        Assert.Equal(2, sent[1]!["tool_calls"]!.AsArray().Count);
    }

    [Fact]
    public async Task AiSdk_parses_structured_output()
    {
        client.Upstream.On("*", Reply.Chat("""{"name":"Paris","degrees":21}"""));

        Assert.Equal("Paris", Text((await RunAsync("aisdk-openai.mjs", "structured"))["output"]!["name"]));
    }

    [Fact]
    public async Task AiSdk_shows_reasoning()
    {
        client.Upstream.On("*", Reply.Json("""
            {"id":"c","object":"chat.completion","created":1760000000,"model":"m1","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Sunny.","reasoning_content":"Let me look."}}],
            "usage":{"prompt_tokens":6,"completion_tokens":3,"total_tokens":9}}
            """));

        var seen = await RunAsync("aisdk-openai.mjs", "reasoning");

        Assert.Equal(("Sunny.", "Let me look."), (Text(seen["text"]), Text(seen["reasoning"])));
    }

    [Fact]
    public async Task AiSdk_gets_refusals_with_their_status()
    {
        client.Upstream.On("*", Reply.Error(400, "invalid_request_error"));

        var seen = await RunAsync("aisdk-openai.mjs", "error");

        Assert.Equal(("AI_APICallError", 400), (Text(seen["error"]), Number(seen["status"])));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("responses")]
    public async Task LangChain_gets_text_whole_and_streamed(string api)
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both.", 14, 5));
        var whole = await RunAsync("langchain-openai.mjs", $"text:{api}");
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5));
        var streamed = await RunAsync("langchain-openai.mjs", $"stream:{api}");

        Assert.Equal(("Sunny in both.", "Sunny in both."), (Text(whole["text"]), Text(streamed["text"])));
        Assert.Equal((14, 5), (Number(whole["usage"]!["input_tokens"]), Number(streamed["usage"]!["output_tokens"])));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("responses")]
    public async Task LangChain_calls_tools_and_hands_their_results_back(string api)
    {
        client.Upstream.On("*", ClientWorld.TwoToolCalls, Reply.Chat("21 degrees in both."));

        var seen = await RunAsync("langchain-openai.mjs", $"tools:{api}");

        Assert.Equal("21 degrees in both.", Text(seen["text"]));
        Assert.Equal(["Paris", "Rome"], seen["calls"]!.AsArray().Select(call => Text(call!["city"])));
        Assert.Equal(["user", "assistant", "tool", "tool"], client.Upstream.Requests[^1].Json["messages"]!.AsArray().Select(message => Text(message!["role"])));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("responses")]
    public async Task LangChain_parses_structured_output(string api)
    {
        client.Upstream.On("*", Reply.Chat("""{"name":"Paris","degrees":21}"""));

        Assert.Equal("Paris", Text((await RunAsync("langchain-openai.mjs", $"structured:{api}"))["output"]!["name"]));
    }

    private Task<JsonNode> RunAsync(string script, string scenario) =>
        NodeClient.RunAsync(script, scenario, client.World.Host.Url, client.World.Key.Secret, ClientWorld.Model);

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
