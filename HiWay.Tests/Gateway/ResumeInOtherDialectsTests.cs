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

    [Theory]
    [InlineData(false, 27)]
    [InlineData(true, 27)]     // behind a thought that is whole
    [InlineData(true, 0)]      // the message has only begun
    public async Task Responses_PassedThroughFromOpenAi_GoOnElsewhere_InTheSameMessage(bool thinks, int pieces)
    {
        await using var world = await FaultWorld.StartAsync("openai", "mistral");
        world.Answer(seen => FaultWorld.Provider(seen) == "openai" ? CutResponse(thinks, pieces) : FaultWorld.Well(seen));

        var events = await ResponsesAsync(world);

        Assert.Equal(["openai", "mistral"], world.Providers);
        var types = events.Select(one => one["type"]!.GetValue<string>()).ToList();
        Assert.Equal(FaultWorld.Whole, string.Concat(events.Where(one => one["type"]!.GetValue<string>() == "response.output_text.delta").Select(one => one["delta"]!.GetValue<string>())));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => one["sequence_number"]!.GetValue<int>()));
        foreach (var once in new[] { "response.created", "response.in_progress", "response.content_part.added", "response.output_text.done", "response.content_part.done", "response.completed" })
        {
            Assert.Single(types, once);
        }

        Assert.Equal(types.Count(type => type == "response.output_item.added"), types.Count(type => type == "response.output_item.done"));
        Assert.All(events.Where(one => one["item_id"] is not null), one => Assert.Equal(one["output_index"]!.GetValue<int>() == (thinks ? 1 : 0) ? "msg_up" : "rs_up", one["item_id"]!.GetValue<string>()));
        var response = events[^1]["response"]!;
        Assert.Equal(("response.completed", "resp_up", "completed"), (types[^1], response["id"]!.GetValue<string>(), response["status"]!.GetValue<string>()));
        Assert.Equal(thinks ? ["reasoning", "message"] : ["message"], response["output"]!.AsArray().Select(item => item!["type"]!.GetValue<string>()));
        Assert.Equal(FaultWorld.Whole, response["output"]!.AsArray()[^1]!["content"]![0]!["text"]!.GetValue<string>());
        Assert.Equal(2, response["_hiway"]!["fallback_chain"]!.AsArray().Count + 1);
        Assert.StartsWith("mistral/", response["_hiway"]!["routed_model"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Responses_CutWithinAThoughtOrAToolCall_EndInTheError()
    {
        await using var world = await FaultWorld.StartAsync("openai", "mistral");
        foreach (var item in new[] { """{"id":"rs_up","type":"reasoning","summary":[]}""", """{"id":"fc_up","type":"function_call","call_id":"call_1","name":"f","arguments":""}""" })
        {
            world.Answer(seen => FaultWorld.Provider(seen) == "openai"
                ? Numbered(false, $$"""{"type":"response.output_item.added","output_index":0,"item":{{item}}}""", """{"type":"response.reasoning_summary_text.delta","item_id":"rs_up","output_index":0,"summary_index":0,"delta":"Hm"}""")
                : FaultWorld.Well(seen));

            var events = await ResponsesAsync(world);

            Assert.Equal("response.failed", events[^1]["type"]!.GetValue<string>());
            Assert.DoesNotContain(events, one => one["type"]!.GetValue<string>() == "response.completed");
        }
    }

    private static Reply CutResponse(bool thinks, int pieces)
    {
        var at = thinks ? 1 : 0;
        List<string> events = thinks
            ? ["""{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_up","type":"reasoning","summary":[]}}""",
               """{"type":"response.reasoning_summary_text.delta","item_id":"rs_up","output_index":0,"summary_index":0,"delta":"Let me see."}""",
               """{"type":"response.output_item.done","output_index":0,"item":{"id":"rs_up","type":"reasoning","summary":[{"type":"summary_text","text":"Let me see."}],"encrypted_content":"gAAA"}}"""]
            : [];
        events.Add($$$"""{"type":"response.output_item.added","output_index":{{{at}}},"item":{"id":"msg_up","type":"message","status":"in_progress","role":"assistant","content":[]}}""");
        events.Add($$$"""{"type":"response.content_part.added","item_id":"msg_up","output_index":{{{at}}},"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}""");
        events.AddRange(FaultWorld.Pieces.Take(pieces).Select(piece => new JsonObject
        {
            ["type"] = "response.output_text.delta", ["item_id"] = "msg_up", ["output_index"] = at, ["content_index"] = 0, ["delta"] = piece, ["logprobs"] = new JsonArray(),
        }.ToJsonString()));
        return Numbered(true, [.. events]);
    }

    /// <summary>A stream of the Responses API that is cut after these events.</summary>
    private static Reply Numbered(bool created, params string[] events)
    {
        const string response = """{"id":"resp_up","object":"response","created_at":1760000000,"status":"in_progress","model":"gpt-up","output":[]}""";
        string[] all = [$$"""{"type":"response.created","response":{{response}}}""", $$"""{"type":"response.in_progress","response":{{response}}}""", .. events];
        return Reply.SseRaw([.. all.Skip(created ? 0 : 1).Select((one, i) =>
        {
            var json = JsonNode.Parse(one)!.AsObject();
            json["sequence_number"] = i;
            return Event(json.ToJsonString());
        })]) with { End = ReplyEnd.AbortAfterChunks };
    }

    private static async Task<List<JsonNode>> ResponsesAsync(FaultWorld world)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/responses");
        request.Headers.Authorization = new("Bearer", world.Key.Secret);
        request.Content = JsonContent.Create(new { model = "ladder", stream = true, input = "Tell me forty sentences." });
        await world.Host.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{world.Account.WorkspaceId}/routing", world.Account.Key,
            """{"aliases":{"ladder":["openai/gpt-5","mistral/mistral-large-latest"]}}""");
        using var response = await world.Host.Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return [.. body.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[5..])!)];
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
