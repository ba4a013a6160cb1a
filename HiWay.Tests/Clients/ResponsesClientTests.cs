using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>OpenAI's own npm client on the Responses API and the first completions API, over an upstream that speaks neither.</summary>
public sealed class ResponsesClientTests(ClientWorld client) : IClassFixture<ClientWorld>
{
    [Fact]
    public async Task An_answer_arrives_with_usage_and_facts()
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both.", 14, 5));

        var seen = await RunAsync("create");

        Assert.Equal(("Sunny in both.", "completed"), (Text(seen["text"]), Text(seen["status"])));
        Assert.Equal((14, 5, 19), (Number(seen["usage"]!["input"]), Number(seen["usage"]!["output"]), Number(seen["usage"]!["total"])));
        Assert.Equal(ClientWorld.Model, Text(seen["hiway"]!["routed_model"]));
        Assert.StartsWith("req_", Text(seen["requestId"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stream_helper_follows_every_event()
    {
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5));

        var seen = await RunAsync("stream");

        Assert.Equal(("Sunny in both.", "Sunny in both."), (Text(seen["text"]), Text(seen["final"])));
        Assert.Equal(14, Number(seen["usage"]!["input"]));
        Assert.NotNull(seen["hiway"]);
        Assert.Equal(
            [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                "response.output_text.delta", "response.output_text.delta", "response.output_text.done", "response.content_part.done",
                "response.output_item.done", "response.completed",
            ], seen["types"]!.AsArray().Select(Text));
    }

    [Fact]
    public async Task Structured_output_is_parsed_by_its_schema()
    {
        client.Upstream.On("*", Reply.Chat("""{"name":"Paris","degrees":21}"""));

        var seen = await RunAsync("parse");

        Assert.Equal("Paris", Text(seen["output"]!["name"]));
        Assert.Equal("json_schema", Text(client.Upstream.Requests[^1].Json["response_format"]!["type"]));
    }

    [Fact]
    public async Task A_tool_that_takes_words_gets_them_from_a_model_that_knows_functions_alone()
    {
        client.Upstream.On("*",
            Reply.Sse(
                """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m1","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"note","arguments":"{\"input\":\"buy "}}]},"finish_reason":null}]}""",
                """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\\"milk\\\"\"}"}}]},"finish_reason":"tool_calls"}]}""",
                "[DONE]"),
            Reply.Chat("Kept."));

        var seen = await RunAsync("customTool");

        Assert.Equal(("buy \"milk\"", "buy \"milk\"", "note", "Kept."), (Text(seen["words"]), Text(seen["input"]), Text(seen["name"]), Text(seen["text"])));
        var history = client.Upstream.Requests[^1].Json["messages"]!.AsArray();
        Assert.Equal("call_1", Text(history[^1]!["tool_call_id"]));
    }

    [Fact]
    public async Task Aborting_a_stream_ends_the_upstream_call_too()
    {
        client.Upstream.On("*", ClientWorld.SlowStream);
        var nth = client.Upstream.Requests.Count + 1;

        await RunAsync("abort");

        await (await client.Upstream.SeesAsync(nth)).ClientGone.WaitAsync(Patience.Limit);
    }

    [Theory]
    [InlineData("tools", false)]
    [InlineData("streamedTools", true)]
    public async Task Parallel_tools_run_and_a_second_turn_has_their_results(string scenario, bool streamed)
    {
        client.Upstream.On("*", streamed ? ClientWorld.TwoStreamedToolCalls : ClientWorld.TwoToolCalls, Reply.Chat("21 degrees in both."));

        var seen = await RunAsync(scenario);

        Assert.Equal("21 degrees in both.", Text(seen["text"]));
        Assert.Equal(["Paris", "Rome"], seen["calls"]!.AsArray().Select(call => Text(call!["city"])));
        var sent = client.Upstream.Requests[^1].Json["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool", "tool"], sent.Select(message => Text(message!["role"])));
        Assert.Equal("21 degrees in Rome", Text(sent[3]!["content"]));
    }

    [Fact]
    public async Task A_kept_answer_is_read_and_deleted()
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both."));

        var seen = await RunAsync("stored");

        Assert.Equal(("Sunny in both.", 404), (Text(seen["text"]), Number(seen["gone"])));
    }

    [Theory]
    [InlineData(400, "BadRequestError")]
    [InlineData(429, "RateLimitError")]
    public async Task Upstream_refusals_become_the_clients_exceptions(int status, string exception)
    {
        client.Upstream.On("*", Reply.Error(status, status == 429 ? "rate_limit_exceeded" : "invalid_request_error", retryAfter: "120"));

        var seen = await RunAsync("error");

        Assert.Equal((exception, status), (Text(seen["error"]), Number(seen["status"])));
    }

    [Fact]
    public async Task A_stream_that_breaks_ends_in_failure()
    {
        client.Upstream.On("*", Reply.ChatStream(["Half "]) with { End = ReplyEnd.AbortAfterChunks, Chunks = [.. Reply.ChatStream(["Half ", "more "]).Chunks.Take(2)] });

        var seen = await RunAsync("broken");

        Assert.Equal(["error", "response.failed"], seen["types"]!.AsArray().Select(Text));
    }

    [Fact]
    public async Task Completions_continue_a_prompt_whole_and_streamed()
    {
        client.Upstream.On("*", Reply.Chat(" a time", 3, 2));
        var whole = await RunAsync("completion");
        client.Upstream.On("*", Reply.ChatStream([" a", " time"], 3, 2));
        var streamed = await RunAsync("completionStream");

        Assert.Equal((" a time", "stop", 5), (Text(whole["text"]), Text(whole["finish"]), Number(whole["usage"]!["total_tokens"])));
        Assert.Equal((" a time", 5), (Text(streamed["text"]), Number(streamed["usage"]!["total_tokens"])));
    }

    private Task<JsonNode> RunAsync(string scenario) =>
        NodeClient.RunAsync("responses.mjs", scenario, client.World.Host.Url, client.World.Key.Secret, ClientWorld.Model);

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
