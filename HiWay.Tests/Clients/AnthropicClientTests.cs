using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>The npm packages of Anthropic's dialect (its own client, the AI SDK's provider, LangChain's) at an upstream that speaks OpenAI's.</summary>
public sealed class AnthropicClientTests(ClientWorld client) : IClassFixture<ClientWorld>
{
    private static readonly string[] Cities = ["Paris", "Rome"];

    [Fact]
    public async Task A_message_has_text_usage_and_hiways_own_field()
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both.", 14, 5));

        var seen = await RunAsync("anthropic.mjs", "message");

        Assert.Equal(("Sunny in both.", "end_turn"), (Text(seen["text"]), Text(seen["stop"])));
        Assert.Equal((14, 5), (Number(seen["usage"]!["input_tokens"]), Number(seen["usage"]!["output_tokens"])));
        Assert.StartsWith("req_", Text(seen["requestId"]), StringComparison.Ordinal);
        Assert.Equal(ClientWorld.Model, Text(seen["routedModel"]));
        Assert.NotNull(seen["hiway"]);
    }

    [Fact]
    public async Task The_stream_helper_puts_text_and_usage_together()
    {
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5));

        var seen = await RunAsync("anthropic.mjs", "stream");

        Assert.Equal(("Sunny in both.", 3, "end_turn"), (Text(seen["text"]), Number(seen["pieces"]), Text(seen["stop"])));
        Assert.Equal((14, 5), (Number(seen["usage"]!["input_tokens"]), Number(seen["usage"]!["output_tokens"])));
        Assert.NotNull(seen["hiway"]);
    }

    [Fact]
    public async Task Tools_are_called_and_their_results_go_back()
    {
        client.Upstream.On("*", ClientWorld.TwoToolCalls, Reply.Chat("21 degrees in both."));
        var before = client.Upstream.Requests.Count;

        var seen = await RunAsync("anthropic.mjs", "tools");

        AssertCalls(seen);
        Assert.Equal("21 degrees in both.", Text(seen["text"]));
        var second = client.Upstream.Requests[before + 1].Json["messages"]!.AsArray();
        Assert.Equal(["call_paris", "call_rome"], second.Where(message => Text(message!["role"]) == "tool").Select(message => Text(message!["tool_call_id"])));
    }

    [Fact]
    public async Task The_tool_runner_calls_and_asks_again_until_there_is_a_text()
    {
        client.Upstream.On("*", ClientWorld.TwoToolCalls, Reply.Chat("21 degrees in both."));
        var before = client.Upstream.Requests.Count;

        var seen = await RunAsync("anthropic.mjs", "toolRunner");

        Assert.Equal("21 degrees in both.", Text(seen["text"]));
        Assert.Equal(Cities, seen["cities"]!.AsArray().Select(Text));

        // The client would leave the conversation to a thread on the server; where there is none, the second turn holds it whole.
        var second = client.Upstream.Requests[before + 1].Json;
        Assert.Equal((string[])["user", "assistant", "tool", "tool"], second["messages"]!.AsArray().Select(message => Text(message!["role"])));
        Assert.Equal("weather", Text(second["tools"]![0]!["function"]!["name"]));
    }

    [Fact]
    public async Task A_thread_goes_on_without_the_servers_memory()
    {
        client.Upstream.On("*", Reply.Chat("Sunny."), Reply.Chat("Still sunny."));
        var before = client.Upstream.Requests.Count;

        var seen = await RunAsync("anthropic.mjs", "thread");

        Assert.Equal("Still sunny.", Text(seen["text"]));
        Assert.Equal((string[])["user", "assistant", "user"], client.Upstream.Requests[before + 1].Json["messages"]!.AsArray().Select(message => Text(message!["role"])));
        Assert.Equal(2, client.Upstream.Requests.Count - before);
    }

    [Fact]
    public async Task Parallel_tool_calls_come_together_from_a_stream()
    {
        client.Upstream.On("*", ClientWorld.TwoStreamedToolCalls);

        AssertCalls(await RunAsync("anthropic.mjs", "streamedTools"));
    }

    [Fact]
    public async Task What_another_provider_thought_is_shown_and_goes_back_as_it_likes_it()
    {
        client.Upstream.On("*", Reply.Sse(
            Chunk("""{"role":"assistant","reasoning_content":"Hmm."}"""), Chunk("""{"content":"Sunny."}"""), Chunk("{}", "\"stop\""), "[DONE]"), Reply.Chat("Still sunny."));
        var before = client.Upstream.Requests.Count;

        var seen = await RunAsync("anthropic.mjs", "thinking");

        Assert.Equal((string[])["thinking", "text"], seen["kinds"]!.AsArray().Select(Text));
        Assert.Equal("Still sunny.", Text(seen["text"]));
        Assert.Equal("low", Text(client.Upstream.Requests[before].Json["reasoning_effort"]));
        Assert.Equal("Hmm.", Text(client.Upstream.Requests[before + 1].Json["messages"]![1]!["reasoning_content"]));
    }

    [Fact]
    public async Task Tokens_are_counted()
    {
        var before = client.Upstream.Requests.Count;

        var seen = await RunAsync("anthropic.mjs", "count");

        Assert.InRange(Number(seen["input_tokens"]), 10, 200);
        Assert.Equal(before, client.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Models_are_listed_as_its_clients_read_them()
    {
        var seen = await RunAsync("anthropic.mjs", "models");

        Assert.Equal((ClientWorld.Model, "model", "m1"), Assert.Single(seen["models"]!.AsArray().Select(model => (Text(model!["id"]), Text(model["type"]), Text(model["name"])))));
        Assert.Equal(ClientWorld.Model, Text(seen["one"]!["id"]));
    }

    [Theory]
    [InlineData("hw_live_wrong", ClientWorld.Model, "AuthenticationError", 401, "authentication_error", "authentication_error")]
    [InlineData(null, "claude-nobody-has", "BadRequestError", 400, "invalid_request_error", "model_not_found")]
    public async Task A_refusal_is_the_clients_own_exception(string? key, string model, string error, int status, string type, string code)
    {
        var seen = await RunAsync("anthropic.mjs", "error", key, model);

        Assert.Equal((error, status, type, code), (Text(seen["error"]), Number(seen["status"]), Text(seen["type"]), Text(seen["code"])));
        Assert.StartsWith("req_", Text(seen["requestId"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_the_upstream_cuts_does_not_look_whole()
    {
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in "]) is var whole ? whole with { Chunks = [.. whole.Chunks.Take(2)], End = ReplyEnd.AbortAfterChunks } : whole);

        var seen = await RunAsync("anthropic.mjs", "brokenStream");

        Assert.NotNull(seen["error"]);
    }

    [Theory]
    [InlineData("server_is_overloaded", "overloaded_error")]
    [InlineData("rate_limit_exceeded", "rate_limit_error")]
    public async Task A_stream_that_fails_says_why_in_the_clients_own_words(string code, string type)
    {
        client.Upstream.On("*", Reply.Sse(
            """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m1","choices":[{"index":0,"delta":{"role":"assistant","content":"Sunny "},"finish_reason":null}]}""",
            $$$"""{"error":{"message":"Not now.","type":"server_error","code":"{{{code}}}"}}"""));

        Assert.Equal(type, Text((await RunAsync("anthropic.mjs", "brokenStream"))["type"]));
    }

    [Fact]
    public async Task Aborting_a_stream_ends_the_upstream_call_too()
    {
        client.Upstream.On("*", ClientWorld.SlowStream);
        var nth = client.Upstream.Requests.Count + 1;

        await RunAsync("anthropic.mjs", "abort");

        await (await client.Upstream.SeesAsync(nth)).ClientGone.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task A_test_key_answers_without_a_provider()
    {
        var key = await client.World.Http.CreateKeyAsync(client.World.Account, new { name = "Test", test = true });
        var before = client.Upstream.Requests.Count;

        var whole = await RunAsync("anthropic.mjs", "message", key.Secret);
        var streamed = await RunAsync("anthropic.mjs", "stream", key.Secret);
        var tools = await RunAsync("anthropic.mjs", "streamedTools", key.Secret);

        Assert.NotEmpty(Text(whole["text"]));
        Assert.Equal(Text(whole["text"]), Text(streamed["text"]));
        Assert.Equal("weather", Text(tools["calls"]![0]!["name"]));
        Assert.Equal(before, client.Upstream.Requests.Count);
    }

    [Fact]
    public async Task The_ai_sdk_generates_and_streams_with_usage()
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both.", 14, 5));
        var whole = await RunAsync("aisdk-anthropic.mjs", "text");
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5));
        var streamed = await RunAsync("aisdk-anthropic.mjs", "stream");

        Assert.All([whole, streamed], seen => Assert.Equal(("Sunny in both.", "stop"), (Text(seen["text"]), Text(seen["finishReason"]))));
        Assert.All([whole, streamed], seen => Assert.Equal((14, 5), (Number(seen["usage"]!["inputTokens"]), Number(seen["usage"]!["outputTokens"]))));
        Assert.Equal(3, Number(streamed["pieces"]));
    }

    [Fact]
    public async Task The_ai_sdk_runs_parallel_tools_and_a_second_step()
    {
        client.Upstream.On("*", ClientWorld.TwoStreamedToolCalls, Reply.ChatStream(["21 degrees in both."]));

        var seen = await RunAsync("aisdk-anthropic.mjs", "streamedTools");

        Assert.Equal(("21 degrees in both.", 2), (Text(seen["text"]), Number(seen["steps"])));
        Assert.Equal(Cities, seen["calls"]!.AsArray().Select(call => Text(call!["input"]!["city"])));
    }

    [Fact]
    public async Task The_ai_sdk_parses_structured_output()
    {
        // It makes structured output of a tool that must be called, for models that it does not know.
        client.Upstream.On("*", seen => seen.Json["tools"] is JsonArray { Count: > 0 } tools
            ? Reply.Json(new JsonObject
            {
                ["id"] = "x",
                ["choices"] = new JsonArray(new JsonObject
                {
                    ["index"] = 0,
                    ["finish_reason"] = "tool_calls",
                    ["message"] = new JsonObject
                    {
                        ["role"] = "assistant",
                        ["tool_calls"] = new JsonArray(new JsonObject
                        {
                            ["id"] = "c",
                            ["type"] = "function",
                            ["function"] = new JsonObject { ["name"] = tools[0]!["function"]!["name"]!.DeepClone(), ["arguments"] = """{"name":"Paris","degrees":21}""" },
                        }),
                    },
                }),
            }.ToJsonString())
            : Reply.Chat("""{"name":"Paris","degrees":21}"""));

        var seen = await RunAsync("aisdk-anthropic.mjs", "structured");

        Assert.Equal(("Paris", 21), (Text(seen["output"]!["name"]), Number(seen["output"]!["degrees"])));
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(429, true)]
    public async Task The_ai_sdk_sees_upstream_refusals_with_their_status(int status, bool retryable)
    {
        client.Upstream.On("*", Reply.Error(status, status == 429 ? "rate_limit_exceeded" : "invalid_request_error", retryAfter: "120"));

        var seen = await RunAsync("aisdk-anthropic.mjs", "error");

        Assert.Equal(("AI_APICallError", status, retryable), (Text(seen["error"]), Number(seen["status"]), seen["retryable"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task LangChain_answers_streams_and_runs_tools()
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both.", 14, 5));
        var whole = await RunAsync("langchain-anthropic.mjs", "text");
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5));
        var streamed = await RunAsync("langchain-anthropic.mjs", "stream");
        client.Upstream.On("*", ClientWorld.TwoToolCalls, Reply.Chat("21 degrees in both."));
        var tools = await RunAsync("langchain-anthropic.mjs", "tools");

        Assert.Equal(("Sunny in both.", 14, 5), (Text(whole["text"]), Number(whole["usage"]!["input_tokens"]), Number(whole["usage"]!["output_tokens"])));
        Assert.Equal(("Sunny in both.", 3), (Text(streamed["text"]), Number(streamed["pieces"])));
        Assert.Equal(Cities, tools["calls"]!.AsArray().Select(call => Text(call!["args"]!["city"])));
        Assert.Equal("21 degrees in both.", Text(tools["text"]));

        // It reads the prompt's tokens off the first event alone, before the upstream has told any: HiWay's own count stands there.
        var counted = Number((await RunAsync("anthropic.mjs", "countQuestion"))["input_tokens"]);
        Assert.Equal((counted, 5, counted + 5), (Number(streamed["usage"]!["input_tokens"]), Number(streamed["usage"]!["output_tokens"]), Number(streamed["usage"]!["total_tokens"])));
    }

    private Task<JsonNode> RunAsync(string script, string scenario, string? key = null, string model = ClientWorld.Model) =>
        NodeClient.RunAsync(script, scenario, client.World.Host.Url, key ?? client.World.Key.Secret, model);

    private static void AssertCalls(JsonNode seen)
    {
        Assert.Equal("tool_use", Text(seen["stop"]));
        Assert.Equal(
            [("call_paris", "weather", "Paris"), ("call_rome", "weather", "Rome")],
            seen["calls"]!.AsArray().Select(call => (Text(call!["id"]), Text(call["name"]), Text(call["input"]!["city"]))));
    }

    private static string Chunk(string delta, string finish = "null") =>
        "{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m1\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}";

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
