using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>The npm package <c>openai</c> with nothing but its base URL changed.</summary>
public sealed class OpenAiClientTests(ClientWorld client) : IClassFixture<ClientWorld>
{
    [Fact]
    public async Task Chat_answers_with_text_usage_and_hiways_own_field()
    {
        client.Upstream.On("*", Reply.Chat("Sunny in both.", 14, 5));

        var seen = await RunAsync("chat");

        Assert.Equal(("Sunny in both.", "stop"), (Text(seen["text"]), Text(seen["finish"])));
        Assert.Equal((14, 5, 19), (Number(seen["usage"]!["prompt_tokens"]), Number(seen["usage"]!["completion_tokens"]), Number(seen["usage"]!["total_tokens"])));
        Assert.StartsWith("req_", Text(seen["requestId"]), StringComparison.Ordinal);
        Assert.Equal(ClientWorld.Model, Text(seen["routedModel"]));
        Assert.NotNull(seen["hiway"]);
    }

    [Fact]
    public async Task Stream_arrives_in_pieces_with_usage_in_the_end()
    {
        client.Upstream.On("*", Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5));

        var seen = await RunAsync("stream");

        Assert.Equal(("Sunny in both.", "stop"), (Text(seen["text"]), Text(seen["finish"])));
        Assert.Equal((14, 5), (Number(seen["usage"]!["prompt_tokens"]), Number(seen["usage"]!["completion_tokens"])));
        Assert.True(Number(seen["chunks"]) >= 5);
        Assert.NotNull(seen["hiway"]);
    }

    [Fact]
    public async Task Stream_without_include_usage_shows_none_and_no_empty_chunk()
    {
        client.Upstream.On("*", Reply.ChatStream(["Sunny."], 14, 5));

        var seen = await RunAsync("streamWithoutUsage");

        Assert.Equal((0, 0), (Number(seen["usages"]), Number(seen["withoutChoices"])));
    }

    [Fact]
    public async Task Tools_are_called_and_their_results_go_back()
    {
        client.Upstream.On("*", ClientWorld.TwoToolCalls, Reply.Chat("21 degrees in both."));
        var before = client.Upstream.Requests.Count;

        var seen = await RunAsync("tools");

        AssertCalls(seen);
        Assert.Equal("21 degrees in both.", Text(seen["text"]));
        var second = client.Upstream.Requests[before + 1].Json["messages"]!.AsArray();
        Assert.Equal(["call_paris", "call_rome"], second.Where(message => Text(message!["role"]) == "tool").Select(message => Text(message!["tool_call_id"])));
    }

    [Fact]
    public async Task Parallel_tool_calls_come_together_from_a_stream()
    {
        client.Upstream.On("*", ClientWorld.TwoStreamedToolCalls);

        AssertCalls(await RunAsync("streamedTools"));
    }

    [Theory]
    [InlineData("toolRunner")]
    [InlineData("streamedToolRunner")]
    public async Task The_tool_runner_calls_and_asks_again_until_there_is_a_text(string scenario)
    {
        var streams = scenario == "streamedToolRunner";
        client.Upstream.On("*", streams ? [ClientWorld.TwoStreamedToolCalls, Reply.ChatStream(["21 degrees ", "in both."])] : [ClientWorld.TwoToolCalls, Reply.Chat("21 degrees in both.", 90, 5)]);
        var before = client.Upstream.Requests.Count;

        var seen = await RunAsync(scenario);

        Assert.Equal("21 degrees in both.", seen["text"]!.GetValue<string>());
        Assert.Equal((string[])["Paris", "Rome"], seen["cities"]!.AsArray().Select(city => city!.GetValue<string>()));
        Assert.Equal(2, client.Upstream.Requests.Count - before);
        if (!streams)
        {
            Assert.Equal((150, 35), (seen["usage"]!["prompt_tokens"]!.GetValue<int>(), seen["usage"]!["completion_tokens"]!.GetValue<int>()));
        }
    }

    [Fact]
    public async Task Zod_schemas_are_parsed_whole_and_from_the_stream_helper()
    {
        client.Upstream.On("*", Reply.Chat("""{"name":"Paris","degrees":21}"""));
        var whole = await RunAsync("structuredWithZod");
        client.Upstream.On("*", Reply.ChatStream(["""{"name":"Pa""", """ris","degrees":21}"""], 14, 5));
        var streamed = await RunAsync("streamHelper");

        Assert.All([whole, streamed], seen => Assert.Equal(("Paris", 21), (seen["parsed"]!["name"]!.GetValue<string>(), seen["parsed"]!["degrees"]!.GetValue<int>())));
        Assert.Equal((2, 19), (streamed["contents"]!.GetValue<int>(), streamed["usage"]!["total_tokens"]!.GetValue<int>()));
        Assert.True(client.Upstream.Requests[^1].Json["response_format"]!["json_schema"]!["strict"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Structured_output_keeps_its_schema_on_the_way()
    {
        client.Upstream.On("*", Reply.Chat("""{"name":"Paris","degrees":21}"""));

        var seen = await RunAsync("structured");

        Assert.Equal(("Paris", 21), (Text(seen["parsed"]!["name"]), Number(seen["parsed"]!["degrees"])));
        Assert.Equal("city", Text(client.Upstream.Requests[^1].Json["response_format"]!["json_schema"]!["name"]));
    }

    [Fact]
    public async Task A_rate_limit_of_the_upstream_is_waited_for_as_long_as_it_says()
    {
        var limited = Reply.Error(429, "rate_limit_exceeded").With(new KeyValuePair<string, string>("retry-after-ms", "2500"));
        client.Upstream.On("*", limited);
        var told = await RunAsync("wait");
        client.Upstream.On("*", limited, Reply.Chat("Sunny."));

        var seen = await RunAsync("retries");

        Assert.Equal((429, "3", "2500"), (Number(told["status"]), Text(told["seconds"]), Text(told["milliseconds"])));
        Assert.Equal(("Sunny.", 200), (Text(seen["text"]), Number(seen["status"])));
    }

    [Fact]
    public async Task Wrong_key_is_an_authentication_error()
    {
        var seen = await RunAsync("error", key: "hw_live_wrong");

        Assert.Equal(("AuthenticationError", 401, "authentication_error"), (Text(seen["error"]), Number(seen["status"]), Text(seen["code"])));
        Assert.StartsWith("req_", Text(seen["requestId"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_model_is_a_bad_request_that_says_what_would_help()
    {
        var seen = await RunAsync("error", model: "gpt-nobody-has");

        Assert.Equal(("BadRequestError", 400, "model_not_found"), (Text(seen["error"]), Number(seen["status"]), Text(seen["code"])));
        Assert.Contains("gpt-nobody-has", Text(seen["message"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_over_its_limit_is_a_rate_limit_error()
    {
        client.Upstream.On("*", Reply.Chat("Fine."));
        var key = await client.World.Http.CreateKeyAsync(client.World.Account, new { name = "Slow", rpm = 1 });
        await RunAsync("chat", key: key.Secret);

        var seen = await RunAsync("error", key: key.Secret);

        Assert.Equal(("RateLimitError", 429, "rate_limit_exceeded"), (Text(seen["error"]), Number(seen["status"]), Text(seen["code"])));
    }

    [Fact]
    public async Task Stream_that_the_upstream_cuts_does_not_look_whole()
    {
        var whole = Reply.ChatStream(["Sunny ", "in ", "both."]);
        client.Upstream.On("*", whole with { Chunks = [.. whole.Chunks.Take(3)], End = ReplyEnd.AbortAfterChunks, GapBetweenChunks = TimeSpan.FromMilliseconds(20) });

        var seen = await RunAsync("streamError");

        Assert.NotNull(seen["error"]);
        Assert.StartsWith("Sunny ", Text(seen["text"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaving_a_stream_ends_the_upstream_call_too()
    {
        client.Upstream.On("*", ClientWorld.SlowStream);
        var nth = client.Upstream.Requests.Count + 1;

        var seen = await RunAsync("abort");

        Assert.Equal(3, Number(seen["chunks"]));
        await (await client.Upstream.SeesAsync(nth)).ClientGone.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task Models_are_listed_and_found()
    {
        var seen = await RunAsync("models");

        Assert.Contains(ClientWorld.Model, seen["found"]!.AsArray().Select(Text));
        Assert.Equal(ClientWorld.Model, Text(seen["one"]));
    }

    [Fact]
    public async Task Test_key_is_answered_without_any_provider()
    {
        var key = await client.World.Http.CreateKeyAsync(client.World.Account, new { name = "Test", test = true });
        var before = client.Upstream.Requests.Count;

        var whole = await RunAsync("chat", key.Secret);
        var streamed = await RunAsync("stream", key.Secret);
        var tools = await RunAsync("streamedTools", key.Secret);

        Assert.NotEmpty(Text(whole["text"]));
        Assert.Equal(Text(whole["text"]), Text(streamed["text"]));
        Assert.Equal("weather", Text(tools["calls"]![0]!["name"]));
        Assert.Equal(before, client.Upstream.Requests.Count);
    }

    private Task<JsonNode> RunAsync(string scenario, string? key = null, string model = ClientWorld.Model) =>
        NodeClient.RunAsync("openai.mjs", scenario, client.World.Host.Url, key ?? client.World.Key.Secret, model);

    private static void AssertCalls(JsonNode seen)
    {
        Assert.Equal("tool_calls", Text(seen["finish"]));
        Assert.Equal(
            [("call_paris", "weather", "Paris"), ("call_rome", "weather", "Rome")],
            seen["calls"]!.AsArray().Select(call => (Text(call!["id"]), Text(call["name"]), Text(call["arguments"]!["city"]))));
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
