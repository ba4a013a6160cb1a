using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>
/// The word that an upstream uses for its failure in the middle of a stream, in the client's dialect: the status is long sent, so programs tell by it
/// alone whether to wait, to ask again or to give up.
/// </summary>
public sealed class StreamErrorTypeTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    private const string Anthropic = "rec-anthropic/m1";
    private const string Chat = "rec-openai/m1";
    private const string Gemini = "google/gemini-2.5-flash";

    private static readonly Dictionary<string, string> s_begun = new(StringComparer.Ordinal)
    {
        [Anthropic] = """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Half"}}


            """,
        [Chat] = """
            data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m1","choices":[{"index":0,"delta":{"role":"assistant","content":"Half"},"finish_reason":null}]}


            """,
        [Gemini] = """
            data: {"candidates":[{"content":{"parts":[{"text":"Half"}],"role":"model"},"index":0}],"modelVersion":"gemini-2.5-flash","responseId":"r"}


            """,
    };

    /// <summary>Upstream, its error, and the type that clients read.</summary>
    private static readonly (string Model, string Error, string Type)[] s_errors =
    [
        .. new (string Said, string Read)[]
        {
            ("overloaded_error", "overloaded_error"), ("rate_limit_error", "rate_limit_error"), ("api_error", "api_error"), ("timeout_error", "timeout_error"),
            ("invalid_request_error", "invalid_request_error"), ("authentication_error", "authentication_error"), ("permission_error", "permission_error"),
            ("billing_error", "billing_error"), ("not_found_error", "not_found_error"), ("request_too_large", "request_too_large"), ("new_error", "api_error"),
        }.Select(one => (Anthropic, $$$"""{"type":"error","error":{"type":"{{{one.Said}}}","message":"Said so."}}""", one.Read)),
        (Chat, """{"error":{"message":"Said so.","type":"server_error","code":null}}""", "api_error"),
        (Chat, """{"error":{"message":"Said so.","type":"tokens","code":"rate_limit_exceeded"}}""", "rate_limit_error"),
        (Chat, """{"error":{"message":"Said so.","type":"service_unavailable_error","code":"server_is_overloaded"}}""", "overloaded_error"),
        (Chat, """{"error":{"message":"Said so.","code":429}}""", "rate_limit_error"),
        (Chat, """{"error":{"message":"Said so.","code":503}}""", "overloaded_error"),
        (Gemini, """{"error":{"code":429,"message":"Said so.","status":"RESOURCE_EXHAUSTED"}}""", "rate_limit_error"),
        (Gemini, """{"error":{"code":503,"message":"Said so.","status":"UNAVAILABLE"}}""", "overloaded_error"),
        (Gemini, """{"error":{"code":500,"message":"Said so.","status":"INTERNAL"}}""", "api_error"),
        (Gemini, """{"error":{"code":400,"message":"Said so.","status":"INVALID_ARGUMENT"}}""", "invalid_request_error"),
    ];

    public static TheoryData<string, string, string> Errors { get; } = [.. s_errors];

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task WhatAnUpstreamSays_ReachesClientsOfAnthropicAndOfChat_AsOneType(string model, string error, string type)
    {
        Breaks(model, error);

        var message = await AskAsync("/v1/messages", model);
        var chat = await AskAsync("/v1/chat/completions", model);

        Assert.Equal(("error", type, "Said so."), ((string?)message["type"], (string?)message["error"]!["type"], (string?)message["error"]!["message"]));
        Assert.Equal((type, "upstream_unavailable", "Said so."), ((string?)chat["error"]!["type"], (string?)chat["error"]!["code"], (string?)chat["error"]!["message"]));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task ClientsOfResponses_ReadARateLimitAsOne_AndAllElseAsAFaultOfTheServer(string model, string error, string type)
    {
        Breaks(model, error);

        var failed = await AskAsync("/v1/responses", model);

        Assert.Equal("response.failed", (string?)failed["type"]);
        var said = failed["response"]!["error"]!;
        Assert.Equal((type == "rate_limit_error" ? "rate_limit_exceeded" : "server_error", "Said so."), ((string?)said["code"], (string?)said["message"]));
    }

    private void Breaks(string model, string error) =>
        world.Upstream.On("*", Reply.SseRaw(s_begun[model] + (model == Anthropic ? "event: error\n" : "") + $"data: {error}\n\n"));

    /// <summary>The last event of the stream.</summary>
    private async Task<JsonNode> AskAsync(string path, string model)
    {
        var asked = path == "/v1/responses" ? ResponsesWorld.Body(model, stream: true) : new JsonObject
        {
            ["model"] = model,
            ["max_tokens"] = 50,
            ["stream"] = true,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Hi" }),
        };
        var reply = await world.CallAsync(path, asked);
        Assert.Contains("Half", reply.Body, StringComparison.Ordinal);
        return JsonNode.Parse(reply.Events[^1])!;
    }
}
