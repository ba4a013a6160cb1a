using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>What a client of Anthropic's messages sends and gets, on upstreams of its own dialect and of others.</summary>
public sealed class MessagesTests(MessagesWorld world) : IClassFixture<MessagesWorld>
{
    private const string Answer = """
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,
         "usage":{"input_tokens":10,"cache_creation_input_tokens":300,"cache_read_input_tokens":2000,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":50}}
        """;

    [Fact]
    public async Task OnItsOwnDialect_BytesGoThrough_HeadersToo_AndCacheTokensHaveTheirPrices()
    {
        world.Upstream.On("*", Reply.Json(Answer));

        var reply = await world.PostAsync(
            """{"max_tokens":  500, "model":"rec-anthropic/claude-sonnet-4-5","hiway":{"tags":["a"]},"messages":[{"role":"user","content":"Hi \u00e9"}],"unheard_of":[1, 2],"cache":false,"metadata":{"user_id":"u-7"}}""",
            headers: [("anthropic-version", "2023-01-01"), ("anthropic-beta", "first-2025-01-01,second"), ("anthropic-beta", "third")]);

        var sent = world.Seen;
        Assert.Equal("""{"max_tokens":  500,"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"Hi \u00e9"}],"unheard_of":[1, 2],"metadata":{"user_id":"u-7"}}""", sent.Text);
        Assert.Equal(("/v1/messages", "2023-01-01", "sk-upstream-secret-1234"), (sent.Path, sent.Headers["anthropic-version"], sent.Headers["x-api-key"]));
        Assert.Equal("first-2025-01-01,second,third", sent.Headers["anthropic-beta"].Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("Hello", reply.Text);
        Assert.Equal(2000, (int)reply.Json["usage"]!["cache_read_input_tokens"]!);

        // 10 × 2 + 2000 × 0.20 + 100 × 2.50 + 200 × 4 + 50 × 8, per million.
        Assert.Equal(0.00187m, reply.HiWay["upstream_cost"]!.GetValue<decimal>());
        Assert.StartsWith("req_", reply.Headers.GetValues("request-id").Single(), StringComparison.Ordinal);
        var row = await world.RowAsync(reply);
        Assert.Equal(("anthropic_messages", "u-7", 2000, 0.00187m), ((string)row["dialect"]!, (string)row["end_user"]!, (int)row["cache_read_tokens"]!, (decimal)row["cost_usd"]!));
    }

    [Fact]
    public async Task ThinkingOfOthers_IsCutOut_AndAnthropicsOwnIsNot()
    {
        world.Upstream.On("*", Reply.Json(Answer));
        var body = """
            {"model":"rec-anthropic/claude-sonnet-4-5","max_tokens":500,"messages":[
              {"role":"user","content":"1"},
              {"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":""},{"type":"redacted_thinking","data":"hiway.google-gemini-v1.abc"},{"type":"text","text":"a"},{"signature":"hiway.z.q","type":"thinking","thinking":"y"}]},
              {"role":"user","content":"2"},
              {"role":"assistant","content":[{"type":"thinking","thinking":"only","signature":""}]},
              {"role":"user","content":"3"},
              {"role":"assistant","content":[{"type":"thinking","thinking":"own","signature":"EqQB"},{"type":"redacted_thinking","data":"EmwK"},{"type":"text","text":"b"}]},
              {"role":"user","content":"4"}]}
            """;

        var reply = await world.PostAsync(body);

        Assert.Equal("""
            [{"role":"user","content":"1"},{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"user","content":"2"},{"role":"user","content":"3"},{"role":"assistant","content":[{"type":"thinking","thinking":"own","signature":"EqQB"},{"type":"redacted_thinking","data":"EmwK"},{"type":"text","text":"b"}]},{"role":"user","content":"4"}]
            """.Trim(), world.Seen.Json["messages"]!.ToJsonString());
        string[] dropped = ["messages[1].content[0]", "messages[1].content[1]", "messages[1].content[3]", "messages[3].content[0]"];
        Assert.Equal(dropped, reply.HiWay["dropped"]!.AsArray().Select(path => (string)path!));
        Assert.Equal(string.Join(", ", dropped), reply.Headers.GetValues("X-HiWay-Dropped").Single());
    }

    [Theory]
    [InlineData("\"system\":\"LONG\"", """[{"type":"text","text":"LONG","cache_control":{"type":"ephemeral"}}]""", false)]
    [InlineData("\"system\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"LONG\"}]", """[{"type":"text","text":"a"},{"type":"text","text":"LONG","cache_control":{"type":"ephemeral"}}]""", false)]
    [InlineData("\"system\":\"LONG\",\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}},{\"name\":\"g\",\"input_schema\":{\"type\":\"object\"},\"defer_loading\":true}]", """[{"type":"text","text":"LONG","cache_control":{"type":"ephemeral"}}]""", true)]
    public async Task ALongPrefix_IsMarkedForTheCache_WhereTheCallerSetsNoMark(string more, string system, bool tool)
    {
        world.Upstream.On("*", Reply.Json(Answer));
        var text = string.Concat(Enumerable.Repeat("word ", 800));

        await world.PostAsync(MessagesWorld.Ask(MessagesWorld.Anthropic, more.Replace("LONG", text, StringComparison.Ordinal)));
        var sent = world.Seen.Json;
        await world.PostAsync(MessagesWorld.Ask(MessagesWorld.Anthropic, more.Replace("LONG", "short", StringComparison.Ordinal)));
        var shortly = world.Seen.Text;
        await world.PostAsync(MessagesWorld.Ask(MessagesWorld.Anthropic, more.Replace("LONG", text, StringComparison.Ordinal))
            .Replace("\"content\":\"Hi\"", "\"content\":[{\"type\":\"text\",\"text\":\"Hi\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]", StringComparison.Ordinal));
        var marked = world.Seen.Text;

        Assert.Equal(system.Replace("LONG", text, StringComparison.Ordinal), sent["system"]!.ToJsonString());
        Assert.Equal(tool ? ["ephemeral", null] : [], (sent["tools"] as JsonArray ?? []).Select(one => (string?)one!["cache_control"]?["type"]));
        Assert.DoesNotContain("cache_control", shortly, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(marked, "cache_control"));
    }

    [Fact]
    public async Task AnOpenAiClientsLongPrefix_IsMarkedToo_UnlessTheWorkspaceWantsNone()
    {
        world.Upstream.On("*", Reply.Json(Answer));
        var body = new JsonObject
        {
            ["model"] = MessagesWorld.Anthropic,
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "system", ["content"] = string.Concat(Enumerable.Repeat("word ", 800)) }, new JsonObject { ["role"] = "user", ["content"] = "Hi" }),
            ["tools"] = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "f" } }),
        };

        await world.Host.Http.ChatAsync(world.Account.Key, body);
        var marked = world.Seen.Json;
        await SetCachingAsync(false);
        await world.Host.Http.ChatAsync(world.Account.Key, body);
        await world.PostAsync(MessagesWorld.Ask(MessagesWorld.Anthropic, $"\"system\":\"{string.Concat(Enumerable.Repeat("word ", 800))}\""));
        await SetCachingAsync(true);

        Assert.Equal("ephemeral", (string?)marked["system"]![0]!["cache_control"]!["type"]);
        Assert.Equal("ephemeral", (string?)marked["tools"]![0]!["cache_control"]!["type"]);
        Assert.All(world.Upstream.Requests.TakeLast(2), sent => Assert.DoesNotContain("cache_control", sent.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(MessagesWorld.OpenAi)]
    [InlineData(MessagesWorld.Gemini)]
    public async Task WhatAnUpstreamCannotBeTold_IsNamed_OrRefusedWhenStrict(string model)
    {
        world.Upstream.On("*", model == MessagesWorld.Gemini
            ? Reply.Json("""{"candidates":[{"content":{"parts":[{"text":"Hello"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":1}}""")
            : Reply.Chat("Hello"));
        var more = """ "mcp_servers":[{"type":"url","url":"https://e","name":"n"}] """;

        var reply = await world.PostAsync(MessagesWorld.Ask(model, more));
        var before = world.Upstream.Requests.Count;
        var strict = await world.PostAsync(MessagesWorld.Ask(model, $$"""{{more}},"hiway":{"strict":true}"""));
        var fine = await world.PostAsync(MessagesWorld.Ask(model, """ "hiway":{"strict":true} """));

        Assert.Equal("Hello", reply.Text);
        Assert.Equal("mcp_servers", (string)Assert.Single(reply.HiWay["dropped"]!.AsArray())!);
        Assert.Equal("mcp_servers", reply.Headers.GetValues("X-HiWay-Dropped").Single());
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", "mcp_servers"), (strict.Status, strict.ErrorCode, strict.Param));
        Assert.Equal("mcp_servers", (string)Assert.Single(strict.Json["error"]!["dropped"]!.AsArray())!);
        Assert.Equal(HttpStatusCode.OK, fine.Status);
        Assert.Equal(before + 1, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Strict_HoldsForOpenAiClientsToo()
    {
        world.Upstream.On("*", Reply.Json(Answer));
        var body = GatewayWorld.Body(model: MessagesWorld.Anthropic);
        body["logit_bias"] = new JsonObject { ["50256"] = -100 };
        body["hiway"] = new JsonObject { ["strict"] = true };

        var strict = await world.Host.Http.ChatAsync(world.Account.Key, body);
        body.Remove("hiway");
        var lenient = await world.Host.Http.ChatAsync(world.Account.Key, body);

        Assert.Equal((HttpStatusCode.BadRequest, "logit_bias"), (strict.Status, (string?)strict.Json["error"]!["param"]));
        Assert.Equal("logit_bias", (string)Assert.Single(lenient.HiWay!["dropped"]!.AsArray())!);
    }

    [Fact]
    public async Task Tokens_AreCountedByTheUpstream_OrByHiWay()
    {
        var question = """{"model":"MODEL","system":"Be kind.","messages":[{"role":"user","content":"How long is this?"}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}""";
        world.Upstream.On("/count_tokens", Reply.Json("""{"input_tokens":42}"""));
        var counted = await world.PostAsync(question.Replace("MODEL", MessagesWorld.Anthropic, StringComparison.Ordinal), "/v1/messages/count_tokens", headers: ("anthropic-beta", "b1"));
        var sent = world.Seen;
        world.Upstream.On("/count_tokens", Reply.Error(404));
        var missing = await world.PostAsync(question.Replace("MODEL", MessagesWorld.Anthropic, StringComparison.Ordinal), "/v1/messages/count_tokens");
        var translated = await world.PostAsync(question.Replace("MODEL", MessagesWorld.OpenAi, StringComparison.Ordinal), "/v1/messages/count_tokens");
        var auto = await world.PostAsync(question.Replace("MODEL", "auto", StringComparison.Ordinal), "/v1/messages/count_tokens");
        world.Upstream.On("/count_tokens", Reply.Error(429));
        var limited = await world.PostAsync(question.Replace("MODEL", MessagesWorld.Anthropic, StringComparison.Ordinal), "/v1/messages/count_tokens");

        Assert.Equal((42, 0m), ((int)counted.Json["input_tokens"]!, counted.HiWay["upstream_cost"]!.GetValue<decimal>()));
        Assert.Equal(("/v1/messages/count_tokens", "claude-sonnet-4-5", "b1"), (sent.Path, (string)sent.Json["model"]!, sent.Headers["anthropic-beta"]));
        Assert.All([missing, translated, auto], reply => Assert.InRange((int)reply.Json["input_tokens"]!, 10, 60));
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_error"), (limited.Status, limited.ErrorType));
    }

    [Fact]
    public async Task MaskedPrompts_AreCountedAndAnsweredLikeAllOthers()
    {
        world.Upstream.On("*", Reply.ChatStream(["I wrote to <EMA", "IL_1>."]));
        await SetPrivacyAsync(true);
        var body = MessagesWorld.Ask(MessagesWorld.OpenAi, "\"stream\":true").Replace("Hi", "Write to jane.doe@example.com please", StringComparison.Ordinal);

        var counted = await world.PostAsync(body, "/v1/messages/count_tokens");
        var answered = await world.PostAsync(body);
        await SetPrivacyAsync(false);

        Assert.InRange((int)counted.Json["input_tokens"]!, 8, 60);
        Assert.Contains("<EMAIL_1>", world.Seen.Text, StringComparison.Ordinal);
        Assert.Equal("I wrote to jane.doe@example.com.", answered.Text);
    }

    [Theory]
    [InlineData("""{"model":"auto","messages":[{"role":"user","content":"?"}]}""", "max_tokens")]
    [InlineData("""{"model":"auto","max_tokens":"5","messages":[{"role":"user","content":"?"}]}""", "max_tokens")]
    [InlineData("""{"max_tokens":5,"messages":[{"role":"user","content":"?"}]}""", "model")]
    [InlineData("""{"model":"auto","max_tokens":5,"messages":[]}""", "messages")]
    [InlineData("""{"model":"auto","max_tokens":5,"system":"s","messages":[]}""", "messages")]
    [InlineData("""{"model":"auto","max_tokens":5,"messages":[{"role":"robot","content":"?"}]}""", "messages[0].role")]
    [InlineData("""{"model":"auto","max_tokens":5,"messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"model":"auto","max_tokens":5,"messages":[{"role":"user","content":["?"]}]}""", "messages[0].content[0]")]
    [InlineData("""{"model":"auto","max_tokens":5,"max_tokens":6,"messages":[{"role":"user","content":"?"}]}""", "max_tokens")]
    [InlineData("""{"model":"auto","max_tokens":5,"messages":[{"role":"user","content":"?"}],"system":7}""", "system")]
    [InlineData("""{"model":"auto","max_tokens":5,"messages":[{"role":"user","content":"?"}],"tools":{}}""", "tools")]
    [InlineData("""{"model":"auto","max_tokens":5,"messages":[{"role":"user","content":"?"}],"hiway":{"strict":1}}""", "hiway.strict")]
    [InlineData("""{"model":"rec-openai/m1","max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"x"}}]}]}""", "messages[0].content[0].source.type")]
    public async Task AWrongField_IsNamed(string body, string param)
    {
        var reply = await world.PostAsync(body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request_error", param), (reply.Status, reply.ErrorType, reply.Param));
    }

    [Fact]
    public async Task NoMoreTokensAreAskedFor_ThanTheModelCanProduce()
    {
        world.Upstream.On("*", Reply.Json("""{"candidates":[{"content":{"parts":[{"text":"Hello"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":1}}"""));

        await world.PostAsync(MessagesWorld.Ask(MessagesWorld.Gemini).Replace("500", "900000", StringComparison.Ordinal));

        Assert.InRange((int)world.Seen.Json["generationConfig"]!["maxOutputTokens"]!, 8_000, 66_000);
    }

    [Fact]
    public async Task ASilentStream_IsKeptAliveWithPings()
    {
        var pieces = new[] { "Hel", "lo" };
        world.Upstream.On("*", Reply.ChatStream(pieces) with { GapBetweenChunks = TimeSpan.FromSeconds(2) });

        var reply = await world.PostAsync(MessagesWorld.Ask(MessagesWorld.OpenAi, "\"stream\":true"));

        Assert.Equal("Hello", reply.Text);
        Assert.Contains("\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\n", reply.Body, StringComparison.Ordinal);
        Assert.Equal("completed", (string?)(await world.RowAsync(reply))["end_reason"]);
    }

    [Fact]
    public async Task TheModelList_SaysThatChatsAreServedHereToo()
    {
        var models = await world.Host.Http.CallAsync(HttpMethod.Get, "/v1/models", world.Account.Key);

        Assert.Contains("/v1/messages", models["data"]!.AsArray().Single(model => (string)model!["id"]! == MessagesWorld.OpenAi)!["endpoints"]!.AsArray().Select(endpoint => (string)endpoint!));
    }

    private Task SetPrivacyAsync(bool on) =>
        world.Host.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{world.Account.WorkspaceId}/privacy", world.Account.Key, new { enabled = on, scope = "full", restore = true });

    private Task SetCachingAsync(bool on) =>
        world.Host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{world.Account.WorkspaceId}", world.Account.Key, new { prompt_caching = on });
}
