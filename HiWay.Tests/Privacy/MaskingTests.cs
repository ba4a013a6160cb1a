using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Privacy;

/// <summary>What leaves, what comes back, and what the preview shows.</summary>
public sealed class MaskingTests
{
    private const string Card = "4242 4242 4242 4242";
    private static readonly string s_key = "sk_li" + "ve_4eC39HqLyjWDarjtT1zdp7dc";

    [Fact]
    public async Task FullScope_SendsPlaceholders_AndPutsTheValuesBackIntoTheAnswer()
    {
        await using var world = await StartAsync();
        world.Upstream.On("/chat/completions", Reply.Chat("I wrote to <EMAIL_1> and to <EMAIL_2>, card <CARD_1>, not <EMAIL_7>."));

        var reply = await world.AskAsync($"Mail bob@example.com, eve@example.com, bob@example.com; card {Card}");

        Assert.Equal($"I wrote to bob@example.com and to eve@example.com, card {Card}, not <EMAIL_7>.", reply.Text);
        var sent = Assert.Single(world.Upstream.Requests).Json["messages"]![0]!["content"]!.GetValue<string>();
        Assert.Equal("Mail <EMAIL_1>, <EMAIL_2>, <EMAIL_1>; card <CARD_1>", sent);
    }

    [Fact]
    public async Task EveryTextOfTheBody_IsMasked_EscapesIncluded()
    {
        await using var world = await StartAsync();
        world.Upstream.On("/chat/completions", Reply.Chat("ok"));
        var body = $$"""
            {"model":"acme/m1","messages":[
              {"role":"system","content":"Support of \u0061nna@example.com\n"},
              {"role":"user","content":[{"type":"text","text":"line\n\"bob@example.com\" \ud83d\ude00 +49 30 901820"}]},
              {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"find","arguments":"{\"mail\":\"carl@example.com\"}"} }]},
              {"role":"tool","tool_call_id":"call_1","content":"{\"secret\":\"{{s_key}}\"}"}]}
            """;

        var reply = await world.Http.ChatAsync(world.Key.Secret, (object)body);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var sent = Assert.Single(world.Upstream.Requests);
        Assert.DoesNotContain("example.com", sent.Text);
        Assert.DoesNotContain(s_key, sent.Text);
        var messages = sent.Json["messages"]!;
        Assert.Equal("Support of <EMAIL_1>\n", messages[0]!["content"]!.GetValue<string>());
        Assert.Equal("line\n\"<EMAIL_2>\" \U0001F600 <PHONE_1>", messages[1]!["content"]![0]!["text"]!.GetValue<string>());
        Assert.Equal("{\"mail\":\"<EMAIL_3>\"}", messages[2]!["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>());
        Assert.Equal("{\"secret\":\"<API_KEY_1>\"}", messages[3]!["content"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(200)]
    public async Task AStreamsPlaceholders_AreRestored_WhereverItIsCut(int size)
    {
        await using var world = await StartAsync();
        const string said = "To <EMAIL_1>: 1 < 2, <b>bold</b>, <EMAIL_1>, <EMAIL_9> and at last <";
        world.Upstream.On("/chat/completions", Reply.ChatStream([.. said.Chunk(size).Select(piece => new string(piece))]));

        var reply = await world.AskAsync("Mail bob@example.com", stream: true);

        Assert.Equal("To bob@example.com: 1 < 2, <b>bold</b>, bob@example.com, <EMAIL_9> and at last <", reply.Text);
        Assert.Equal("[DONE]", reply.Events[^1]);
        Assert.NotNull(reply.HiWay);
    }

    [Fact]
    public async Task ToolArguments_GetTheirValuesEscaped()
    {
        await using var world = await StartAsync();
        world.Upstream.On("/chat/completions", Reply.Json("""
            {"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
             "tool_calls":[{"id":"call_1","type":"function","function":{"name":"send","arguments":"{\"to\":\"<EMAIL_1>\"}"}}]}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
            """));

        var reply = await world.AskAsync("Send it to \"john smith\"@example.com now");

        var arguments = reply.Json["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>();
        Assert.Equal("\"john smith\"@example.com", JsonNode.Parse(arguments)!["to"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("/v1/chat/completions", 1)]
    [InlineData("/v1/chat/completions", 4)]
    [InlineData("/v1/messages", 1)]
    [InlineData("/v1/messages", 4)]
    [InlineData("/v1/responses", 1)]
    [InlineData("/v1/responses", 4)]
    public async Task StreamedToolArguments_AreRestoredAndStayJson_InEveryDialect_WhereverTheyAreCut(string path, int size)
    {
        await using var world = await StartAsync();
        const string arguments = "{\"to\":\"<EMAIL_1>\",\"cc\":[\"<EMAIL_1>\",\"<EMAIL_7>\"]}";
        var pieces = arguments.Chunk(size).Select(piece => ToolChunk(new JsonObject { ["index"] = 0, ["function"] = new JsonObject { ["arguments"] = new string(piece) } }));
        world.Upstream.On("/chat/completions", Reply.Sse([
            ToolChunk(new JsonObject { ["index"] = 0, ["id"] = "call_1", ["type"] = "function", ["function"] = new JsonObject { ["name"] = "send", ["arguments"] = "" } }),
            .. pieces,
            """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""",
            "[DONE]",
        ]));
        var said = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Send it to \"john smith\"@example.com now" });
        var body = new JsonObject { ["model"] = "acme/m1", ["stream"] = true, ["max_tokens"] = 50, [path.EndsWith("responses", StringComparison.Ordinal) ? "input" : "messages"] = said };
        if (path.EndsWith("responses", StringComparison.Ordinal))
        {
            body.Remove("max_tokens");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", world.Key.Secret);
        using var response = await world.Http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();

        Assert.DoesNotContain("john", Assert.Single(world.Upstream.Requests).Text);
        var events = answer.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[6..])!);
        var got = JsonNode.Parse(string.Concat(events.Select(ArgumentsIn)))!;
        Assert.Equal("\"john smith\"@example.com", got["to"]!.GetValue<string>());
        Assert.Equal(["\"john smith\"@example.com", "<EMAIL_7>"], got["cc"]!.AsArray().Select(one => one!.GetValue<string>()));

        static string ToolChunk(JsonObject call) => new JsonObject
        {
            ["id"] = "c",
            ["object"] = "chat.completion.chunk",
            ["created"] = 1,
            ["model"] = "m",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = new JsonObject { ["tool_calls"] = new JsonArray(call) } }),
        }.ToJsonString();

        static string? ArgumentsIn(JsonNode seen) =>
            (seen["choices"] as JsonArray is [{ } choice, ..] ? (choice["delta"]?["tool_calls"] as JsonArray)?[0]?["function"]?["arguments"]
                : seen["type"]?.GetValue<string>() == "response.function_call_arguments.delta" ? seen["delta"]
                : seen["delta"] is JsonObject delta ? delta["partial_json"] : null)?.GetValue<string>();
    }

    [Fact]
    public async Task WithoutRestore_TheClientSeesPlaceholders_AndAClientsOwnPlaceholderIsNotMistaken()
    {
        await using var world = await StartAsync(new { restore = false });
        world.Upstream.On("/chat/completions", Reply.Chat("Hello <EMAIL_2>"));

        var reply = await world.AskAsync("In the last letter <EMAIL_1> stood for someone else; write to bob@example.com");

        Assert.Equal("Hello <EMAIL_2>", reply.Text);
        Assert.Contains("write to <EMAIL_2>", Assert.Single(world.Upstream.Requests).Text);
    }

    [Fact]
    public async Task CacheOnlyScope_AndMaskingOff_SendTheBodyAsItCame()
    {
        await using var world = await StartAsync(new { scope = "cache_only" });
        world.Upstream.On("/chat/completions", Reply.Chat("Hello <EMAIL_1>"));

        var reply = await world.AskAsync("Mail bob@example.com");

        Assert.Equal("Hello <EMAIL_1>", reply.Text);
        Assert.Contains("bob@example.com", Assert.Single(world.Upstream.Requests).Text);
    }

    [Fact]
    public async Task AnthropicClients_AreMaskedAndRestored_InTheirOwnDialect()
    {
        await using var world = await StartAsync();
        world.Upstream.On("/chat/completions", Reply.ChatStream(["To <EM", "AIL_1", "> it went"]));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages")
        {
            Content = new StringContent("""{"model":"acme/m1","max_tokens":50,"stream":true,"system":"for anna@example.com","messages":[{"role":"user","content":"Hi"}]}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-api-key", world.Key.Secret);

        using var response = await world.Http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();

        Assert.DoesNotContain("anna@", Assert.Single(world.Upstream.Requests).Text);
        var text = string.Concat(answer.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[5..])!)
            .Where(json => json["type"]!.GetValue<string>() == "content_block_delta").Select(json => json["delta"]!["text"]!.GetValue<string>()));
        Assert.Equal("To anna@example.com it went", text);
    }

    [Fact]
    public async Task Preview_ShowsPlaceholdersAndPlaces_AndStoresNothing()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        var path = $"/api/v1/workspaces/{account.WorkspaceId}/privacy";

        var preview = await host.Http.CallAsync(HttpMethod.Post, $"{path}/preview", account.Key, new
        {
            text = "😀 order AB-1234 for bob@example.com",
            custom_patterns = new[] { new { name = "order_no", pattern = "AB-\\d{4}" } },
        });

        Assert.Equal("😀 order <ORDER_NO_1> for <EMAIL_1>", preview["masked"]!.GetValue<string>());
        var mail = preview["findings"]![1]!;
        Assert.Equal(("email", 20, 35, 21, 36), (
            mail["family"]!.GetValue<string>(), mail["start"]!.GetValue<int>(), mail["end"]!.GetValue<int>(), mail["start_utf16"]!.GetValue<int>(), mail["end_utf16"]!.GetValue<int>()));
        var saved = await host.Http.CallAsync(HttpMethod.Get, path, account.Key);
        Assert.Equal((false, 0), (saved["enabled"]!.GetValue<bool>(), saved["custom_patterns"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("""{"scope":"everything"}""", "scope")]
    [InlineData("""{"families":["email","shoe_size"]}""", "families[1]")]
    [InlineData("""{"custom_patterns":[{"name":"a","pattern":"("}]}""", "custom_patterns[0].pattern")]
    [InlineData("""{"custom_patterns":[{"name":"a b","pattern":"x"}]}""", "custom_patterns[0].name")]
    [InlineData("""{"custom_patterns":[{"name":"a","pattern":"x*"}]}""", "custom_patterns[0].pattern")]
    [InlineData("""{"key_prefixes":["a"]}""", "key_prefixes[0]")]
    [InlineData("""{"colour":"red"}""", "colour")]
    public async Task WrongSettings_AreRefused_NamingTheField(string body, string param)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();

        using var response = await host.Http.TryCallAsync(HttpMethod.Put, $"/api/v1/workspaces/{account.WorkspaceId}/privacy", account.Key, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task APatternThatTakesTooLong_StopsTheCall_AndNothingLeaves()
    {
        await using var world = await StartAsync(new { custom_patterns = new[] { new { name = "slow", pattern = "(?=(a+)+$)a+b" } } });
        world.Upstream.On("/chat/completions", Reply.Chat("ok"));

        var reply = await world.AskAsync(new string('a', 4_000) + "!");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (reply.Status, reply.ErrorCode));
        Assert.Empty(world.Upstream.Requests);
    }

    private static async Task<GatewayWorld> StartAsync(object? further = null)
    {
        var world = await GatewayWorld.StartAsync();
        var path = $"/api/v1/workspaces/{world.Account.WorkspaceId}/privacy";
        await world.Http.CallAsync(HttpMethod.Put, path, world.Account.Key, new { enabled = true, scope = "full", restore = true });
        if (further is not null)
        {
            await world.Http.CallAsync(HttpMethod.Put, path, world.Account.Key, further);
        }

        return world;
    }
}
