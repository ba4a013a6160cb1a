using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Numbers, truths and nothing where words are wanted, and kinds that nobody knows: refused by the field at fault, or named.</summary>
public sealed class WrongTypesTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    private const string Chat = "rec-openai/m1";
    private const string Anthropic = "rec-anthropic/m1";
    private const string Gemini = "google/gemini-2.5-flash";

    /// <summary>The body without its model, and the field at fault.</summary>
    private static readonly (string Path, string Body, string Field)[] s_wrong =
    [
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":5}] """, "messages[0].content"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":true}] """, "messages[0].content"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":{"text":"x"} }] """, "messages[0].content"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":[5]}] """, "messages[0].content[0]"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":[{"type":"text","text":5}]}] """, "messages[0].content[0].text"),
        ("/v1/chat/completions", """ "messages":[{"role":5,"content":"x"}] """, "messages[0].role"),
        ("/v1/chat/completions", """ "messages":"x" """, "messages"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":"x"}],"user":true """, "user"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":5}] """, "messages[0].content"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":null}] """, "messages[0].content"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":[5]}] """, "messages[0].content[0]"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":true}]}] """, "messages[0].content[0].text"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":[{"type":5}]}] """, "messages[0].content[0].type"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":7}]}]}] """, "messages[0].content[0].content[0].text"),
        ("/v1/messages", """ "max_tokens":9,"system":[{"type":"text","text":{} }],"messages":[{"role":"user","content":"x"}] """, "system[0].text"),
        ("/v1/messages", """ "max_tokens":9,"system":5,"messages":[{"role":"user","content":"x"}] """, "system"),
        ("/v1/messages", """ "max_tokens":"9","messages":[{"role":"user","content":"x"}] """, "max_tokens"),
        ("/v1/responses", """ "input":5 """, "input"),
        ("/v1/responses", """ "input":[5] """, "input[0]"),
        ("/v1/responses", """ "input":[{"role":"user","content":5}] """, "input[0].content"),
        ("/v1/responses", """ "input":[{"role":"user","content":[{"type":"input_text","text":5}]}] """, "input[0].content[0].text"),
        ("/v1/responses", """ "input":"x","instructions":5 """, "instructions"),
    ];

    /// <summary>What only the inner form looks at; where bytes pass through it is the provider's to refuse.</summary>
    private static readonly (string Path, string Body, string Field)[] s_wrongWhenTranslated =
    [
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":[{"type":"text","text":null}]}] """, "messages[0].content[0].text"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":5,"type":"function","function":{"name":"f","arguments":"{}"} }]}] """, "messages[1].tool_calls[0].id"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":5} }]}] """, "messages[1].tool_calls[0].function.arguments"),
        ("/v1/chat/completions", """ "messages":[{"role":"tool","tool_call_id":5,"content":"x"}] """, "messages[0].tool_call_id"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":5} }] """, "tools[0].function.name"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":"x"}],"stop":5 """, "stop"),
        ("/v1/chat/completions", """ "messages":[{"role":"user","content":"x"}],"temperature":"0.5" """, "temperature"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":null,"content":"x"}]}] """, "messages[0].content[0].tool_use_id"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":"{}"}]}] """, "messages[1].content[0].input"),
        ("/v1/messages", """ "max_tokens":9,"messages":[{"role":"user","content":"x"}],"stop_sequences":[5] """, "stop_sequences[0]"),
        ("/v1/responses", """ "input":[{"role":"user","content":"x"},{"type":"function_call","call_id":5,"name":"f","arguments":"{}"}] """, "input[1].call_id"),
        ("/v1/responses", """ "input":[{"type":"function_call_output","call_id":"a","output":null}] """, "input[0].output"),
        ("/v1/responses", """ "input":[{"type":"custom_tool_call","call_id":"a","name":"f","input":5}] """, "input[0].input"),
        ("/v1/responses", """ "input":"x","tools":[{"type":"custom","name":5}] """, "tools[0].name"),
    ];

    private static readonly Dictionary<string, string> s_own = new(StringComparer.Ordinal) { ["/v1/chat/completions"] = Chat, ["/v1/messages"] = Anthropic, ["/v1/responses"] = ResponsesWorld.Both };

    private static readonly string[] s_models = [Chat, Anthropic, Gemini];

    public static TheoryData<string, string, string, string> Wrong { get; } =
    [
        .. s_wrong.SelectMany(one => s_models.Append(s_own[one.Path]).Distinct().Select(model => (one.Path, model, one.Body, one.Field))),
        .. s_wrongWhenTranslated.SelectMany(one => s_models.Where(model => model != s_own[one.Path]).Select(model => (one.Path, model, one.Body, one.Field))),
    ];

    public static TheoryData<string, string> Translated { get; } = [.. s_own.SelectMany(own => s_models.Where(model => model != own.Value).Select(model => (own.Key, model)))];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task AWrongType_IsRefusedByTheFieldAtFault(string path, string model, string body, string field)
    {
        var before = world.Upstream.Requests.Count;

        var reply = await world.CallAsync(path, $$"""{"model":"{{model}}",{{body}}}""");

        Assert.True(reply.Status == HttpStatusCode.BadRequest, $"{reply.Status}: {reply.Body}");
        Assert.Equal(field, (string?)reply.Json["error"]!["param"]);
        Assert.Equal(before, world.Upstream.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Translated))]
    public async Task WhatNobodyKnows_IsNamed_AndRefusedWhenStrict(string path, string model)
    {
        world.Upstream.On("*", model switch
        {
            Chat => Reply.Chat("ok"),
            Anthropic => Reply.Json("""{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}"""),
            _ => Reply.Json("""{"candidates":[{"content":{"role":"model","parts":[{"text":"ok"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4}}"""),
        });
        var (body, named) = path switch
        {
            "/v1/chat/completions" => (""" "messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"hologram","hologram":{} }]}],"tools":[{"type":"telepathy","telepathy":{"a":1} }] """, new[] { "messages[0].content[1]", "tools[0]" }),
            "/v1/messages" => (""" "max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"hologram"}]}],"tools":[{"type":"telepathy_20260101","name":"telepathy"}] """, ["messages[0].content[1]", "tools[0]"]),
            _ => (""" "input":[{"role":"user","content":[{"type":"input_text","text":"x"},{"type":"input_hologram"}]},{"type":"hologram_call","id":"h"}],"tools":[{"type":"telepathy"}] """, ["input[0].content[1]", "input[1]", "tools[0]"]),
        };

        var reply = await world.CallAsync(path, $$"""{"model":"{{model}}",{{body}}}""");
        var strict = await world.CallAsync(path, $$"""{"model":"{{model}}","hiway":{"strict":true},{{body}}}""");

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal(named, reply.Json["_hiway"]!["dropped"]!.AsArray().Select(one => (string)one!).Order(StringComparer.Ordinal));
        Assert.Equal(string.Join(", ", named), string.Join(", ", string.Join(",", reply.Headers.GetValues("X-HiWay-Dropped")).Split(',', StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)));
        Assert.Equal(HttpStatusCode.BadRequest, strict.Status);
        Assert.Contains((string?)strict.Json["error"]!["param"], named);
    }
}
