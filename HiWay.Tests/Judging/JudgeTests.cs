using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Judging;
using HiWay.Infrastructure.Judging;
using HiWay.Infrastructure.Snapshots;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Judging;

/// <summary>A share of a workspace's routed answers is rated behind the calls, within its own limit, and what comes of it counts and is shown.</summary>
public sealed class JudgeTests : IAsyncLifetime
{
    private const string Judge = "openai/gpt-4o-mini";

    private static readonly (string, string) s_masterKey = ("Vault:MasterKey", "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");   // a second node needs it too

    private FaultWorld _world = null!;
    private Func<SeenRequest, Reply> _rate = _ => Rated(0.9, "correct");

    public async ValueTask InitializeAsync()
    {
        _world = await FaultWorld.StartAsync(null, [s_masterKey]);
        _world.Answer(seen => IsRating(seen) ? _rate(seen) : FaultWorld.Well(seen));
        await _world.Host.Http.CallAsync(HttpMethod.Put, Path("guardian"), _world.Account.Key, new { rules = (object[])[new { rule = "dedup", enabled = false }] });
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task OffByDefault_NothingIsRated_AndTheSettingsSayWhatItWouldCost()
    {
        await AskAsync();
        await AskAsync(stream: true);
        await RowsAsync(2);

        var view = await SetAsync(new { model = Judge, sample_rate = 0.5 });   // chosen, but not switched on

        Assert.Equal((false, 0.5, Judge, 1.00m, 0L), (view["enabled"]!.GetValue<bool>(), view["sample_rate"]!.GetValue<double>(), Text(view, "model"), view["daily_limit_usd"]!.GetValue<decimal>(), view["judged_today"]!.GetValue<long>()));
        Assert.Null(_world.Host.Get<ISnapshots>().Workspace(_world.Account.WorkspaceId)!.Judge);
        Assert.DoesNotContain(_world.Seen, IsRating);
        await EventuallyAsync(async () => (await GetAsync())["expected_usd_per_day"]!.GetValue<decimal>() > 0m);
        view = await GetAsync();
        Assert.Equal(Math.Round(2 / 7.0 * 0.5, 2), view["expected_per_day"]!.GetValue<double>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatIsRated_IsTheAnswerThatTheClientGot_AndItCounts(bool stream)
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });

        var (id, model) = await AskAsync(stream);

        await JudgedAsync(1);
        var rating = Assert.Single(_world.Seen, IsRating);
        var shown = rating.Json["messages"]![1]!["content"]!.GetValue<string>();
        Assert.Contains("user: Tell me forty sentences.", shown, StringComparison.Ordinal);
        Assert.Contains(FaultWorld.Whole, shown, StringComparison.Ordinal);
        Assert.Equal("gpt-4o-mini", Text(rating.Json, "model"));
        Assert.Equal("json_schema", Text(rating.Json["response_format"]!, "type"));

        var row = Assert.Single((await LearnedAsync())["models"]!.AsArray())!;
        Assert.Equal((model, 0L, 1L, 0.9), (Text(row, "model"), row["scores"]!.GetValue<long>(), row["judged"]!.GetValue<long>(), row["mean"]!.GetValue<double>()));

        // In the books it is a call like any other, under its own name.
        var booked = (await RowsAsync(2)).Single(one => Text(one, "model") == Judge);
        Assert.Equal((JudgeKey.IdOf(_world.Account.WorkspaceId), "Judge", JudgeKey.Tag, 200), (Text(booked, "key_id"), Text(booked, "key_name"), booked["tags"]![0]!.GetValue<string>(), booked["status"]!.GetValue<int>()));
        Assert.True(booked["cost_usd"]!.GetValue<decimal>() > 0m);
        await EventuallyAsync(async () => (await GetAsync())["judged_today"]!.GetValue<long>() == 1);
        Assert.Equal(booked["cost_usd"]!.GetValue<decimal>(), (await GetAsync())["spent_today_usd"]!.GetValue<decimal>());
        Assert.Equal((0.9, "correct"), await StoredAsync(id));
    }

