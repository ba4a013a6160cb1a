using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>The fault wall for clients of Anthropic's Messages and OpenAI's Responses: one whole answer in their dialect, or one error of it.</summary>
public sealed class FaultWallOfOtherClientsTests
{
    private const string Messages = "/v1/messages";
    private const string Responses = "/v1/responses";

    private static readonly Dictionary<string, (bool Stream, int Attempts, Reply[] First)> s_faults = new(StringComparer.Ordinal)
    {
        ["429 with a long Retry-After"] = (false, 2, [Reply.Error(429, "rate_limit_exceeded", "30")]),
        ["persistent 503"] = (false, 2, [Reply.Error(503)]),
        ["reset before the headers"] = (false, 2, [Reply.Reset, Reply.Chat(FaultWorld.Whole, 9, 400)]),
        ["no response"] = (false, 2, [Reply.Silence]),
        ["malformed answer"] = (false, 2, [Reply.Json("{\"choices\":[{\"message\":")]),
        ["500 once"] = (true, 2, [Reply.Error(500), Reply.ChatStream(FaultWorld.Pieces, 9, 400)]),
        ["slow first token"] = (true, 2, [FaultWorld.Begun(3, ReplyEnd.Complete) with { DelayBeforeBody = Patience.Limit }]),
        ["cut at two thirds"] = (true, 2, [FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks)]),
        ["stall"] = (true, 2, [FaultWorld.Begun(27, ReplyEnd.StallAfterChunks)]),
        ["malformed chunk"] = (true, 2, [FaultWorld.Begun(27, ReplyEnd.Complete, "{\"choices\":[{\"delta\":{\"content\":\"Sent", "[DONE]")]),
        ["missing [DONE]"] = (true, 1, [FaultWorld.Begun(40, ReplyEnd.Complete, FaultWorld.Chunk([], "stop"),
            """{"id":"chatcmpl-first","model":"first-model","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":400}}""")]),
    };

    public static TheoryData<string, string> Faults { get; } = [.. s_faults.Keys.SelectMany(fault => new[] { (Messages, fault), (Responses, fault) })];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task WhateverTheFirstDoes_TheAnswerIsWhole(string client, string fault)
    {
        // None of these serves the Responses API itself, so both clients' calls are translated.
        await using var world = await FaultWorld.StartAsync("mistral", "deepseek");
        var (stream, attempts, first) = s_faults[fault];
        world.FirstAnswers(first);
        if (fault is "no response" or "slow first token" or "stall")
        {
            world.Host.GiveUpSoon();
        }

        var (status, parts) = await AskAsync(world, client, stream);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.DoesNotContain(parts, part => part["type"]?.GetValue<string>() is "error" or "response.failed");
        Assert.Equal(FaultWorld.Whole, Text(parts, stream));
        Assert.Single(parts, part => part["type"]?.GetValue<string>() == (client == Messages ? (stream ? "message_stop" : "message") : "response.completed") || part["object"]?.GetValue<string>() == "response");
        var usage = Assert.Single(parts.Select(part => part["usage"] ?? part["response"]?["usage"]).OfType<JsonObject>(), one => one["output_tokens"]?.GetValue<int>() == 400);
        Assert.NotNull(usage);
        var hiway = Assert.Single(parts.Select(part => part["_hiway"] ?? part["response"]?["_hiway"]).OfType<JsonObject>());
        var row = await world.RowAsync();
        Assert.Equal((200, attempts, "completed"), (row["status"]!.GetValue<int>(), row["attempts"]!.GetValue<int>(), row["end_reason"]!.GetValue<string>()));
        Assert.Equal((row["model"]!.GetValue<string>(), attempts - 1), (hiway["routed_model"]!.GetValue<string>(), hiway["fallback_chain"]!.AsArray().Count));
        Assert.Equal(world.Providers[^1], row["model"]!.GetValue<string>().Split('/')[0]);
        Assert.Equal(attempts, world.Seen.Count);
        await world.AssertHealthyAsync();
    }

    [Theory]
    [InlineData(Messages, false)]
    [InlineData(Responses, false)]
    [InlineData(Messages, true)]
    [InlineData(Responses, true)]
    public async Task AContentFiltersNo_AndAnOutageOfAll_AreOneTypedError(string client, bool outage)
    {
        await using var world = await FaultWorld.StartAsync("mistral", "deepseek");
        world.Answer(_ => outage ? Reply.Error(503)
            : Reply.Json("""{"error":{"message":"The response was filtered due to the prompt triggering our content management policy.","type":"invalid_request_error","code":"content_filter"}}""", 400));

        var (status, parts) = await AskAsync(world, client, stream: true);

        var error = Assert.Single(parts)["error"]!;
        Assert.Equal(outage ? (HttpStatusCode.BadGateway, "upstream_unavailable") : (HttpStatusCode.BadRequest, "content_filter"), (status, error["code"]!.GetValue<string>()));
        var row = await world.RowAsync();
        Assert.Equal((world.Seen.Count, (int)status), (row["attempts"]!.GetValue<int>(), row["status"]!.GetValue<int>()));
        Assert.InRange(world.Seen.Count, 1, outage ? 3 : 1);
        await world.AssertHealthyAsync();
    }

    /// <summary>The answer's one object, or the objects of its events.</summary>
    private static async Task<(HttpStatusCode Status, List<JsonNode> Parts)> AskAsync(FaultWorld world, string client, bool stream)
    {
        const string Prompt = "Tell me forty sentences.";
        using var request = new HttpRequestMessage(HttpMethod.Post, client);
        request.Headers.Authorization = new("Bearer", world.Key.Secret);
        request.Content = client == Messages
            ? JsonContent.Create(new { model = "standard", max_tokens = 2000, stream, messages = new[] { new { role = "user", content = Prompt } } })
            : JsonContent.Create(new { model = "standard", stream, input = Prompt });
        using var response = await world.Host.Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? [.. body.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[6..])!)]
            : [JsonNode.Parse(body)!]);
    }

    private static string Text(List<JsonNode> parts, bool stream) => stream
        ? string.Concat(parts.Select(part => part["delta"] is JsonValue piece && part["type"]!.GetValue<string>() == "response.output_text.delta" ? piece.GetValue<string>()
            : part["delta"] is JsonObject delta && delta["type"]?.GetValue<string>() == "text_delta" ? delta["text"]!.GetValue<string>() : ""))
        : string.Concat((parts[0]["content"] as JsonArray ?? parts[0]["output"]![0]!["content"]!.AsArray()).Select(block => block!["text"]!.GetValue<string>()));
}
