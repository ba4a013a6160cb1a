using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>What the wire may bring and few servers send: each client dialect gets the same words from each upstream dialect however they are framed.</summary>
public sealed class UnusualStreamTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    private const string Chat = "rec-openai/m1";
    private const string Anthropic = "rec-anthropic/m1";
    private const string Gemini = "google/gemini-2.5-flash";

    private static readonly string[] s_clients = ["/v1/chat/completions", "/v1/messages", "/v1/responses"];
    private static readonly string[] s_models = [Chat, Anthropic, Gemini];
    private static readonly string[] s_words = ["Hé", "llo ", "🌍", "\n", "日本"];

    /// <summary>From the events of a stream to the pieces in which they come.</summary>
    private static readonly Dictionary<string, Func<string, byte[][]>> s_framings = new(StringComparer.Ordinal)
    {
        ["a byte order mark"] = events => [Encoding.UTF8.GetPreamble(), Bytes(events)],
        ["a byte order mark in pieces"] = events => [.. Encoding.UTF8.GetPreamble().Concat(Bytes(events)).Chunk(2)],
        ["no space after the colon"] = events => [Bytes(events.Replace("data: ", "data:", StringComparison.Ordinal).Replace("event: ", "event:", StringComparison.Ordinal))],
        ["all in one packet"] = events => [Bytes(events)],
        ["characters cut in the middle"] = events => [.. Bytes(events).Chunk(1)],
        ["carriage returns"] = events => [.. Bytes(events.Replace("\n", "\r\n", StringComparison.Ordinal)).Chunk(7)],
        ["old line ends"] = events => [Bytes(events.Replace("\n", "\r", StringComparison.Ordinal))],
        ["comments and ids"] = events => [Bytes(": hello\n\n" + events.Replace("data: ", "id: 7\nretry: 3000\n: more\ndata: ", StringComparison.Ordinal))],
        ["data before the name"] = events => [Bytes(string.Concat(events.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(one => string.Join('\n', one.Split('\n').Reverse()) + "\n\n")))],
    };

    public static TheoryData<string, string, string> Framings { get; } =
        [.. s_clients.SelectMany(client => s_models.SelectMany(model => s_framings.Keys.Select(framing => (client, model, framing))))];

    public static TheoryData<string, string> Pairs { get; } = [.. s_clients.SelectMany(client => s_models.Select(model => (client, model)))];

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task HoweverTheEventsAreFramed_TheWordsAreTheSame(string client, string model, string framing)
    {
        Sends(s_framings[framing](Events(model, s_words)));

        var reply = await AskAsync(client, model);

        Assert.Equal(string.Concat(s_words), Words(client, reply));
        AssertEnded(client, reply);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task ManySmallEventsInOnePacket_AllArrive(string client, string model)
    {
        var words = Enumerable.Range(0, 3000).Select(i => $"{i} ").ToArray();
        Sends([Bytes(Events(model, words))]);

        var reply = await AskAsync(client, model);

        Assert.Equal(string.Concat(words), Words(client, reply));
        AssertEnded(client, reply);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task AnEventOfFiveMegabytes_ArrivesWhole(string client, string model)
    {
        var words = new string('x', 5 * 1024 * 1024);
        Sends([Bytes(Events(model, [words]))]);

        var reply = await AskAsync(client, model);

        Assert.True(words == Words(client, reply), $"{Words(client, reply).Length} characters arrived.");
        AssertEnded(client, reply);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task CountsInQuotes_AreCounts_AndCost(string client, string model)
    {
        Sends([Bytes(Events(model, ["Hi"]).Replace("12", "\"12\"", StringComparison.Ordinal).Replace("34", "\"34\"", StringComparison.Ordinal).Replace("46", "\"46\"", StringComparison.Ordinal))]);

        var reply = await AskAsync(client, model);

        Assert.Equal(((12 * 2m) + (34 * 8m)) / 1_000_000m, HiWay(client, reply)["upstream_cost"]!.GetValue<decimal>());
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private void Sends(byte[][] pieces) => world.Upstream.On("*", new Reply { Headers = [new("Content-Type", "text/event-stream")], Chunks = pieces });

    private async Task<ChatReply> AskAsync(string client, string model)
    {
        var body = client == "/v1/responses" ? ResponsesWorld.Body(model, stream: true) : new JsonObject
        {
            ["model"] = model,
            ["max_tokens"] = 50,
            ["stream"] = true,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Hi" }),
        };
        var reply = await world.CallAsync(client, body);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body.Length > 2000 ? reply.Body[..2000] : reply.Body);

        // Events that pass through keep the line ends that they came with.
        return reply with { Events = [.. reply.Body.Split('\n', '\r').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..].Trim())] };
    }

    private static string Words(string client, ChatReply reply) => string.Concat(reply.Events.Where(one => one.StartsWith('{')).Select(one => JsonNode.Parse(one)!).Select(one => client switch
    {
        "/v1/chat/completions" => (string?)((one["choices"] as JsonArray)?.FirstOrDefault()?["delta"]?["content"]),
        "/v1/messages" => (string?)one["type"] == "content_block_delta" ? (string?)one["delta"]!["text"] : null,
        _ => (string?)one["type"] == "response.output_text.delta" ? (string?)one["delta"] : null,
    }));

    private static void AssertEnded(string client, ChatReply reply)
    {
        if (client == "/v1/chat/completions")
        {
            Assert.Equal("[DONE]", reply.Events[^1]);
        }
        else
        {
            Assert.Equal(client == "/v1/messages" ? "message_stop" : "response.completed", (string?)JsonNode.Parse(reply.Events[^1])!["type"]);
        }
    }

    private static JsonNode HiWay(string client, ChatReply reply)
    {
        var events = reply.Events.Where(one => one.StartsWith('{')).Select(one => JsonNode.Parse(one)!).ToList();
        return events.Select(one => client == "/v1/responses" ? one["response"]?["_hiway"] : one["_hiway"]).Single(hiway => hiway is not null)!;
    }

    /// <summary>An answer with 12 tokens in and 34 out.</summary>
    private static string Events(string model, string[] words)
    {
        var events = new StringBuilder();
        switch (model)
        {
            case Chat:
                foreach (var word in words)
                {
                    Data(events, new JsonObject { ["id"] = "c", ["object"] = "chat.completion.chunk", ["created"] = 1, ["model"] = "m1", ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = new JsonObject { ["content"] = word }, ["finish_reason"] = null }) });
                }

                Data(events, JsonNode.Parse("""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""")!);
                Data(events, JsonNode.Parse("""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m1","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}""")!);
                events.Append("data: [DONE]\n\n");
                break;
            case Anthropic:
                Named(events, "message_start", """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}}""");
                Named(events, "content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");
                foreach (var word in words)
                {
                    events.Append("event: content_block_delta\n");
                    Data(events, new JsonObject { ["type"] = "content_block_delta", ["index"] = 0, ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = word } });
                }

                Named(events, "content_block_stop", """{"type":"content_block_stop","index":0}""");
                Named(events, "message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":34}}""");
                Named(events, "message_stop", """{"type":"message_stop"}""");
                break;
            default:
                for (var i = 0; i < words.Length; i++)
                {
                    Data(events, new JsonObject
                    {
                        ["candidates"] = new JsonArray(new JsonObject { ["content"] = new JsonObject { ["role"] = "model", ["parts"] = new JsonArray(new JsonObject { ["text"] = words[i] }) }, ["index"] = 0 }),
                        ["modelVersion"] = "gemini-2.5-flash",
                    });
                }

                Data(events, JsonNode.Parse("""{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":34,"totalTokenCount":46},"modelVersion":"gemini-2.5-flash"}""")!);
                break;
        }

        return events.ToString();
    }

    private static void Named(StringBuilder events, string name, string data) => events.Append($"event: {name}\ndata: {data}\n\n");

    private static void Data(StringBuilder events, JsonNode data) => events.Append($"data: {data.ToJsonString()}\n\n");
}
