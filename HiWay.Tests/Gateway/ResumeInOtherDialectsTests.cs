using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A broken stream is taken up whatever the client speaks; its events stay in the order that the dialect asks for.</summary>
public sealed class ResumeInOtherDialectsTests
{
    [Fact]
    public async Task Messages_TranslatedFromOneProvider_GoesOnAtTheNext()
    {
        await using var world = await FaultWorld.StartAsync();
        world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks));

        AssertMessage(await MessagesAsync(world, "standard", "balanced"));

        Assert.Equal(2, world.Seen.Count);
    }

    [Fact]
    public async Task Messages_PassedThroughFromAnthropic_GoesOnElsewhere_InTheSameBlock()
    {
        await using var world = await FaultWorld.StartAsync("anthropic", "mistral");
        world.Answer(seen => FaultWorld.Provider(seen) == "anthropic" ? Cut() : FaultWorld.Well(seen));

        var events = await MessagesAsync(world, "standard", "quality");

        Assert.Equal(["anthropic", "mistral"], world.Providers);
        AssertMessage(events);
    }

    [Fact]
    public async Task Messages_CutWithinItsThinking_EndsThatBlock_AndBeginsTheText()
    {
        await using var world = await FaultWorld.StartAsync("anthropic", "mistral");
        world.Answer(seen => FaultWorld.Provider(seen) == "anthropic"
            ? Reply.SseRaw(
                Start(),
                Event("""{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"""),
                Event("""{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me see."}}""")) with { End = ReplyEnd.AbortAfterChunks }
            : FaultWorld.Well(seen));

        AssertMessage(await MessagesAsync(world, "standard", "quality"));
    }

    [Fact]
    public async Task Responses_TranslatedFromOneProvider_GoesOnAtTheNext()
    {
        await using var world = await FaultWorld.StartAsync("mistral", "deepseek");
        world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/responses");
        request.Headers.Authorization = new("Bearer", world.Key.Secret);
        request.Content = JsonContent.Create(new { model = "standard", stream = true, input = "Tell me forty sentences." });

        using var response = await world.Host.Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();

        Assert.True(response.IsSuccessStatusCode, body);
        var events = body.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[5..])!).ToList();
        Assert.Equal(2, world.Seen.Count);
        Assert.Equal(FaultWorld.Whole, string.Concat(events.Where(one => one["type"]!.GetValue<string>() == "response.output_text.delta").Select(one => one["delta"]!.GetValue<string>())));
        Assert.Single(events, one => one["type"]!.GetValue<string>() == "response.created");
        Assert.Equal("response.completed", events[^1]["type"]!.GetValue<string>());
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => one["sequence_number"]!.GetValue<int>()));
        Assert.Equal(FaultWorld.Whole, events[^1]["response"]!["output"]!.AsArray().Single(item => item!["type"]!.GetValue<string>() == "message")!["content"]![0]!["text"]!.GetValue<string>());
    }

    private static Reply Cut() => Reply.SseRaw(
    [
        Start(),
        Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
        .. FaultWorld.Pieces.Take(27).Select(piece => Event(new JsonObject
        {
            ["type"] = "content_block_delta", ["index"] = 0, ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = piece },
        }.ToJsonString())),
    ]) with { End = ReplyEnd.AbortAfterChunks };

    private static string Start() =>
        Event("""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude","usage":{"input_tokens":20,"output_tokens":1}}}""");

    private static string Event(string data) => $"event: {JsonNode.Parse(data)!["type"]}\ndata: {data}\n\n";

    private static async Task<List<JsonNode>> MessagesAsync(FaultWorld world, string tier, string profile)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages");
        request.Headers.Add("x-api-key", world.Key.Secret);
        request.Content = JsonContent.Create(new
        {
            model = tier, max_tokens = 2000, stream = true, hiway = new { profile }, messages = new[] { new { role = "user", content = "Tell me forty sentences." } },
        });
        using var response = await world.Host.Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return [.. body.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[5..])!)];
    }

    /// <summary>One message: begun once, blocks one after the other, each begun and ended, all of the text once, ended once.</summary>
    private static void AssertMessage(List<JsonNode> events)
    {
        var types = events.Select(one => one["type"]!.GetValue<string>()).Where(type => type != "ping").ToList();
        Assert.DoesNotContain("error", types);
        Assert.Equal(("message_start", "message_stop"), (types[0], types[^1]));
        Assert.Single(types, type => type == "message_start");
        Assert.Single(types, type => type == "message_stop");
        Assert.Single(types, type => type == "message_delta");
        var open = -1;
        var blocks = 0;
        foreach (var one in events)
        {
            switch (one["type"]!.GetValue<string>())
            {
                case "content_block_start":
                    Assert.Equal((-1, blocks), (open, one["index"]!.GetValue<int>()));
                    (open, blocks) = (blocks, blocks + 1);
                    break;
                case "content_block_delta":
                    Assert.Equal(open, one["index"]!.GetValue<int>());
                    break;
                case "content_block_stop":
                    Assert.Equal(open, one["index"]!.GetValue<int>());
                    open = -1;
                    break;
            }
        }

        Assert.Equal(-1, open);
        Assert.Equal(FaultWorld.Whole, string.Concat(events.Where(one => one["delta"]?["type"]?.GetValue<string>() == "text_delta").Select(one => one["delta"]!["text"]!.GetValue<string>())));
    }
}
