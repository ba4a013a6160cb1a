using System.Net;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Tools that take words (<c>"type": "custom"</c>) of Responses clients, at models that know functions alone.</summary>
public sealed class CustomToolTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    private const string Chat = "rec-openai/m1";
    private const string Anthropic = "rec-anthropic/m1";
    private const string Gemini = "google/gemini-2.5-flash";
    private const string Words = "*** Begin \"Patch\"\n\\d+\t→ 🌍";

    [Theory]
    [InlineData(Chat)]
    [InlineData(Anthropic)]
    [InlineData(Gemini)]
    public async Task ACustomTool_IsOfferedAsAFunction_AndItsCallComesBackAsWords(string model)
    {
        world.Upstream.On("*", Whole(model, Arguments(Words)));

        var reply = await world.AskAsync(Body(model, stream: false));

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        SchemaCheck.OpenAiResponses.Accepts("Response", reply.Json);
        var call = reply.Json["output"]!.AsArray().Single(item => (string?)item!["type"] == "custom_tool_call")!;
        Assert.Equal(("apply.patch", Words, "completed"), ((string?)call["name"], (string?)call["input"], (string?)call["status"]));
        Assert.Null(reply.Json["_hiway"]!["dropped"]);
        var offered = Offered(model, world.Upstream.Requests[^1].Json);
        Assert.Equal(Named(model), (string?)offered.Name);
        Assert.Equal("""["input"]""", offered.Schema["required"]!.ToJsonString());
        Assert.Equal("string", ((string?)offered.Schema["properties"]!["input"]!["type"])!.ToLowerInvariant());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(1000)]
    public async Task HoweverTheArgumentsAreCut_TheStreamGivesTheWordsAsTheyCome(int piece)
    {
        var arguments = Arguments(Words);
        world.Upstream.On("*", Streamed(Pieces(arguments, piece)));

        var reply = await world.AskAsync(Body(Chat, stream: true));

        foreach (var one in reply.Chunks)
        {
            SchemaCheck.OpenAiResponses.Accepts("ResponseStreamEvent", one);
        }

        var deltas = reply.Chunks.Where(one => (string?)one["type"] == "response.custom_tool_call_input.delta").Select(one => (string)one["delta"]!).ToList();
        Assert.Equal(Words, string.Concat(deltas));
        Assert.True(piece == 1000 ? deltas.Count == 1 : deltas.Count > 1, "The words come while they are said.");
        var done = reply.Chunks.Single(one => (string?)one["type"] == "response.custom_tool_call_input.done");
        Assert.Equal(Words, (string?)done["input"]);
        Assert.DoesNotContain("function_call_arguments", reply.Body, StringComparison.Ordinal);
        Assert.Equal(Words, (string?)ResponsesWorld.Response(reply)["output"]![0]!["input"]);
        Assert.Equal(["response.created", "response.in_progress", "response.output_item.added"], reply.Chunks.Take(3).Select(one => (string?)one["type"]));
    }

    [Theory]
    [InlineData("""{"input": "a b"}""", "a b")]
    [InlineData(" { \n\"input\" : \"a\" } ", "a")]
    [InlineData("""{"input":""}""", "")]
    [InlineData("""{"patch":"x","input":"a"}""", "a")]
    [InlineData("""{"input":{"a":1}}""", """{"a":1}""")]
    [InlineData("plain words", "plain words")]
    [InlineData("""{"input":"half""", "half")]
    [InlineData("""{"input":"\ud83d\ude00"}""", "😀")]
    [InlineData("""{"input":"\ud83dX\ud83d\n"}""", "\ufffdX\ufffd\n")]
    [InlineData("{\"input\":\"a\nb\"}", "a\nb")]
    public async Task WhateverAModelWrites_IsWords(string arguments, string words)
    {
        world.Upstream.On("*", Whole(Chat, arguments), Streamed(Pieces(arguments, 3)));

        var whole = await world.AskAsync(Body(Chat, stream: false));
        var streamed = await world.AskAsync(Body(Chat, stream: true));

        Assert.Equal(words, (string?)whole.Json["output"]![0]!["input"]);
        Assert.Equal(words, (string?)ResponsesWorld.Response(streamed)["output"]![0]!["input"]);
        Assert.Equal(words, string.Concat(streamed.Chunks.Where(one => (string?)one["type"] == "response.custom_tool_call_input.delta").Select(one => (string)one["delta"]!)));
    }

    [Fact]
    public async Task Functions_BesideACustomTool_StayFunctions()
    {
        world.Upstream.On("*", Reply.Json("""
            {"id":"c","object":"chat.completion","created":1,"model":"m1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[
             {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"input\":\"no words\"}"} },{"id":"c2","type":"function","function":{"name":"g","arguments":"{\"input\":\"words\"}"} }]}}]}
            """));

        var reply = await world.AskAsync(JsonNode.Parse($$"""
            {"model":"{{Chat}}","input":"Hi","tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"input":{"type":"string"} } },"strict":false},{"type":"custom","name":"g"}],"tool_choice":{"type":"custom","name":"g"} }
            """)!);

        Assert.Equal(["function_call", "custom_tool_call"], reply.Json["output"]!.AsArray().Select(item => (string?)item!["type"]));
        Assert.Equal("""{"type":"function","function":{"name":"g"}}""", world.Upstream.Requests[^1].Json["tool_choice"]!.ToJsonString());
    }

    [Fact]
    public async Task CallsAndResultsOfEarlierTurns_AreHandedOn()
    {
        world.Upstream.On("*", Reply.Chat("Done"));

        var reply = await world.AskAsync(JsonNode.Parse($$"""
            {"model":"{{Chat}}","tools":[{"type":"custom","name":"g"}],"input":[{"role":"user","content":"Hi"},
             {"type":"custom_tool_call","id":"ctc_1","call_id":"c1","name":"g","input":"say \"hi\"\n"},{"type":"custom_tool_call_output","call_id":"c1","output":"said"}]}
            """)!);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Null(reply.Json["_hiway"]!["dropped"]);
        var messages = world.Upstream.Requests[^1].Json["messages"]!;
        var function = messages[1]!["tool_calls"]![0]!["function"]!;
        Assert.Equal("say \"hi\"\n", (string?)JsonNode.Parse((string)function["arguments"]!)!["input"]);
        Assert.Equal(("tool", "c1", "said"), ((string?)messages[2]!["role"], (string?)messages[2]!["tool_call_id"], (string?)messages[2]!["content"]));
    }

    [Fact]
    public async Task AGrammar_IsToldToTheModel_AndNamedAsDropped()
    {
        world.Upstream.On("*", Whole(Chat, Arguments("x")));
        var body = JsonNode.Parse($$"""
            {"model":"{{Chat}}","input":"Hi","tools":[{"type":"custom","name":"g","description":"Sums.","format":{"type":"grammar","syntax":"regex","definition":"[0-9]+"} }] }
            """)!;

        var reply = await world.AskAsync(body);
        body["hiway"] = new JsonObject { ["strict"] = true };
        var strict = await world.AskAsync(body);

        Assert.Equal("tools[0].format", (string?)Assert.Single(reply.Json["_hiway"]!["dropped"]!.AsArray()));
        Assert.Equal("Sums.\n\nThe input must follow this regex grammar:\n[0-9]+", (string?)world.Upstream.Requests[^1].Json["tools"]![0]!["function"]!["description"]);
        Assert.Equal((HttpStatusCode.BadRequest, "tools[0].format"), (strict.Status, (string?)strict.Json["error"]!["param"]));
    }

    private static JsonNode Body(string model, bool stream) => JsonNode.Parse($$"""
        {"model":"{{model}}","input":"Hi","stream":{{(stream ? "true" : "false")}},"tools":[{"type":"custom","name":"apply.patch","description":"Changes files.","format":{"type":"text"} }] }
        """)!;

    private static string Arguments(string words) => new JsonObject { ["input"] = words }.ToJsonString();

    /// <summary>What the upstream knows the tool as: most take no dots.</summary>
    private static string Named(string model) => model == Gemini ? "apply.patch" : ToolNameRule.OpenAi.Respell("apply.patch", 8);

    private static Reply Whole(string model, string arguments) => Reply.Json(model switch
    {
        Chat => new JsonObject
        {
            ["id"] = "c",
            ["object"] = "chat.completion",
            ["created"] = 1,
            ["model"] = "m1",
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["finish_reason"] = "tool_calls",
                ["message"] = new JsonObject
                {
                    ["role"] = "assistant",
                    ["content"] = null,
                    ["tool_calls"] = new JsonArray(new JsonObject { ["id"] = "call_1", ["type"] = "function", ["function"] = new JsonObject { ["name"] = Named(model), ["arguments"] = arguments } }),
                },
            }),
        }.ToJsonString(),
        Anthropic => $$"""
            {"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[{"type":"tool_use","id":"t1","name":"{{Named(model)}}","input":{{arguments}} }],
             "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":9} }
            """,
        _ => $$"""
            {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"{{Named(model)}}","args":{{arguments}} } }]},"finishReason":"STOP","index":0}],
             "usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":9,"totalTokenCount":12},"modelVersion":"gemini-2.5-flash","responseId":"r"}
            """,
    });

    private static (JsonNode Name, JsonNode Schema) Offered(string model, JsonNode sent)
    {
        var tool = model == Gemini ? sent["tools"]![0]!["functionDeclarations"]![0]! : model == Chat ? sent["tools"]![0]!["function"]! : sent["tools"]![0]!;
        return (tool["name"]!, (tool["parametersJsonSchema"] ?? tool["parameters"] ?? tool["input_schema"])!);
    }

    private static IEnumerable<string> Pieces(string text, int size)
    {
        // A pair of surrogates is one character, which no provider cuts.
        var runes = text.EnumerateRunes().Select(rune => rune.ToString()).ToList();
        return runes.Chunk(size).Select(piece => string.Concat(piece));
    }

    private static Reply Streamed(IEnumerable<string> pieces) => Reply.Sse(
    [
        Chunk(new JsonObject { ["id"] = "call_1", ["index"] = 0, ["type"] = "function", ["function"] = new JsonObject { ["name"] = Named(Chat), ["arguments"] = "" } }, null),
        .. pieces.Select(piece => Chunk(new JsonObject { ["index"] = 0, ["function"] = new JsonObject { ["arguments"] = piece } }, null)),
        Chunk(null, "tool_calls"),
        "[DONE]",
    ]);

    private static string Chunk(JsonObject? call, string? finish) => new JsonObject
    {
        ["id"] = "c",
        ["object"] = "chat.completion.chunk",
        ["created"] = 1,
        ["model"] = "m1",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["delta"] = call is null ? [] : new JsonObject { ["tool_calls"] = new JsonArray(call) },
            ["finish_reason"] = finish,
        }),
    }.ToJsonString();
}