    [Fact]
    public async Task PinsTestKeysAndWhatAKeyKeepsFromTheJudge_AreNotRated()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var narrow = await _world.Host.Http.CreateKeyAsync(_world.Account, new { name = "Narrow", allowed_models = (string[])["mistral/mistral-large-latest", "standard"] });
        var test = await _world.Host.Http.CreateKeyAsync(_world.Account, new { name = "Test", test = true });

        Assert.Equal(HttpStatusCode.OK, (await _world.AskAsync(false, "mistral/mistral-large-latest")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _world.Host.Http.ChatAsync(narrow.Secret, GatewayWorld.Body(model: "standard"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await _world.Host.Http.ChatAsync(test.Secret, GatewayWorld.Body(model: "auto"))).Status);
        var last = await AskAsync();

        await JudgedAsync(1);   // jobs are taken in order, so the earlier ones would have been rated by now
        await StoredAsync(last.Id);
        Assert.Single(_world.Seen, IsRating);
    }

    [Fact]
    public async Task APersonsScore_TakesTheJudgesPlace_AndIsNeverOverwritten()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var (id, _) = await AskAsync();
        await JudgedAsync(1);

        await _world.Host.Http.CallAsync(HttpMethod.Post, "/v1/feedback", _world.Key.Secret, new { request_id = id, score = 0.2 });

        var row = Assert.Single((await LearnedAsync())["models"]!.AsArray())!;
        Assert.Equal((1L, 0L, 0.2), (row["scores"]!.GetValue<long>(), row["judged"]!.GetValue<long>(), row["mean"]!.GetValue<double>()));
        var agreement = (await GetAsync())["agreement"]!;
        Assert.Equal((1L, 0.7, 1L), (agreement["requests"]!.GetValue<long>(), agreement["mean_difference"]!.GetValue<double>(), agreement["opposed"]!.GetValue<long>()));

        var said = await _world.Host.Http.CallAsync(HttpMethod.Get, Path($"requests/{id}/score"), _world.Account.Key);
        Assert.Equal((0.2, "feedback", 0.9, "correct"), (said["said"]!["score"]!.GetValue<double>(), Text(said["said"]!, "source"), said["judged"]!["score"]!.GetValue<double>(), Text(said["judged"]!, "reason")));

        // A rating that comes after a person's score is kept for the comparison alone; a second one of the same request changes nothing.
        var scores = _world.Host.Get<Infrastructure.Scores.IScores>();
        var (later, model) = await AskAsync();
        await JudgedAsync(1);
        await _world.Host.Http.CallAsync(HttpMethod.Post, "/v1/feedback", _world.Key.Secret, new { request_id = later, score = 0.4 });
        await scores.RecordAsync(_world.Account.WorkspaceId, later, model, Domain.Routing.TaskType.General, new JudgeRating(0, JudgeReason.Wrong), default);
        row = Assert.Single((await LearnedAsync())["models"]!.AsArray())!;
        Assert.Equal((2L, 0L, 0.3), (row["scores"]!.GetValue<long>(), row["judged"]!.GetValue<long>(), row["mean"]!.GetValue<double>()));

        await _world.Host.Http.CallAsync(HttpMethod.Delete, Path("routing/learned"), _world.Account.Key, expected: HttpStatusCode.NoContent);
        Assert.Empty((await LearnedAsync())["models"]!.AsArray());
        Assert.Equal(0L, (await GetAsync())["agreement"]!["requests"]!.GetValue<long>());
    }

