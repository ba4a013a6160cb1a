using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>
/// Answers that no document allows and providers and their proxies send all the same, over HTTP: to a client of the same dialect, whose bytes pass
/// through, and to one of another, for whom they are translated. Either the answer is whole, or it is one clean error.
/// </summary>
public sealed class HostileAnswerTests(MessagesWorld world) : IClassFixture<MessagesWorld>
{
    private const string Begin = """{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}""";
    private const string More = """{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}""";
    private const string End = """{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";
    private const string Usage = """{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}""";

    private readonly MessagesWorld _world = world;

    /// <summary>A stream's bytes that say "Hello" and 9 and 12 tokens.</summary>
    private static readonly Dictionary<string, string> s_streams = new()
    {
        ["byte order mark"] = $"\uFEFF{Events(Begin, More, End, Usage, "[DONE]")}",
        ["CRLF"] = Events(Begin, More, End, Usage, "[DONE]").Replace("\n", "\r\n", StringComparison.Ordinal),
        ["CR"] = Events(Begin, More, End, Usage, "[DONE]").Replace('\n', '\r'),
        ["line ends mixed"] = $"data: {Begin}\r\n\ndata: {More}\r\rdata: {End}\n\r\ndata: {Usage}\n\ndata: [DONE]\n\n",
        ["comments and unknown fields"] = $": hi\n\nid: 7\nretry: 100\nfoo: bar\nevent: message\ndata: {Begin}\n\nbar\n\n:\ndata: {More}\n\n{Events(End, Usage, "[DONE]")}",
        ["no space behind the colon"] = $"data:{Begin}\n\ndata:{More}\n\ndata:{End}\n\ndata:{Usage}\n\ndata:[DONE]\n\n",
        ["one event on several lines"] = $"data: {Begin.Replace("\"choices\"", "\ndata: \"choices\"", StringComparison.Ordinal)}\n\n{Events(More, End, Usage, "[DONE]")}",
        ["two ends"] = Events(Begin, More, End, Usage, "[DONE]", "[DONE]"),
        ["events behind the end"] = Events(Begin, More, End, Usage, "[DONE]", More, "{\"choices\":"),
        ["no blank line at the end"] = $"{Events(Begin, More, End, Usage)}data: [DONE]",
        ["empty choices in between"] = Events("""{"id":"a","choices":[],"prompt_filter_results":[]}""", Begin, """{"id":"a","choices":[]}""", More, End, Usage, "[DONE]"),
        ["null everywhere"] = Events(
            """{"id":"a","object":"chat.completion.chunk","created":null,"model":null,"service_tier":null,"system_fingerprint":null,"usage":null,"choices":[{"index":0,"delta":{"role":null,"content":null,"refusal":null,"tool_calls":null,"function_call":null},"logprobs":null,"finish_reason":null}]}""",
            Begin, More, End, Usage, "[DONE]"),
        ["usage in the middle, and again"] = Events(Begin, """{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":""},"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}""", More, End, Usage, "[DONE]"),
        ["usage beside the end"] = Events(Begin, More, """{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}""", "[DONE]"),
        ["an end nobody knows"] = Events(Begin, More, End.Replace("\"stop\"", "\"eos_token\"", StringComparison.Ordinal), Usage, "[DONE]"),
        ["members nobody knows"] = Events(Begin.Replace("\"id\"", "\"x_new\":{\"a\":[1,{\"b\":null}]},\"id\"", StringComparison.Ordinal), More, End, Usage, "[DONE]"),
    };

    public static TheoryData<string> Streams => [.. s_streams.Keys];

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task AStrangeStream_IsAWholeAnswer(string name)
    {
        foreach (var type in new[] { "text/event-stream", "text/plain; charset=utf-8", "application/json" })
        {
            _world.Upstream.On("*", Raw(type, s_streams[name]));

            var (chat, message) = await AskAsync(stream: true);

            if (name != "one event on several lines")   // relayed as it is; SDKs join the lines, the test's reader does not
            {
                Assert.Equal("Hello", chat.Text);
                Assert.Single(chat.Events, data => data == "[DONE]");
                Assert.Equal("[DONE]", chat.Events[^1]);
            }

            Assert.Equal("Hello", message.Text);
            Assert.Equal(12, (int?)message.Json["usage"]!["output_tokens"]);
            Assert.Equal(12, (int?)(await _world.RowAsync(message))["output_tokens"]);
        }
    }

    [Fact]
    public async Task AHugeEvent_IsReadWhole()
    {
        var text = new string('x', 3_000_000);
        _world.Upstream.On("*", Raw("text/event-stream", Events(Begin.Replace("Hel", text, StringComparison.Ordinal), End, Usage, "[DONE]")));

        var (chat, message) = await AskAsync(stream: true);

        Assert.Equal(text.Length, chat.Text.Length);
        Assert.Equal(text.Length, message.Text.Length);
    }

    [Fact]
    public async Task CallsTold_Interleaved_WithIdsMissingOrRepeated_AreTwoCalls()
    {
        static string Call(string calls) => $$"""{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{{calls}}]},"finish_reason":null}]}""";
        _world.Upstream.On("*", Raw("text/event-stream", Events(
            Call("""{"index":0,"id":"c1","type":"function","function":{"name":"one","arguments":""}},{"index":1,"type":"function","function":{"name":"two","arguments":"{\"b\""}}"""),
            Call("""{"index":0,"id":"c1","function":{"arguments":"{\"a\""}}"""),
            Call("""{"index":1,"id":"","function":{"arguments":":2}"}}"""),
            Call("""{"index":0,"id":"c1","type":"function","function":{"name":null,"arguments":":1}"}}"""),
            End.Replace("\"stop\"", "\"tool_calls\"", StringComparison.Ordinal), Usage, "[DONE]")));

        var (_, message) = await AskAsync(stream: true);

        var calls = message.Json["content"]!.AsArray().Where(block => (string?)block!["type"] == "tool_use").ToList();
        Assert.True((string?)calls[0]!["input"]!["partial"] is null, message.Body);
        Assert.Equal(["one", "two"], calls.Select(call => (string)call!["name"]!));
        Assert.Equal(["""{"a":1}""", """{"b":2}"""], calls.Select(call => call!["input"]!.ToJsonString()));
        Assert.Equal("c1", (string?)calls[0]!["id"]);
        Assert.NotEmpty((string)calls[1]!["id"]!);
        Assert.Equal("tool_use", (string?)message.Json["stop_reason"]);
    }

    /// <summary>A whole answer's bytes that say "Hello".</summary>
    private static readonly Dictionary<string, string> s_answers = new()
    {
        ["byte order mark"] = "\uFEFF" + Answer("\"Hello\"", "stop", """{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}"""),
        ["white space around"] = "\r\n\r\n  " + Answer("\"Hello\"", "stop", """{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}""") + "\n\n",
        ["an end nobody knows"] = Answer("\"Hello\"", "eos_token", """{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}"""),
        ["parts instead of a text"] = Answer("""[{"type":"text","text":"Hel"},{"type":"text","text":"lo"}]""", "stop", """{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}"""),
        ["counts with fractions"] = Answer("\"Hello\"", "stop", """{"prompt_tokens":9.0,"completion_tokens":1.2e1,"total_tokens":21}"""),
    };

    public static TheoryData<string> Answers => [.. s_answers.Keys];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task AStrangeAnswer_IsAnAnswer(string name)
    {
        foreach (var type in new[] { "application/json", "text/html; charset=utf-8", "application/octet-stream" })
        {
            _world.Upstream.On("*", Raw(type, s_answers[name]));

            var (chat, message) = await AskAsync(stream: false);

            Assert.Equal(HttpStatusCode.OK, chat.Status);
            Assert.Contains("Hel", chat.Json["choices"]![0]!["message"]!["content"]!.ToJsonString(), StringComparison.Ordinal);
            Assert.Equal("Hello", message.Text);
            Assert.Equal(12, (int?)message.Json["usage"]!["output_tokens"]);
        }
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("gzip", false)]
    [InlineData("br", true)]
    [InlineData("br", false)]
    public async Task PackedAnswers_AreUnpacked_ThoughNobodyAskedForThem(string encoding, bool stream)
    {
        var plain = Encoding.UTF8.GetBytes(stream ? s_streams["CRLF"] : Answer("\"Hello\"", "stop", """{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}"""));
        using var packed = new MemoryStream();
        using (Stream packing = encoding == "br" ? new BrotliStream(packed, CompressionLevel.Fastest, true) : new GZipStream(packed, CompressionLevel.Fastest, true))
        {
            packing.Write(plain);
        }

        _world.Upstream.On("*", (new Reply { Chunks = [packed.ToArray()] }.With([new("Content-Type", stream ? "text/event-stream" : "application/json"), new("Content-Encoding", encoding)])).InPiecesOf(11));

        var (chat, message) = await AskAsync(stream);

        Assert.Equal(("Hello", "Hello"), (chat.Text, message.Text));
    }

    private static string Events(params string[] data) => string.Concat(data.Select(one => $"data: {one}\n\n"));

    private static string Answer(string content, string finish, string usage) =>
        $$$"""{"id":"a","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":{{{content}}}},"finish_reason":"{{{finish}}}"}],"usage":{{{usage}}}}""";

    internal static Reply Raw(string type, string body) => new() { Headers = [new("Content-Type", type)], Chunks = [Encoding.UTF8.GetBytes(body)] };

    private Task<(ChatReply Chat, MessageReply Message)> AskAsync(bool stream) => AskAsync(_world, stream);

    /// <summary>The same question in the upstream's dialect and in another.</summary>
    internal static async Task<(ChatReply Chat, MessageReply Message)> AskAsync(MessagesWorld world, bool stream) =>
        (await world.Host.Http.ChatAsync(world.Account.Key, GatewayWorld.Body(stream: stream, includeUsage: stream, model: MessagesWorld.OpenAi)),
            await world.PostAsync(MessagesWorld.Ask(MessagesWorld.OpenAi, stream ? "\"stream\":true" : "")));
}

/// <summary>Bodies of a 200 that answer nothing.</summary>
public sealed class EmptyAnswerTests(MessagesWorld world) : IClassFixture<MessagesWorld>
{
    [Theory]
    [InlineData("<html><body>Welcome</body></html>")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"detail":"Not enough credits"}""")]
    [InlineData("""{"error":{"message":"overloaded","code":503}}""")]
    [InlineData("""{"error":"overloaded"}""")]
    [InlineData("""{"id":"a","choices":[{"index":0,"message":{"role":"assistant","content":"Hel""")]
    public async Task A200ThatIsNoAnswer_IsOneCleanError(string body)
    {
        foreach (var stream in new[] { false, true })
        {
            world.Upstream.On("*", HostileAnswerTests.Raw("text/html", body));

            var (chat, message) = await HostileAnswerTests.AskAsync(world, stream);

            Assert.Equal((HttpStatusCode.BadGateway, "upstream_unavailable"), (chat.Status, chat.ErrorCode));
            Assert.Equal(HttpStatusCode.BadGateway, message.Status);
            Assert.Equal("error", (string?)JsonNode.Parse(message.Body)!["type"]);
        }
    }
}
