using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Judging;
using HiWay.Infrastructure.Judging;
using HiWay.Infrastructure.Snapshots;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Judging;

/// <summary>A share of a workspace's routed answers is rated behind the calls, and what comes of it counts and is shown.</summary>
public sealed class JudgeTests : JudgedWorld
{
    private const string ToolCall = """
        {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
        "tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{}"}}]}}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatIsRated_IsTheAnswerThatTheClientGot_AndItCounts(bool stream)
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });

        var (id, model) = await AskAsync(stream);

        await JudgedAsync(1);
        var rating = Assert.Single(World.Seen, IsRating);
        var shown = rating.Json["messages"]![1]!["content"]!.GetValue<string>();
        Assert.Contains("user: Tell me forty sentences.", shown, StringComparison.Ordinal);
        Assert.Contains(FaultWorld.Whole, shown, StringComparison.Ordinal);
        Assert.Equal("gpt-4o-mini", Text(rating.Json, "model"));
        Assert.Equal("json_schema", Text(rating.Json["response_format"]!, "type"));

        var row = Assert.Single((await LearnedAsync())["models"]!.AsArray())!;
        Assert.Equal((model, 0L, 1L, 0.9), (Text(row, "model"), row["scores"]!.GetValue<long>(), row["judged"]!.GetValue<long>(), row["mean"]!.GetValue<double>()));

        // In the books it is a call like any other, under its own name.
        var booked = (await RowsAsync(2)).Single(one => Text(one, "model") == Judge);
        Assert.Equal((JudgeKey.IdOf(World.Account.WorkspaceId), "Judge", JudgeKey.Tag, 200), (Text(booked, "key_id"), Text(booked, "key_name"), booked["tags"]![0]!.GetValue<string>(), booked["status"]!.GetValue<int>()));
        Assert.True(booked["cost_usd"]!.GetValue<decimal>() > 0m);
        await Patience.UntilAsync(async () => (await GetAsync())["judged_today"]!.GetValue<long>() == 1, "one rating today");
        Assert.Equal(booked["cost_usd"]!.GetValue<decimal>(), (await GetAsync())["spent_today_usd"]!.GetValue<decimal>());
        Assert.Equal((0.9, "correct"), await StoredAsync(id));
    }

    [Fact]
    public async Task PinsTestKeysAndWhatAKeyKeepsFromTheJudge_AreNotRated()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var narrow = await World.Host.Http.CreateKeyAsync(World.Account, new { name = "Narrow", allowed_models = (string[])["mistral/mistral-large-latest", "standard"] });
        var test = await World.Host.Http.CreateKeyAsync(World.Account, new { name = "Test", test = true });

        Assert.Equal(HttpStatusCode.OK, (await World.AskAsync(false, "mistral/mistral-large-latest")).Status);
        Assert.Equal(HttpStatusCode.OK, (await World.Host.Http.ChatAsync(narrow.Secret, GatewayWorld.Body(model: "standard"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await World.Host.Http.ChatAsync(test.Secret, GatewayWorld.Body(model: "auto"))).Status);
        var last = await AskAsync();

        await JudgedAsync(1);   // jobs are taken in order, so the earlier ones would have been rated by now
        await StoredAsync(last.Id);
        Assert.Single(World.Seen, IsRating);
    }

    [Fact]
    public async Task APersonsScore_TakesTheJudgesPlace_AndIsNeverOverwritten()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var (id, _) = await AskAsync();
        await JudgedAsync(1);

        await World.Host.Http.CallAsync(HttpMethod.Post, "/v1/feedback", World.Key.Secret, new { request_id = id, score = 0.2 });

        var row = Assert.Single((await LearnedAsync())["models"]!.AsArray())!;
        Assert.Equal((1L, 0L, 0.2), (row["scores"]!.GetValue<long>(), row["judged"]!.GetValue<long>(), row["mean"]!.GetValue<double>()));
        var agreement = (await GetAsync())["agreement"]!;
        Assert.Equal((1L, 0.7, 1L), (agreement["requests"]!.GetValue<long>(), agreement["mean_difference"]!.GetValue<double>(), agreement["opposed"]!.GetValue<long>()));

        var said = await World.Host.Http.CallAsync(HttpMethod.Get, Path($"requests/{id}/score"), World.Account.Key);
        Assert.Equal((0.2, "feedback", 0.9, "correct"), (said["said"]!["score"]!.GetValue<double>(), Text(said["said"]!, "source"), said["judged"]!["score"]!.GetValue<double>(), Text(said["judged"]!, "reason")));

        // A rating that comes after a person's score is kept for the comparison alone; a second one of the same request changes nothing.
        var scores = World.Host.Get<Infrastructure.Scores.IScores>();
        var (later, model) = await AskAsync();
        await JudgedAsync(1);
        await World.Host.Http.CallAsync(HttpMethod.Post, "/v1/feedback", World.Key.Secret, new { request_id = later, score = 0.4 });
        await scores.RecordAsync(World.Account.WorkspaceId, later, model, Domain.Routing.TaskType.General, new JudgeRating(0, JudgeReason.Wrong), default);
        row = Assert.Single((await LearnedAsync())["models"]!.AsArray())!;
        Assert.Equal((2L, 0L, 0.3), (row["scores"]!.GetValue<long>(), row["judged"]!.GetValue<long>(), row["mean"]!.GetValue<double>()));

        await World.Host.Http.CallAsync(HttpMethod.Delete, Path("routing/learned"), World.Account.Key, expected: HttpStatusCode.NoContent);
        Assert.Empty((await LearnedAsync())["models"]!.AsArray());
        Assert.Equal(0L, (await GetAsync())["agreement"]!["requests"]!.GetValue<long>());
    }

    [Fact]
    public async Task AnAnswerThatCallsATool_IsNotRated_AndOneThatOnlyCouldIs()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var called = false;
        World.Answer(seen =>
        {
            if (IsRating(seen))
            {
                return Rate(seen);
            }

            (var reply, called) = (called ? FaultWorld.Well(seen) : Reply.Json(ToolCall), true);
            return reply;
        });
        var body = GatewayWorld.Body("Tell me forty sentences.", model: "standard");
        body["tools"] = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "look", ["parameters"] = new JsonObject { ["type"] = "object" } } });

        Assert.Contains("tool_calls", (await World.Host.Http.ChatAsync(World.Key.Secret, body)).Body, StringComparison.Ordinal);
        var told = await World.Host.Http.ChatAsync(World.Key.Secret, body);
        Assert.Equal(FaultWorld.Whole, told.Text);

        await JudgedAsync(1);
        Assert.Equal((0.9, "correct"), await StoredAsync(told.HiWay!["request_id"]!.GetValue<string>()));
        Assert.Single(World.Seen, IsRating);
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
        Assert.Single(World.Seen, IsRating);   // nobody rated the rating
        await RowsAsync(4);
    }

    [Fact]
    public async Task OnTwoNodes_EachAnswerIsRatedOnce()
    {
        await using var two = await HiWayHost.StartAsync(World.Host.Database, null, MasterKey);
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        await Patience.UntilAsync(() => two.Get<ISnapshots>().Workspace(World.Account.WorkspaceId)?.Judge is not null, "the second node has the settings");

        for (var i = 0; i < 6; i++)
        {
            var reply = await (i % 2 == 0 ? World.Host : two).Http.ChatAsync(World.Key.Secret, GatewayWorld.Body("Tell me forty sentences.", model: "standard"));
            Assert.Equal(FaultWorld.Whole, reply.Text);
        }

        await JudgedAsync(6);
        Assert.Equal(6, World.Seen.Count(IsRating));
        await Patience.UntilAsync(async () => (await GetAsync())["judged_today"]!.GetValue<long>() == 6, "six ratings today");
    }

    [Fact]
    public async Task RatingsMoveTheMix_WithinItsBounds_AndAreForgotten()
    {
        await World.Host.Http.CallAsync(HttpMethod.Put, Path("routing"), World.Account.Key, new { profile = "quality" });
        await World.Host.Http.CallAsync(HttpMethod.Put, Path("routing/learned"), World.Account.Key, new { enabled = true });
        var (_, first) = await AskAsync();
        var scores = World.Host.Get<Infrastructure.Scores.IScores>();
        var task = Domain.Routing.TaskType.General;
        for (var i = 0; i < 80; i++)
        {
            await scores.RecordAsync(World.Account.WorkspaceId, Domain.Ids.Ulid.New("req", DateTimeOffset.UtcNow), first, task, new JudgeRating(0, JudgeReason.Wrong), default);
            if (i == 78)
            {
                Assert.Equal((0, 1), Moved(await LearnedAsync()));   // a quarter each: not yet worth twenty people's
            }
        }

        Assert.Equal((-10, 0), Moved(await LearnedAsync()));
        Assert.Equal(-10, World.Host.Get<ISnapshots>().Workspace(World.Account.WorkspaceId)!.Mix.PointsFor(first, task));

        await World.Host.Http.CallAsync(HttpMethod.Put, Path("routing/learned"), World.Account.Key, new { enabled = false });
        Assert.True(World.Host.Get<ISnapshots>().Workspace(World.Account.WorkspaceId)!.Mix.IsEmpty);
        await World.Host.Http.CallAsync(HttpMethod.Delete, Path("routing/learned"), World.Account.Key, expected: HttpStatusCode.NoContent);
        Assert.Empty((await LearnedAsync())["models"]!.AsArray());

        static (int Points, int Missing) Moved(JsonNode learned) =>
            Assert.Single(learned["models"]!.AsArray()) is { } row ? (row["adjustment"]!.GetValue<int>(), row["missing_scores"]!.GetValue<int>()) : default;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MaskedValues_ReachTheJudgeAsPlaceholders(bool restore)
    {
        await World.Host.Http.CallAsync(HttpMethod.Put, Path("privacy"), World.Account.Key, new { enabled = true, scope = "full", restore });
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        World.Answer(seen => IsRating(seen) ? Rate(seen) : Reply.Chat("I wrote to <EMAIL_1> for you."));

        var reply = await World.Host.Http.ChatAsync(World.Key.Secret, GatewayWorld.Body("Write to ada.lovelace@example.com please", model: "standard"));

        Assert.Equal($"I wrote to {(restore ? "ada.lovelace@example.com" : "<EMAIL_1>")} for you.", reply.Text);
        await JudgedAsync(1);
        var shown = Assert.Single(World.Seen, IsRating).Json.ToJsonString();
        Assert.DoesNotContain("ada.lovelace", shown, StringComparison.Ordinal);
        Assert.Equal(2, JsonNode.Parse(shown)!["messages"]![1]!["content"]!.GetValue<string>().Split("<EMAIL_1>").Length - 1);   // prompt and answer
    }
}