    [Fact]
    public async Task AnAnswerThatCallsATool_IsNotRated_AndOneThatOnlyCouldIs()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var called = false;
        _world.Answer(seen =>
        {
            if (IsRating(seen))
            {
                return _rate(seen);
            }

            (var reply, called) = (called ? FaultWorld.Well(seen) : Reply.Json(ToolCall), true);
            return reply;
        });
        var body = GatewayWorld.Body("Tell me forty sentences.", model: "standard");
        body["tools"] = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "look", ["parameters"] = new JsonObject { ["type"] = "object" } } });

        Assert.Contains("tool_calls", (await _world.Host.Http.ChatAsync(_world.Key.Secret, body)).Body, StringComparison.Ordinal);
        var told = await _world.Host.Http.ChatAsync(_world.Key.Secret, body);
        Assert.Equal(FaultWorld.Whole, told.Text);

        await JudgedAsync(1);
        Assert.Equal((0.9, "correct"), await StoredAsync(told.HiWay!["request_id"]!.GetValue<string>()));
        Assert.Single(_world.Seen, IsRating);
    }

    [Fact]
    public async Task TheJudgesOwnAnswers_AreNotRated_AndItsCallsNeverAre()
    {
        var (_, model) = await AskAsync();
        await SetAsync(new { enabled = true, model, sample_rate = 1 });
        await AskAsync();   // answered by the judge itself
        await SetAsync(new { model = Judge });
        var other = await AskAsync();

        await JudgedAsync(1);
        Assert.Equal((0.9, "correct"), await StoredAsync(other.Id));
        Assert.Single(_world.Seen, IsRating);   // nobody rated the rating
        await RowsAsync(4);
    }

    [Fact]
    public async Task WhereMoneyIsShort_NothingIsRated()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        await AskAsync();
        await JudgedAsync(1);
        await _world.Host.Http.CallAsync(HttpMethod.Put, Path("budget"), _world.Account.Key, new { cap_usd = 1m, warn_at = 0.000001, downgrade_at = 0.000002, light_only_at = 0.9, block_at = 1 });

        Assert.Equal(HttpStatusCode.OK, (await _world.AskAsync(false)).Status);
        await _world.Host.Http.CallAsync(HttpMethod.Put, Path("budget"), _world.Account.Key, new { downgrade_at = 0.8 });
        await AskAsync();

        await JudgedAsync(2);
        Assert.Equal(2, _world.Seen.Count(IsRating));
    }

    [Fact]
    public async Task AfterTheCallersKeyOrTheJudgesProviderIsGone_CallsGoOnAsEver()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var gone = await _world.Host.Http.CreateKeyAsync(_world.Account, new { name = "Gone" });
        using var hold = new SemaphoreSlim(0);
        _world.Answer(seen =>
        {
            if (IsRating(seen))
            {
                hold.Wait(TimeSpan.FromMinutes(1));
                return _rate(seen);
            }

            return FaultWorld.Well(seen);
        });
        var reply = await _world.Host.Http.ChatAsync(gone.Secret, GatewayWorld.Body("Tell me forty sentences.", model: "standard"));
        Assert.Equal(FaultWorld.Whole, reply.Text);
        await _world.Host.Http.CallAsync(HttpMethod.Delete, Path($"keys/{gone.Id}"), _world.Account.Key, expected: HttpStatusCode.NoContent);
        hold.Release(100);
        await JudgedAsync(1);   // the answer was given; what it is worth stays true

        await _world.Host.Http.CallAsync(HttpMethod.Delete, Path("providers/openai"), _world.Account.Key, expected: HttpStatusCode.NoContent);
        await AskAsync();
        await AskAsync();
        Assert.Single(_world.Seen, IsRating);
        Assert.Null((await GetAsync())["expected_usd_per_day"]);
        Assert.False((await SetAsync(new { enabled = false }))["enabled"]!.GetValue<bool>());   // a judge that is gone can still be switched off
    }

    [Fact]
    public async Task OnTwoNodes_EachAnswerIsRatedOnce()
    {
        await using var two = await HiWayHost.StartAsync(_world.Host.Database, null, s_masterKey);
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        await EventuallyAsync(() => Task.FromResult(two.Get<ISnapshots>().Workspace(_world.Account.WorkspaceId)?.Judge is not null));

        for (var i = 0; i < 6; i++)
        {
            var reply = await (i % 2 == 0 ? _world.Host : two).Http.ChatAsync(_world.Key.Secret, GatewayWorld.Body("Tell me forty sentences.", model: "standard"));
            Assert.Equal(FaultWorld.Whole, reply.Text);
        }

        await JudgedAsync(6);
        Assert.Equal(6, _world.Seen.Count(IsRating));
        await EventuallyAsync(async () => (await GetAsync())["judged_today"]!.GetValue<long>() == 6);
    }

    [Fact]
    public async Task RatingsMoveTheMix_WithinItsBounds_AndAreForgotten()
    {
        await _world.Host.Http.CallAsync(HttpMethod.Put, Path("routing"), _world.Account.Key, new { profile = "quality" });
        await _world.Host.Http.CallAsync(HttpMethod.Put, Path("routing/learned"), _world.Account.Key, new { enabled = true });
        var (_, first) = await AskAsync();
        var scores = _world.Host.Get<Infrastructure.Scores.IScores>();
        var task = Domain.Routing.TaskType.General;
        for (var i = 0; i < 80; i++)
        {
            await scores.RecordAsync(_world.Account.WorkspaceId, Domain.Ids.Ulid.New("req", DateTimeOffset.UtcNow), first, task, new JudgeRating(0, JudgeReason.Wrong), default);
            if (i == 78)
            {
                Assert.Equal((0, 1), Moved(await LearnedAsync()));   // a quarter each: not yet worth twenty people's
            }
        }

        Assert.Equal((-10, 0), Moved(await LearnedAsync()));
        Assert.Equal(-10, _world.Host.Get<ISnapshots>().Workspace(_world.Account.WorkspaceId)!.Mix.PointsFor(first, task));

        await _world.Host.Http.CallAsync(HttpMethod.Put, Path("routing/learned"), _world.Account.Key, new { enabled = false });
        Assert.True(_world.Host.Get<ISnapshots>().Workspace(_world.Account.WorkspaceId)!.Mix.IsEmpty);
        await _world.Host.Http.CallAsync(HttpMethod.Delete, Path("routing/learned"), _world.Account.Key, expected: HttpStatusCode.NoContent);
        Assert.Empty((await LearnedAsync())["models"]!.AsArray());

        static (int Points, int Missing) Moved(JsonNode learned) =>
            Assert.Single(learned["models"]!.AsArray()) is { } row ? (row["adjustment"]!.GetValue<int>(), row["missing_scores"]!.GetValue<int>()) : default;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MaskedValues_ReachTheJudgeAsPlaceholders(bool restore)
    {
        await _world.Host.Http.CallAsync(HttpMethod.Put, Path("privacy"), _world.Account.Key, new { enabled = true, scope = "full", restore });
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        _world.Answer(seen => IsRating(seen) ? _rate(seen) : Reply.Chat("I wrote to <EMAIL_1> for you."));

        var reply = await _world.Host.Http.ChatAsync(_world.Key.Secret, GatewayWorld.Body("Write to ada.lovelace@example.com please", model: "standard"));

        Assert.Equal($"I wrote to {(restore ? "ada.lovelace@example.com" : "<EMAIL_1>")} for you.", reply.Text);
        await JudgedAsync(1);
        var shown = Assert.Single(_world.Seen, IsRating).Json.ToJsonString();
        Assert.DoesNotContain("ada.lovelace", shown, StringComparison.Ordinal);
        Assert.Equal(2, JsonNode.Parse(shown)!["messages"]![1]!["content"]!.GetValue<string>().Split("<EMAIL_1>").Length - 1);   // prompt and answer
    }

    [Theory]
    [InlineData("error", "upstream_unavailable")]
    [InlineData("Rather good, I would say.", "unreadable_rating")]
    [InlineData("{\"score\":7,\"reason\":\"correct\"}", "unreadable_rating")]
    [InlineData("", "unreadable_rating")]
    public async Task AJudgeThatFails_Rests_IsShown_AndTheCallsNeverKnow(string how, string code)
    {
        _rate = _ => how == "error" ? Reply.Error(503) : Reply.Chat(how);
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });

        await AskAsync();
        await EventuallyAsync(async () => (await GetAsync())["last_failure"] is not null);
        var failure = (await GetAsync())["last_failure"]!;
        Assert.Equal((code, JudgeRules.Advice(code)), (Text(failure, "code"), Text(failure, "advice")));
        var tried = _world.Seen.Count(IsRating);
        for (var i = 0; i < 5; i++)
        {
            await AskAsync();
        }

        Assert.Equal(tried, _world.Seen.Count(IsRating));
        Assert.Empty((await LearnedAsync())["models"]!.AsArray());

        // A rating that went well is newer than the failure, on whatever node; new settings are a new beginning.
        await _world.Host.Get<Infrastructure.Scores.IScores>().RecordAsync(_world.Account.WorkspaceId, "req_other", Judge, Domain.Routing.TaskType.General, new JudgeRating(1, JudgeReason.Correct), default);
        Assert.Null((await GetAsync())["last_failure"]);
        await _world.Host.Get<IJudgeFailures>().RecordAsync(_world.Account.WorkspaceId, code, "Once more.", default);
        Assert.Equal("Once more.", Text((await GetAsync())["last_failure"]!, "message"));
        _rate = _ => Rated(0.5, "incomplete");
        await SetAsync(new { daily_limit_usd = 2 });
        Assert.Null((await GetAsync())["last_failure"]);
        await AskAsync();
        await JudgedAsync(2);
    }

    [Fact]
    public async Task TheDailyLimit_IsHard()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1, daily_limit_usd = 0.000001 });

        await AskAsync();

        await EventuallyAsync(async () => (await GetAsync())["last_failure"] is not null);
        Assert.Equal("budget_exceeded", Text((await GetAsync())["last_failure"]!, "code"));
        Assert.DoesNotContain(_world.Seen, IsRating);
        Assert.Equal(0m, (await GetAsync())["spent_today_usd"]!.GetValue<decimal>());
    }

    [Fact]
    public async Task TheRating_KeepsTheWorkspacesRules()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var workspace = _world.Host.Get<ISnapshots>().Workspace(_world.Account.WorkspaceId)!;
        await _world.Host.Http.CallAsync(HttpMethod.Post, Path("security/ip-rules"), _world.Account.Key, new { cidr = "203.0.113.0/24", action = "allow" });
        var calls = _world.Host.Get<Web.Gateway.InProcessCalls>();
        var body = JudgePrompt.Write(Judge, "user: Hi", "Hello.", "mark", structured: true);
        async Task<int> StatusAsync(string? ip)
        {
            var now = _world.Host.Get<ISnapshots>().Workspace(workspace.Id)!;
            var status = 0;
            await foreach (var said in calls.RunAsync(new(Web.Gateway.CallOrigin.Judge, "/v1/chat/completions", body, now, JudgeKey.Of(now.Id, now.Judge!), ip), default))
            {
                status = said.Status;
            }

            return status;
        }

        Assert.Equal(403, await StatusAsync("198.51.100.1"));
        Assert.Equal(403, await StatusAsync(null));
        Assert.Equal(200, await StatusAsync("203.0.113.9"));
        await _world.Host.Http.CallAsync(HttpMethod.Put, Path("budget"), _world.Account.Key, new { cap_usd = 0m });
        Assert.Equal(402, await StatusAsync("203.0.113.9"));
        Assert.Single(_world.Seen, IsRating);
    }

    [Fact]
    public async Task WhatIsWrong_IsNamed_AndNothingChanges()
    {
        foreach (var (body, param) in ((string, string)[])
        [
            ("""{"sample_rate":1.01}""", "sample_rate"),
            ("""{"sample_rate":-0.1}""", "sample_rate"),
            ("""{"daily_limit_usd":-1}""", "daily_limit_usd"),
            ("""{"enabled":true}""", "model"),
            ("""{"model":"nobody/none"}""", "model"),
            ("""{"model":"auto"}""", "model"),
            ("""{"model":"anthropic/claude-sonnet-4-5"}""", "model"),
            ("""{"model":"openai/text-embedding-3-small"}""", "model"),
            ("""{"sampling":1}""", "sampling"),
        ])
        {
            using var answer = await _world.Host.Http.TryCallAsync(HttpMethod.Put, Path("routing/judge"), _world.Account.Key, body);
            var said = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest, $"{body}: {said}");
            Assert.Equal(param, JsonNode.Parse(said)!["error"]!["param"]!.GetValue<string>());
        }

        var view = await GetAsync();
        Assert.Equal((false, JudgeSettings.DefaultSampleRate, null), (view["enabled"]!.GetValue<bool>(), view["sample_rate"]!.GetValue<double>(), view["model"]?.GetValue<string>()));
    }

    [Fact]
    public async Task WhatGetAnswers_CanBeSentBack_AndChangesAreAudited()
    {
        var view = await SetAsync(new { enabled = true, model = Judge });

        Assert.Equal(view.ToJsonString(), (await SetAsync(view)).ToJsonString());
        await SetAsync(new { enabled = false });

        var audit = await _world.Host.Http.CallAsync(HttpMethod.Get, Path("audit?action=routing.judge_configured"), _world.Account.Key);
        Assert.Equal(["false", "true"], audit["data"]!.AsArray().Select(entry => entry!["new_values"]!["enabled"]!.GetValue<string>()));
    }

    private const string ToolCall = """
        {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
        "tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{}"}}]}}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}
        """;

    internal static bool IsRating(SeenRequest seen) => seen.Json["messages"]?[0]?["content"] is JsonValue text && text.TryGetValue<string>(out var said) && said.StartsWith("You rate answers", StringComparison.Ordinal);

    internal static Reply Rated(double score, string reason) => Reply.Chat(new JsonObject { ["score"] = score, ["reason"] = reason }.ToJsonString());

    private async Task<(string Id, string Model)> AskAsync(bool stream = false)
    {
        var reply = await _world.AskAsync(stream);
        Assert.True(reply.Status is HttpStatusCode.OK, reply.Body);
        Assert.Equal(FaultWorld.Whole, reply.Text);
        Assert.NotEqual(Judge, reply.HiWay!["routed_model"]!.GetValue<string>());
        return (reply.HiWay["request_id"]!.GetValue<string>(), reply.HiWay["routed_model"]!.GetValue<string>());
    }

    /// <summary>Until the sums hold so many ratings.</summary>
    private Task JudgedAsync(int ratings) => EventuallyAsync(async () => (await LearnedAsync())["models"]!.AsArray().Sum(row => row!["judged"]!.GetValue<int>()) == ratings);

    private async Task<(double Score, string Reason)> StoredAsync(string requestId)
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(_world.Host.Database.ConnectionString);
        await using var command = database.CreateCommand($"SELECT score, reason FROM judge_scores WHERE request_id = '{requestId}'");
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        return (row.GetDouble(0), row.GetString(1));
    }

    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var patience = System.Diagnostics.Stopwatch.StartNew(); !await holds();)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(1), "It did not come to that within a minute.");
            await Task.Delay(50);
        }
    }

    private Task<IReadOnlyList<JsonNode>> RowsAsync(int expected) => _world.Host.Http.RequestRowsAsync(_world.Account, expected);

    private string Path(string rest) => $"/api/v1/workspaces/{_world.Account.WorkspaceId}/{rest}";

    private Task<JsonNode> GetAsync() => _world.Host.Http.CallAsync(HttpMethod.Get, Path("routing/judge"), _world.Account.Key);

    private Task<JsonNode> SetAsync(object body) => _world.Host.Http.CallAsync(HttpMethod.Put, Path("routing/judge"), _world.Account.Key, body);

    private Task<JsonNode> LearnedAsync() => _world.Host.Http.CallAsync(HttpMethod.Get, Path("routing/learned"), _world.Account.Key);

    private static string? Text(JsonNode json, string name) => json[name]?.GetValue<string>();
}
