using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>
/// Conversations as agents leave them (cut, interleaved, replayed), of each client dialect at models of another one: what is sent keeps the rules that
/// the upstream would refuse it by, and all that was said is in it.
/// </summary>
public sealed class ToolHistoryTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    private const string Chat = "rec-openai/m1";
    private const string Anthropic = "rec-anthropic/m1";
    private const string Gemini = "google/gemini-2.5-flash";

    /// <summary>Bytes pass through from a dialect to itself, and the provider judges.</summary>
    private static readonly (string Path, string Model)[] s_pairs =
    [
        ("/v1/chat/completions", Anthropic), ("/v1/chat/completions", Gemini), ("/v1/messages", Chat), ("/v1/messages", Gemini),
        ("/v1/responses", Chat), ("/v1/responses", Anthropic), ("/v1/responses", Gemini),
    ];

    /// <summary><c>u</c>ser, <c>a</c>ssistant and <c>s</c>ystem with words, <c>c</c>alls with their ids, the <c>r</c>esult of a call.</summary>
    private static readonly Dictionary<string, string> s_histories = new(StringComparer.Ordinal)
    {
        ["a call without its result"] = "u:Q1|c:x|u:Q2",
        ["two calls, one without"] = "u:Q1|c:x,y|r:y=R1|u:Q2",
        ["a call at the end"] = "u:Q1|c:x",
        ["one id for two calls"] = "u:Q1|c:x|r:x=R1|c:x|r:x=R2|u:Q2",
        ["one id for two calls of a turn"] = "u:Q1|c:x,x|r:x=R1|r:x=R2|u:Q2",
        ["a result before its call"] = "u:Q1|r:x=R1|c:x|u:Q2",
        ["a result twice"] = "u:Q1|c:x|r:x=R1|r:x=R1|u:Q2",
        ["two results of one call"] = "u:Q1|c:x|r:x=R1|r:x=R2|u:Q2",
        ["a result long after"] = "u:Q1|c:x|u:Q2|a:A1|r:x=R1|u:Q3",
        ["results in another order"] = "u:Q1|c:x,y|r:y=R2|r:x=R1|u:Q2",
        ["results apart"] = "u:Q1|c:x,y|r:x=R1|u:Q2|r:y=R2|u:Q3",
        ["a result without a call"] = "r:z=R1|u:Q1",
        ["a call by a call"] = "u:Q1|c:x|c:y|r:x=R1|r:y=R2|u:Q2",
        ["an instruction between call and result"] = "u:Q1|c:x|s:S1|r:x=R1|u:Q2",
        ["an empty answer"] = "u:Q1|a:|u:Q2",
        ["one speaks on"] = "u:Q1|u:Q2|a:A1|a:A2|u:Q3",
        ["an instruction in the middle"] = "s:S1|u:Q1|a:A1|s:S2|u:Q2",
        ["all is well"] = "s:S1|u:Q1|c:x,y|r:x=R1|r:y=R2|a:A1|u:Q2",
    };

    public static TheoryData<string, string, string> Histories { get; } =
        [.. s_pairs.SelectMany(pair => s_histories.Keys.Select(history => (pair.Path, pair.Model, history)))];

    [Theory]
    [MemberData(nameof(Histories))]
    public async Task WhateverAnAgentLeaves_TheUpstreamTakes_AndNothingIsLost(string path, string model, string history)
    {
        Answers(model);
        var turns = s_histories[history].Split('|');

        var reply = await world.CallAsync(path, Body(path, model, turns));

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var sent = world.Upstream.Requests[^1].Json;
        switch (model)
        {
            case Chat:
                AssertChat(sent["messages"]!.AsArray());
                break;
            case Anthropic:
                AssertAnthropic(sent["messages"]!.AsArray());
                break;
            default:
                AssertGemini(sent["contents"]!.AsArray());
                break;
        }

        var all = sent.ToJsonString();
        foreach (var words in turns.Select(turn => turn[(turn.LastIndexOfAny([':', '=']) + 1)..]).Where(words => words.Length == 2).Distinct())
        {
            Assert.True(all.Split(words).Length == 2, $"'{words}' is there once: {all}");
        }
    }

    [Fact]
    public async Task WhatCannotBeSaid_IsNamedWhereItStoodInTheClientsBody_ThoughMessagesMoved()
    {
        Answers(Anthropic);
        var body = JsonNode.Parse($$"""
            {"model":"{{Anthropic}}","max_tokens":50,"messages":[{"role":"tool","tool_call_id":"gone","content":"R0"},{"role":"user","content":"Q1"},
             {"role":"assistant","content":null,"tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"} }]},
             {"role":"user","content":[{"type":"text","text":"Q2"},{"type":"hologram","hologram":{} }]},
             {"role":"tool","tool_call_id":"x","content":[{"type":"text","text":"R1"},{"type":"hologram","hologram":{} }]}]}
            """)!;

        var reply = await world.CallAsync("/v1/chat/completions", body);

        Assert.Equal(["messages[4].content[1]", "messages[3].content[1]"], reply.Json["_hiway"]!["dropped"]!.AsArray().Select(one => (string?)one));
    }

    /// <summary>OpenAI's rules: each result behind its call, each call with one, none twice, and no message of nothing.</summary>
    private static void AssertChat(JsonArray messages)
    {
        var waiting = new List<string>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            var role = (string?)message!["role"];
            if (role == "tool")
            {
                Assert.True(waiting.Remove((string)message["tool_call_id"]!), messages.ToJsonString());
                continue;
            }

            Assert.True(waiting.Count == 0, messages.ToJsonString());
            if (message["tool_calls"] is JsonArray calls)
            {
                waiting.AddRange(calls.Select(call => (string)call!["id"]!));
                Assert.All(waiting, id => Assert.True(ids.Add(id), id));
            }
            else
            {
                Assert.NotNull(message["content"]);
            }
        }

        Assert.Empty(waiting);
    }

    /// <summary>Anthropic's: sides in turns, results first in the turn behind the calls, ids of one call alone, no empty text.</summary>
    private static void AssertAnthropic(JsonArray messages)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new List<string>();
        var fromUser = false;
        foreach (var message in messages)
        {
            Assert.NotEqual(fromUser, (string?)message!["role"] == "user");
            fromUser = !fromUser;
            if (message["content"] is JsonValue text)
            {
                Assert.NotEqual("", text.GetValue<string>());
                Assert.Empty(waiting);
                continue;
            }

            var blocks = message["content"]!.AsArray();
            Assert.NotEmpty(blocks);
            Assert.DoesNotContain(blocks, block => (string?)block!["text"] == "");
            var results = blocks.TakeWhile(block => (string?)block!["type"] == "tool_result").Select(block => (string)block!["tool_use_id"]!).ToList();
            Assert.DoesNotContain(blocks.Skip(results.Count), block => (string?)block!["type"] == "tool_result");
            Assert.Equal(waiting.Order(), results.Order());
            waiting = [.. blocks.Where(block => (string?)block!["type"] == "tool_use").Select(block => (string)block!["id"]!)];
            Assert.All(waiting, id => Assert.True(ids.Add(id), id));
        }

        Assert.Empty(waiting);
    }

    /// <summary>Google's: as many results as calls, in the turn right behind them.</summary>
    private static void AssertGemini(JsonArray contents)
    {
        var waiting = 0;
        foreach (var content in contents)
        {
            var parts = content!["parts"]!.AsArray();
            Assert.NotEmpty(parts);
            Assert.Equal(waiting, parts.Count(part => part!["functionResponse"] is not null));
            waiting = parts.Count(part => part!["functionCall"] is not null);
        }

        Assert.Equal(0, waiting);
    }

    private static JsonObject Body(string path, string model, string[] turns) => path switch
    {
        "/v1/responses" => new() { ["model"] = model, ["input"] = new JsonArray([.. turns.SelectMany(ResponsesItems)]) },
        _ => new() { ["model"] = model, ["max_tokens"] = 50, ["messages"] = new JsonArray([.. turns.Select(turn => (JsonNode)(path == "/v1/messages" ? AnthropicMessage(turn) : ChatMessage(turn)))]) },
    };

    private static string Role(string turn) => turn[0] switch { 'u' => "user", 's' => "system", 'r' => "tool", _ => "assistant" };

    private static JsonObject ChatMessage(string turn) => (turn[0], turn[2..]) switch
    {
        ('c', var ids) => new()
        {
            ["role"] = "assistant",
            ["content"] = null,
            ["tool_calls"] = new JsonArray([.. ids.Split(',').Select(id => new JsonObject { ["id"] = id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = "f", ["arguments"] = "{}" } })]),
        },
        ('r', var result) => new() { ["role"] = "tool", ["tool_call_id"] = result[..1], ["content"] = result[2..] },
        (_, var words) => new() { ["role"] = Role(turn), ["content"] = words },
    };

    private static JsonObject AnthropicMessage(string turn) => (turn[0], turn[2..]) switch
    {
        ('c', var ids) => new()
        {
            ["role"] = "assistant",
            ["content"] = new JsonArray([.. ids.Split(',').Select(id => new JsonObject { ["type"] = "tool_use", ["id"] = id, ["name"] = "f", ["input"] = new JsonObject() })]),
        },
        ('r', var result) => new()
        {
            ["role"] = "user",
            ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = result[..1], ["content"] = result[2..] }),
        },
        (_, var words) => new() { ["role"] = Role(turn), ["content"] = words },
    };

    private static IEnumerable<JsonNode> ResponsesItems(string turn) => (turn[0], turn[2..]) switch
    {
        ('c', var ids) => ids.Split(',').Select(id => new JsonObject { ["type"] = "function_call", ["call_id"] = id, ["name"] = "f", ["arguments"] = "{}" }),
        ('r', var result) => [new JsonObject { ["type"] = "function_call_output", ["call_id"] = result[..1], ["output"] = result[2..] }],
        (_, var words) => [new JsonObject { ["role"] = Role(turn), ["content"] = words }],
    };

    private void Answers(string model) => world.Upstream.On("*", model switch
    {
        Chat => Reply.Chat("ok"),
        Anthropic => Reply.Json("""{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}"""),
        _ => Reply.Json("""{"candidates":[{"content":{"role":"model","parts":[{"text":"ok"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4},"modelVersion":"gemini-2.5-flash","responseId":"r"}"""),
    });
}
