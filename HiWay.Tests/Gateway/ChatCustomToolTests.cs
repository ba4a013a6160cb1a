using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Tools that take words of chat clients, at models that know functions alone; <see cref="CustomToolTests"/> has those of Responses clients.</summary>
public sealed class ChatCustomToolTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    private const string Anthropic = "rec-anthropic/m1";
    private const string Words = "*** Begin \"Patch\"\n\\d+\t→ 🌍";
    private static readonly string s_arguments = new JsonObject { ["input"] = Words }.ToJsonString();

    [Fact]
    public async Task ACustomTool_IsOfferedAsAFunction_AndItsCallComesBackAsWords()
    {
        world.Upstream.On("*", Reply.Json($$"""
            {"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[{"type":"tool_use","id":"t1","name":"patch","input":{{s_arguments}} },{"type":"tool_use","id":"t2","name":"f","input":{"input":"no words"} }],
             "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":9} }
            """));

        var reply = await AskAsync(Body(Anthropic));

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        SchemaCheck.OpenAi.Accepts("CreateChatCompletionResponse", reply.Json);
        var calls = reply.Json["choices"]![0]!["message"]!["tool_calls"]!;
        Assert.Equal(new JsonObject { ["id"] = "t1", ["type"] = "custom", ["custom"] = new JsonObject { ["name"] = "patch", ["input"] = Words } }.ToJsonString(), calls[0]!.ToJsonString());
        Assert.Equal("function", (string?)calls[1]!["type"]);
        Assert.Equal("tool_calls", (string?)reply.Json["choices"]![0]!["finish_reason"]);
        Assert.Null(reply.Json["_hiway"]!["dropped"]);
        var sent = world.Upstream.Requests[^1].Json;
        Assert.Equal("""["input"]""", sent["tools"]![0]!["input_schema"]!["required"]!.ToJsonString());
        Assert.Equal("""{"type":"tool","name":"patch"}""", sent["tool_choice"]!.ToJsonString());
        Assert.Equal("""{"input":"before \"x\"\n"}""", sent["messages"]![1]!["content"]![0]!["input"]!.ToJsonString().Replace("\\u0022", "\\\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task HoweverTheArgumentsAreCut_TheStreamGivesTheWords(int piece)
    {
        List<string> events = [Event("""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}""")];
        foreach (var (index, name) in new[] { (0, "patch"), (1, "f") })
        {
            events.Add(Event($$"""{"type":"content_block_start","content_block":{"type":"tool_use","id":"t{{index}}","name":"{{name}}","input":{} },"index":{{index}} }"""));
            var runes = s_arguments.EnumerateRunes().Select(rune => rune.ToString()).Chunk(piece);
            events.AddRange(runes.Select(cut => Event(new JsonObject { ["type"] = "content_block_delta", ["index"] = index, ["delta"] = new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = string.Concat(cut) } }.ToJsonString())));
            events.Add(Event($$"""{"type":"content_block_stop","index":{{index}}}"""));
        }

        events.Add(Event("""{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}"""));
        events.Add(Event("""{"type":"message_stop"}"""));
        world.Upstream.On("*", Reply.SseRaw([.. events]));
        var body = Body(Anthropic);
        body["stream"] = true;

        var reply = await AskAsync(body);

        var pieces = reply.Chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).SelectMany(choice => choice!["delta"]!["tool_calls"] as JsonArray ?? []).Select(call => call!).ToList();
        Assert.Equal(["custom", "function"], pieces.Select(call => (string?)call["type"]).OfType<string>());
        Assert.Equal(Words, string.Concat(pieces.Where(call => (int)call["index"]! == 0).Select(call => (string?)call["custom"]!["input"])));
        Assert.Equal(s_arguments, string.Concat(pieces.Where(call => (int)call["index"]! == 1).Select(call => (string?)call["function"]!["arguments"])));
        Assert.Equal("[DONE]", reply.Events[^1]);
    }

    /// <summary>They copy OpenAI's dialect, and answer a tool of this type with a 400.</summary>
    [Fact]
    public async Task AProviderOfTheSameDialect_IsOfferedAFunctionToo()
    {
        await world.Host.Http.PutProviderAsync(world.Account, "groq", world.Upstream.Url, null, ["m1"]);
        world.Upstream.On("*", Reply.Chat("Done"));

        var reply = await AskAsync(Body("groq/m1"));

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var sent = world.Upstream.Requests[^1].Json;
        Assert.Equal(["function", "function"], sent["tools"]!.AsArray().Select(tool => (string?)tool!["type"]));
        Assert.Equal("function", (string?)sent["messages"]![1]!["tool_calls"]![0]!["type"]);
    }

    [Fact]
    public async Task OpenAiItself_IsAskedAsTheClientAsked_WhereTheBytesPass()
    {
        world.Upstream.On("*", Reply.Chat("Done"));
        var body = Body(ResponsesWorld.Both);

        await AskAsync(body);

        Assert.Equal(body["tools"]!.ToJsonString(), world.Upstream.Requests[^1].Json["tools"]!.ToJsonString());
    }

    /// <summary>The model has the Responses API alone, so the call is written anew.</summary>
    [Fact]
    public async Task AGrammar_IsToldToTheModel_AndNamedAsDropped()
    {
        world.Upstream.On("*", Reply.Json("""
            {"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-5-pro","output":[{"type":"function_call","id":"fc_1","call_id":"c1","name":"patch","arguments":"{\"input\":\"42\"}","status":"completed"}],
             "usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":0},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":12}}
            """));
        var body = Body(ResponsesWorld.Only);
        body["tools"]![0]!["custom"]!["format"] = JsonNode.Parse("""{"type":"grammar","grammar":{"syntax":"regex","definition":"[0-9]+"}}""");

        var reply = await AskAsync(body);

        Assert.Equal("tools[0].custom.format", (string?)Assert.Single(reply.Json["_hiway"]!["dropped"]!.AsArray()));
        Assert.Equal("Changes files.\n\nThe input must follow this regex grammar:\n[0-9]+", (string?)world.Upstream.Requests[^1].Json["tools"]![0]!["description"]);
        Assert.Equal("42", (string?)reply.Json["choices"]![0]!["message"]!["tool_calls"]![0]!["custom"]!["input"]);
    }

    [Theory]
    [InlineData("""[{"type":"custom","custom":5}]""", "tools[0].custom")]
    [InlineData("""[{"type":"custom","custom":{"name":5}}]""", "tools[0].custom.name")]
    public async Task AToolThatIsNone_IsRefused_ByName(string tools, string field)
    {
        var body = Body(Anthropic);
        body["tools"] = JsonNode.Parse(tools);

        var reply = await AskAsync(body);

        Assert.Equal((HttpStatusCode.BadRequest, field), (reply.Status, (string?)reply.Json["error"]!["param"]));
    }

    private static JsonNode Body(string model) => JsonNode.Parse("""
        {"model":"MODEL","messages":[{"role":"user","content":"Hi"},
          {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"custom","custom":{"name":"patch","input":"before \"x\"\n"}}]},{"role":"tool","tool_call_id":"c1","content":"done"}],
         "tools":[{"type":"custom","custom":{"name":"patch","description":"Changes files."}},{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"input":{"type":"string"}}}}}],
         "tool_choice":{"type":"custom","custom":{"name":"patch"}}}
        """.Replace("MODEL", model, StringComparison.Ordinal))!;

    private Task<ChatReply> AskAsync(JsonNode body) => world.CallAsync("/v1/chat/completions", body);

    private static string Event(string json) => $"event: {(string?)JsonNode.Parse(json)!["type"]}\ndata: {json}\n\n";
}
