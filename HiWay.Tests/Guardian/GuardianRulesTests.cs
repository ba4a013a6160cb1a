using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Guardian;

/// <summary>Each rule and action on the gateway, in every dialect and on every route out.</summary>
public sealed class GuardianRulesTests : IAsyncLifetime
{
    private GuardianWorld _world = null!;
    private TestKey _key = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await GuardianWorld.StartAsync();
        _key = await _world.CreateKeyAsync();
        _world.Upstream.On("/chat/completions", seen => seen.Json!["stream"]?.GetValue<bool>() is true ? Reply.ChatStream(["Hel", "lo"]) : Reply.Chat("Hello"));
        _world.Upstream.On("/v1/messages", Reply.Json("""{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":2}}"""));
        _world.Upstream.On("/responses", Reply.Json("""{"id":"resp_1","object":"response","status":"completed","model":"gpt-5","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":9,"output_tokens":2,"total_tokens":11}}"""));
        _world.Upstream.On("/embeddings", Reply.Json("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}}"""));
        _world.Upstream.On("/images/generations", Reply.Json("""{"created":1,"data":[{"b64_json":"aGk="}],"usage":{"input_tokens":2,"output_tokens":2,"total_tokens":4}}"""));
        _world.Upstream.On("/images/edits", Reply.Json("""{"created":1,"data":[{"b64_json":"aGk="}],"usage":{"input_tokens":2,"output_tokens":2,"total_tokens":4}}"""));
        _world.Upstream.On("/moderations", Reply.Json("""{"id":"modr_1","results":[]}"""));
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"acme/m1","messages":[{"role":"user","content":"again"}]}""")]
    [InlineData("/v1/chat/completions", """{"model":"acme/m1","stream":true,"messages":[{"role":"user","content":"again"}]}""")]
    [InlineData("/v1/completions", """{"model":"acme/m1","prompt":"again"}""")]
    [InlineData("/v1/messages", """{"model":"rec-anthropic/m1","max_tokens":50,"messages":[{"role":"user","content":"again"}]}""")]
    [InlineData("/v1/messages", """{"model":"acme/m1","max_tokens":50,"messages":[{"role":"user","content":"again"}]}""")]
    [InlineData("/v1/responses", """{"model":"openai/gpt-5","input":"again"}""")]
    [InlineData("/v1/embeddings", """{"model":"openai/text-embedding-3-small","input":"again"}""")]
    [InlineData("/v1/images/generations", """{"model":"openai/gpt-image-1","prompt":"again"}""")]
    [InlineData("/v1/providers/openai/v1/moderations", """{"model":"omni-moderation-latest","input":"again"}""")]
    public async Task TheFourthTime_IsRefused_OnEveryRouteOut(string path, string body)
    {
        for (var i = 0; i < 3; i++)
        {
            var reply = await _world.PostAsync(_key, path, body);
            Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        }

        var refused = await _world.PostAsync(_key, path, body);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        var error = refused.Json["error"]!;
        Assert.Equal(("guardian_block", "dedup", 60), ((string?)error["code"], (string?)error["rule"], (int?)error["retry_after_seconds"]));
        Assert.Equal("60", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal(path == "/v1/messages" ? "error" : null, (string?)refused.Json["type"]);
        Assert.Equal(3, _world.Upstream.Requests.Count);
        var seen = Assert.Single(await _world.EventsAsync());
        Assert.Equal(("dedup", "block", _key.Id, 1), ((string?)seen["rule"], (string?)seen["action"], (string?)seen["key_id"], (int?)seen["hits"]));
    }

    [Fact]
    public async Task AFormWithAPicture_CountsByPromptAndSize()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await EditAsync(40)).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await EditAsync(41)).Status);   // another picture
        Assert.Equal("guardian_block", (await EditAsync(40)).ErrorCode);
    }

    [Fact]
    public async Task OtherPrompts_OtherModels_OtherKeys_AndLaterOnes_Pass()
    {
        var other = await _world.CreateKeyAsync("other");
        for (var i = 0; i < 3; i++)
        {
            await _world.AskAsync(_key, "again");
        }

        Assert.Equal(HttpStatusCode.OK, (await _world.AskAsync(_key, "again!")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _world.AskAsync(other, "again")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _world.Host.Http.ChatAsync(_key.Secret, "again", GuardianWorld.Anthropic)).Status);
        Assert.Equal("guardian_block", (await _world.AskAsync(_key, "again")).ErrorCode);
        _world.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(HttpStatusCode.OK, (await _world.AskAsync(_key, "again")).Status);
    }

    [Fact]
    public async Task CountingTokens_IsNoRepetition()
    {
        for (var i = 0; i < 6; i++)
        {
            var counted = await _world.PostAsync(_key, "/v1/messages/count_tokens", """{"model":"acme/m1","messages":[{"role":"user","content":"again"}]}""");
            Assert.Equal(HttpStatusCode.OK, counted.Status);
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"acme/m1","messages":[{"role":"user","content":"$"}]}""")]
    [InlineData("/v1/completions", """{"model":"acme/m1","prompt":"$"}""")]
    [InlineData("/v1/messages", """{"model":"rec-anthropic/m1","max_tokens":50,"system":"$","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("/v1/responses", """{"model":"openai/gpt-5","input":"$"}""")]
    [InlineData("/v1/providers/openai/v1/chat/completions", """{"model":"gpt-4o","messages":[{"role":"user","content":"$"}]}""")]
    public async Task APromptOverTheCeiling_Is413_WithTokensAndLimit(string path, string body)
    {
        var fits = await _world.PostAsync(_key, path, body.Replace("$", GuardianWorld.Words(48_000), StringComparison.Ordinal));
        var refused = await _world.PostAsync(_key, path, body.Replace("$", GuardianWorld.Words(50_500), StringComparison.Ordinal));

        Assert.True(fits.Status is HttpStatusCode.OK or HttpStatusCode.NotFound, fits.Body[..Math.Min(300, fits.Body.Length)]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.Status);
        var error = refused.Json["error"]!;
        Assert.Equal(("context_bloat", 50_000), ((string?)error["code"], (int?)error["limit"]));
        Assert.InRange((int)error["tokens"]!, 50_500, 50_600);
        Assert.Equal(path == "/v1/messages" ? "request_too_large" : "invalid_request_error", (string?)error["type"]);
        Assert.Single(_world.Upstream.Requests);
    }

    [Fact]
    public async Task BloatThatOnlyAlerts_PassesAndTellsOnce()
    {
        await _world.SetAsync(new { rule = "context_bloat", action = "alert" });
        for (var i = 0; i < 3; i++)
        {
            var reply = await _world.AskAsync(_key, i + GuardianWorld.Words(51_000));
            Assert.Equal((HttpStatusCode.OK, "alert"), (reply.Status, (string?)reply.HiWay!["guardian"]!["action"]));
        }

        await GuardianWorld.UntilAsync(async () => (int)(await _world.EventsAsync())[0]["hits"]! == 3);
        Assert.Equal(["context_bloat"], _world.Alerts.Rules);
    }

    [Fact]
    public async Task Truncate_LeavesOutTheOldestTurns_AndSaysSo()
    {
        await _world.SetAsync(new { rule = "context_bloat", action = "truncate", @params = new { ceiling = 1_000 } });
        var messages = new JsonArray(Message("system", "Be brief."));
        for (var i = 0; i < 20; i++)
        {
            messages.Add(Message("user", $"Question {i} " + GuardianWorld.Words(100)));
            messages.Add(Message("assistant", $"Answer {i} " + GuardianWorld.Words(100)));
        }

        messages.Add(Message("user", "The last one."));

        var reply = await _world.PostAsync(_key, "/v1/chat/completions", new JsonObject { ["model"] = GuardianWorld.OpenAi, ["messages"] = messages, ["temperature"] = 0.5 });

        var sent = _world.Upstream.Requests.Single().Json!;
        var said = sent["messages"]!.AsArray();
        Assert.Equal(("system", "user", "The last one."), ((string?)said[0]!["role"], (string?)said[1]!["role"], (string?)said[^1]!["content"]));
        Assert.Equal(0.5, (double)sent["temperature"]!);
        var note = reply.HiWay!["guardian"]!;
        Assert.Equal(("context_bloat", "truncate", 1_000, 42 - said.Count), ((string?)note["rule"], (string?)note["action"], (int?)note["limit"], (int?)note["removed_messages"]));
        Assert.InRange(said.Count, 6, 12);
    }

    [Fact]
    public async Task Truncate_OfOneLongText_IsARefusal()
    {
        await _world.SetAsync(new { rule = "context_bloat", action = "truncate" });

        var refused = await _world.AskAsync(_key, GuardianWorld.Words(60_000));

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "context_bloat"), (refused.Status, refused.ErrorCode));
        Assert.Equal("reject", (string?)(await _world.EventsAsync())[0]["action"]);
    }

    [Fact]
    public async Task Downgrade_GoesATierLower_UnlessTheCallerNamedTheModel()
    {
        await _world.SetAsync(new { rule = "context_bloat", action = "downgrade", @params = new { ceiling = 500 } });

        var pinned = await _world.AskAsync(_key, GuardianWorld.Words(600));
        var routed = await _world.PostAsync(_key, "/v1/chat/completions", new { model = "heavy", messages = new[] { new { role = "user", content = GuardianWorld.Words(700) } } });
        var within = await _world.PostAsync(_key, "/v1/chat/completions", new { model = "heavy", messages = new[] { new { role = "user", content = "short" } } });

        Assert.Equal((GuardianWorld.OpenAi, "alert"), ((string?)pinned.HiWay!["routed_model"], (string?)pinned.HiWay["guardian"]!["action"]));
        Assert.Equal(("standard", "downgrade"), ((string?)routed.HiWay!["routed_tier"], (string?)routed.HiWay["guardian"]!["action"]));
        Assert.Contains("too long for Guardian", (string?)routed.HiWay["reason"]);
        Assert.Equal("heavy", (string?)within.HiWay!["routed_tier"]);
        Assert.Null(within.HiWay["guardian"]);
    }

    [Fact]
    public async Task ASpike_LetsOneCallThroughPerSecond()
    {
        _world.Upstream.On("/chat/completions", Reply.Chat("Hello", inputTokens: 190_000));   // 95 cents
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await _world.AskAsync(_key, $"prompt {i}")).Status);
            await _world.KnowsCostsAsync(_key);
        }

        var first = await _world.AskAsync(_key, "prompt 3");
        _world.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await _world.AskAsync(_key, "prompt 4");
        var third = await _world.AskAsync(_key, "prompt 5");

        Assert.Equal("guardian_block", first.ErrorCode);   // still the same second as the call before
        Assert.Equal(HttpStatusCode.OK, second.Status);
        Assert.Equal(("guardian_block", "cost_spike", 1), (third.ErrorCode, (string?)third.Json["error"]!["rule"], (int?)third.Json["error"]!["retry_after_seconds"]));
        Assert.Equal("throttle", (string?)(await _world.EventsAsync())[0]["action"]);

        _world.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.All(await Task.WhenAll(Enumerable.Range(6, 2).Select(i => _world.AskAsync(_key, $"prompt {i}"))), reply => Assert.Equal(HttpStatusCode.OK, reply.Status));
    }

    [Fact]
    public async Task RequestsPerMinute_AreTheRuleRateLimit()
    {
        await _world.SetAsync(new { rule = "rate_limit", @params = new { rpm = 2 } });
        await _world.AskAsync(_key, "one");
        await _world.AskAsync(_key, "two");
        var refused = await _world.AskAsync(_key, "three");
        await _world.SetAsync(new { rule = "rate_limit", action = "alert" });
        var told = await _world.AskAsync(_key, "four");
        await _world.SetAsync(new { rule = "rate_limit", enabled = false });
        var off = await _world.AskAsync(_key, "five");

        Assert.Equal(("rate_limit_exceeded", "rate_limit", 2), (refused.ErrorCode, (string?)refused.Json["error"]!["rule"], (int?)refused.Json["error"]!["limit"]));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (told.Status, off.Status));
        var events = await _world.EventsAsync(2);
        Assert.Equal(["alert", "block"], events.Select(seen => (string?)seen["action"]).Order());
        Assert.Equal(["rate_limit"], _world.Alerts.Rules);
    }

    [Theory]
    [InlineData("block", 1)]
    [InlineData("alert", 1)]
    public async Task AKeysOwnLimit_HoldsWithTheRuleOff_AndIsNoEvent(string action, int rpm)
    {
        await _world.SetAsync(new { rule = "rate_limit", enabled = false, action, @params = new { rpm = 100 } });
        var slow = await _world.Host.Http.CreateKeyAsync(_world.Account, new { name = "slow", rpm });
        var small = await _world.Host.Http.CreateKeyAsync(_world.Account, new { name = "small", tpm = 300 });

        var first = await _world.AskAsync(slow, "one");
        var second = await _world.AskAsync(slow, "two");
        var long1 = await _world.AskAsync(small, new string('x', 6_000));

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit", rpm), (second.Status, (string?)second.Json["error"]!["rule"], (int?)second.Json["error"]!["limit"]));
        Assert.Equal((HttpStatusCode.TooManyRequests, "token_limit"), (long1.Status, (string?)long1.Json["error"]!["rule"]));
        Assert.Single(_world.Upstream.Requests);

        // The rule on again and met by another key is the first event there is.
        await _world.SetAsync(new { rule = "rate_limit", enabled = true, action = "block", @params = new { rpm = 1 } });
        await _world.AskAsync(_key, "three");
        await _world.AskAsync(_key, "four");
        Assert.Equal(_key.Id, (string?)Assert.Single(await _world.EventsAsync())["key_id"]);
    }

    [Fact]
    public async Task ASuspendedKey_StaysOut_UntilItIsRestored_AndThenBeginsAnew()
    {
        await _world.SetAsync(new { rule = "dedup", action = "suspend" });
        for (var i = 0; i < 3; i++)
        {
            await _world.AskAsync(_key, "again");
        }

        var refused = await _world.AskAsync(_key, "again");
        var atOnce = await _world.AskAsync(_key, "something else");

        Assert.Equal((HttpStatusCode.Forbidden, "key_suspended", "dedup"), (refused.Status, refused.ErrorCode, (string?)refused.Json["error"]!["rule"]));
        Assert.Equal((HttpStatusCode.Forbidden, "key_suspended", "dedup"), (atOnce.Status, atOnce.ErrorCode, (string?)atOnce.Json["error"]!["rule"]));
        await GuardianWorld.UntilAsync(async () => (string?)(await _world.KeyAsync(_key))["status"] == "suspended");
        Assert.Equal("dedup", (string?)(await _world.KeyAsync(_key))["suspended_by_rule"]);
        var audit = await _world.Host.Http.CallAsync(HttpMethod.Get, $"{_world.Workspace}/audit?action=key.suspended", _world.Account.Key);
        Assert.Equal("Guardian", (string?)Assert.Single(audit["data"]!.AsArray())!["actor"]);

        await _world.Host.Http.CallAsync(HttpMethod.Post, $"{_world.Workspace}/keys/{_key.Id}/restore", _world.Account.Key);

        Assert.Equal(HttpStatusCode.OK, (await _world.AskAsync(_key, "again")).Status);
        Assert.Equal("active", (string?)(await _world.KeyAsync(_key))["status"]);
    }

    [Fact]
    public async Task ALoop_IsSeenInStreamsOfEveryDialect_AndSuspendsTheKey()
    {
        await _world.SetAsync(new { rule = "zombie_agent", @params = new { window_seconds = 60 } });
        const string thought = "I could not find the file that you named, so I will look for it once more in the same folder.";
        _world.Upstream.On("/chat/completions", _ => Reply.ChatStream([.. thought.Chunk(9).Select(piece => new string(piece))]));
        _world.Upstream.On("/v1/messages", _ => Reply.SseRaw(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m1\",\"content\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n",
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            $"event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{thought}\"}}}}\n\n",
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":20}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
        foreach (var (path, body) in ((string, string)[])[
            ("/v1/chat/completions", """{"model":"acme/m1","stream":true,"messages":[{"role":"user","content":"No such file. Try $ of many, go on."}]}"""),
            ("/v1/messages", """{"model":"rec-anthropic/m1","max_tokens":50,"stream":true,"messages":[{"role":"user","content":"No such file. Try $ of many, go on."}]}"""),
            ("/v1/messages", """{"model":"acme/m1","max_tokens":50,"stream":true,"messages":[{"role":"user","content":"No such file. Try $ of many, go on."}]}"""),
            ("/v1/responses", """{"model":"acme/m1","stream":true,"input":"No such file. Try $ of many, go on."}"""),
            ("/v1/providers/acme/chat/completions", """{"model":"m1","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"No such file. Try $ of many, go on."}]}]}"""),
            ("/v1/providers/rec-anthropic/messages", """{"model":"m1","max_tokens":50,"stream":true,"messages":[{"role":"user","content":"No such file. Try $ of many, go on."}]}"""),
        ])
        {
            await LoopAsync(path, body);
        }
    }

    /// <summary>An agent that only calls tools says nothing else: what it writes to them is the answer.</summary>
    [Theory]
    [InlineData("/v1/chat/completions", "acme/m1", "/chat/completions", """{"id":"c","object":"chat.completion","created":1,"model":"m1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"custom","custom":{"name":"apply_patch","input":"WORDS"}}]}}],"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}}""")]
    [InlineData("/v1/responses", "openai/gpt-5", "/responses", """{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-5","output":[{"type":"custom_tool_call","id":"ctc_1","call_id":"c1","name":"apply_patch","input":"WORDS","status":"completed"}],"tools":[{"type":"custom","name":"apply_patch"}],"usage":{"input_tokens":9,"output_tokens":9,"total_tokens":18}}""")]
    [InlineData("/v1/messages", "rec-anthropic/m1", "/v1/messages", """{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[{"type":"tool_use","id":"t1","name":"apply_patch","input":{"patch":{"file":"}\"","lines":"WORDS"}}}],"stop_reason":"tool_use","usage":{"input_tokens":9,"output_tokens":9}}""")]
    [InlineData("/v1/chat/completions", "google/gemini-2.5-flash", ":generateContent", """{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"apply_patch","args":{"patch":"WORDS"}}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":9,"totalTokenCount":18},"modelVersion":"gemini-2.5-flash","responseId":"r"}""")]
    public async Task ALoop_OfToolCallsAlone_IsSeen(string path, string model, string at, string answer)
    {
        await _world.Host.Http.PutProviderAsync(_world.Account, "google", $"{_world.Upstream.Url}/google");
        await _world.SetAsync(new { rule = "zombie_agent", @params = new { window_seconds = 60 } });
        _world.Upstream.On(at, Reply.Json(answer.Replace("WORDS", "Begin patch, update the file main.py, replace line one with line two, end of patch", StringComparison.Ordinal)));

        await LoopAsync(path, Prompt(path, model, "No such file. Try $ of many, go on."));
    }

    [Fact]
    public async Task CustomToolCallsInStreams_AreALoopToo()
    {
        await _world.SetAsync(new { rule = "zombie_agent", @params = new { window_seconds = 60 } });
        string Chunk(string delta, string finish) => $$"""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m1","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finish}}}]}""";
        _world.Upstream.On("/chat/completions", Reply.Sse(
        [
            Chunk("""{"role":"assistant","tool_calls":[{"index":0,"id":"c1","type":"custom","custom":{"name":"apply_patch","input":""}}]}""", "null"),
            .. "Begin patch, update the file main.py, replace line one with line two, end of patch".Chunk(7)
                .Select(piece => Chunk($$$"""{"tool_calls":[{"index":0,"custom":{"input":"{{{new string(piece)}}}"}}]}""", "null")),
            Chunk("{}", "\"tool_calls\""),
            "[DONE]",
        ]));

        await LoopAsync("/v1/chat/completions", """{"model":"acme/m1","stream":true,"messages":[{"role":"user","content":"No such file. Try $ of many, go on."}]}""");
    }

    /// <summary>Responses say again which tools they were offered; that is not what the model said.</summary>
    [Fact]
    public async Task AnswersThatDiffer_AreNoLoop_WhateverSchemasTheyRepeat()
    {
        await _world.SetAsync(new { rule = "zombie_agent", @params = new { window_seconds = 60 } });
        string[] words = ["rain", "stone", "door", "paper", "river", "cloud", "glass", "wheel", "bread", "night", "horse", "green", "seven", "music", "chair", "winter"];
        var said = 0;
        _world.Upstream.On("/responses", _ => Reply.Json("""
            {"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-5","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"WORDS","annotations":[]}]}],
             "tools":[{"type":"function","name":"f","strict":false,"parameters":{"type":"object","properties":{"input":{"type":"string","description":"The text that is to be put into the file, line by line, as it shall stand there in the end, with all blanks and all signs that belong to it."},
              "args":{"type":"string","description":"What else the program is started with, one after the other, as a shell would take it, and in the order in which they are named in its manual."}}}}],"usage":{"input_tokens":9,"output_tokens":9,"total_tokens":18}}
            """.Replace("WORDS", string.Join(' ', Enumerable.Range(0, 12).Select(place => words[(said * 7 + place * (said + 3)) % words.Length])) + $" {words[said++ % words.Length]}", StringComparison.Ordinal)));

        for (var i = 0; i < 30; i++)
        {
            var reply = await _world.PostAsync(_key, "/v1/responses", Prompt("/v1/responses", "openai/gpt-5", $"No such file. Try {i} of many, go on."));
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            _world.Clock.Advance(TimeSpan.FromSeconds(6));
        }
    }

    private static string Prompt(string path, string model, string text) => path is "/v1/responses"
        ? $$"""{"model":"{{model}}","input":"{{text}}"}"""
        : $$"""{"model":"{{model}}","max_tokens":50,"messages":[{"role":"user","content":"{{text}}"}]}""";

    private async Task LoopAsync(string path, string body)
    {
        var key = await _world.CreateKeyAsync($"loops at {path}");
        var passed = 0;
        for (var i = 0; i < 30; i++)
        {
            var reply = await _world.PostAsync(key, path, body.Replace("$", $"{i}", StringComparison.Ordinal));
            if (reply.Status != HttpStatusCode.OK)
            {
                Assert.Equal(("key_suspended", "zombie_agent"), (reply.ErrorCode, (string?)reply.Json["error"]!["rule"]));
                break;
            }

            passed++;
            _world.Clock.Advance(TimeSpan.FromSeconds(6));
        }

        Assert.Equal(11, passed);   // the answer after a minute completes the loop
        await GuardianWorld.UntilAsync(async () => (string?)(await _world.KeyAsync(key))["suspended_by_rule"] == "zombie_agent");
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private Task<ChatReply> EditAsync(int pictureBytes)
    {
        var picture = new ByteArrayContent(new byte[pictureBytes]);
        picture.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        var form = new MultipartFormDataContent("fixed-boundary") { { new StringContent("openai/gpt-image-1"), "model" }, { new StringContent("Make it blue"), "prompt" }, { picture, "image", "a.png" } };
        return _world.SendAsync(_key, "/v1/images/edits", form);
    }
}
