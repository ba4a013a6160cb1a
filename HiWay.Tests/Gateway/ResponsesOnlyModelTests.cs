using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>OpenAI's models that answer on its Responses API alone (pro and codex): clients of every dialect call them, and they are asked there.</summary>
public sealed class ResponsesOnlyModelTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}""";

    private static readonly string[] s_models =
    [
        "openai/gpt-5-codex", "openai/gpt-5-pro", "openai/gpt-5.1-codex", "openai/gpt-5.1-codex-max", "openai/gpt-5.1-codex-mini", "openai/gpt-5.2-codex",
        "openai/gpt-5.2-pro", "openai/gpt-5.3-codex", "openai/gpt-5.4-pro", "openai/gpt-5.5-pro", "openai/o1-pro", "openai/o3-pro",
    ];

    private static readonly string[] s_paths = ["/v1/chat/completions", "/v1/messages", "/v1/responses"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EachOfThem_IsAskedOnResponses_AndAnswersInTheClientsDialect(bool stream)
    {
        world.Upstream.On("*", stream ? Streamed() : Reply.Json(Answer("completed")));

        foreach (var model in s_models)
        {
            foreach (var path in s_paths)
            {
                var reply = await world.CallAsync(path, Body(path, model, stream));

                Assert.True(reply.Status == HttpStatusCode.OK, $"{model} {path}: {reply.Body}");
                var sent = world.Upstream.Requests[^1];
                Assert.EndsWith("/responses", sent.Path, StringComparison.Ordinal);
                Assert.Equal((model["openai/".Length..], "f", 777), ((string?)sent.Json["model"], (string?)sent.Json["tools"]![0]!["name"], (int?)sent.Json["max_output_tokens"]));
                Assert.Equal(stream, (bool?)sent.Json["stream"] ?? false);
                SchemaCheck.OpenAiResponses.Accepts("CreateResponse", sent.Json);
                Assert.Equal("""{"city":"Oslo"}""", Arguments(path, stream, reply));
            }
        }
    }

    /// <summary>What these models take less than others: sampling is refused by all that reason.</summary>
    [Theory]
    [InlineData("openai/gpt-5-pro")]
    [InlineData("openai/o3-pro")]
    [InlineData("openai/gpt-5.1-codex")]
    public async Task WhatAReasoningModelRefuses_IsNamed_AndNotSent(string model)
    {
        world.Upstream.On("*", Reply.Json(Answer("completed")));

        var reply = await world.CallAsync("/v1/chat/completions", JsonNode.Parse($$"""{"model":"{{model}}","temperature":0.2,"logit_bias":{"1":2},"messages":[{"role":"user","content":"Hi"}]}""")!);

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var sent = world.Upstream.Requests[^1].Json;
        Assert.Null(sent["logit_bias"]);
        Assert.Contains("logit_bias", reply.Json["_hiway"]!["dropped"]!.AsArray().Select(one => (string)one!));
    }

    private static JsonNode Body(string path, string model, bool stream)
    {
        var words = stream ? "true" : "false";
        return JsonNode.Parse(path switch
        {
            "/v1/chat/completions" => $$"""{"model":"{{model}}","stream":{{words}},"max_completion_tokens":777,"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{{Schema}} } }] }""",
            "/v1/messages" => $$"""{"model":"{{model}}","stream":{{words}},"max_tokens":777,"messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"f","input_schema":{{Schema}} }] }""",
            _ => $$"""{"model":"{{model}}","stream":{{words}},"max_output_tokens":777,"input":"Hi","tools":[{"type":"function","name":"f","strict":true,"parameters":{{Schema}} }] }""",
        })!;
    }

    private static string Answer(string status) => $$"""
        {"id":"resp_1","object":"response","created_at":1,"status":"{{status}}","model":"m","output":[{{(status == "completed" ? Call("{\\\"city\\\":\\\"Oslo\\\"}", "completed") : "")}}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],
         "usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":0},"output_tokens":34,"output_tokens_details":{"reasoning_tokens":20},"total_tokens":46} }
        """.ReplaceLineEndings("");

    private static string Call(string arguments, string status) =>
        $$"""{"id":"fc_1","type":"function_call","status":"{{status}}","call_id":"call_1","name":"f","arguments":"{{arguments}}"}""";

    private static Reply Streamed() => Reply.SseRaw(string.Concat(new[]
    {
        ("response.created", $"\"response\":{Answer("in_progress")}"),
        ("response.output_item.added", $"\"output_index\":0,\"item\":{Call("", "in_progress")}"),
        ("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":0,"delta":"{\"city\":" """),
        ("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":0,"delta":"\"Oslo\"}" """),
        ("response.function_call_arguments.done", """ "item_id":"fc_1","output_index":0,"name":"f","arguments":"{\"city\":\"Oslo\"}" """),
        ("response.output_item.done", $"\"output_index\":0,\"item\":{Call("{\\\"city\\\":\\\"Oslo\\\"}", "completed")}"),
        ("response.completed", $"\"response\":{Answer("completed")}"),
    }.Select((one, number) => $"event: {one.Item1}\ndata: {{\"type\":\"{one.Item1}\",\"sequence_number\":{number},{one.Item2}}}\n\n")));

    private static string Arguments(string path, bool stream, ChatReply reply) => (path, stream) switch
    {
        ("/v1/chat/completions", false) => (string)reply.Json["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["arguments"]!,
        ("/v1/chat/completions", true) => string.Concat(reply.Chunks.Select(one => (string?)(one["choices"] as JsonArray)?.FirstOrDefault()?["delta"]?["tool_calls"]?[0]?["function"]?["arguments"])),
        ("/v1/messages", false) => reply.Json["content"]![0]!["input"]!.ToJsonString(),
        ("/v1/messages", true) => string.Concat(reply.Chunks.Where(one => (string?)one["type"] == "content_block_delta").Select(one => (string?)one["delta"]!["partial_json"])),
        _ => (string)ResponsesWorld.Response(reply)["output"]![0]!["arguments"]!,
    };
}
