using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Judging;
using HiWay.Infrastructure.Judging;
using HiWay.Infrastructure.Snapshots;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Judging;

/// <summary>The judge is off until somebody wants it, keeps its limit and the workspace's rules, and says what keeps it from rating.</summary>
public sealed class JudgeSettingsTests : JudgedWorld
{
    [Fact]
    public async Task OffByDefault_NothingIsRated_AndTheSettingsSayWhatItWouldCost()
    {
        await AskAsync();
        await AskAsync(stream: true);
        await RowsAsync(2);

        var view = await SetAsync(new { model = Judge, sample_rate = 0.5 });   // chosen, but not switched on

        Assert.Equal((false, 0.5, Judge, 1.00m, 0L), (view["enabled"]!.GetValue<bool>(), view["sample_rate"]!.GetValue<double>(), Text(view, "model"), view["daily_limit_usd"]!.GetValue<decimal>(), view["judged_today"]!.GetValue<long>()));
        Assert.Null(World.Host.Get<ISnapshots>().Workspace(World.Account.WorkspaceId)!.Judge);
        Assert.DoesNotContain(World.Seen, IsRating);
        await Patience.UntilAsync(async () => (await GetAsync())["expected_usd_per_day"]!.GetValue<decimal>() > 0m, "an estimate of the cost");
        view = await GetAsync();
        Assert.Equal(Math.Round(2 / 7.0 * 0.5, 2), view["expected_per_day"]!.GetValue<double>());
    }

    [Fact]
    public async Task WhereMoneyIsShort_NothingIsRated()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        await AskAsync();
        await JudgedAsync(1);
        await World.Host.Http.CallAsync(HttpMethod.Put, Path("budget"), World.Account.Key, new { cap_usd = 1m, warn_at = 0.000001, downgrade_at = 0.000002, light_only_at = 0.9, block_at = 1 });

        Assert.Equal(HttpStatusCode.OK, (await World.AskAsync(false)).Status);
        await World.Host.Http.CallAsync(HttpMethod.Put, Path("budget"), World.Account.Key, new { downgrade_at = 0.8 });
        await AskAsync();

        await JudgedAsync(2);
        Assert.Equal(2, World.Seen.Count(IsRating));
    }

    [Fact]
    public async Task AfterTheCallersKeyOrTheJudgesProviderIsGone_CallsGoOnAsEver()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var gone = await World.Host.Http.CreateKeyAsync(World.Account, new { name = "Gone" });
        using var hold = new SemaphoreSlim(0);
        World.Answer(seen =>
        {
            if (IsRating(seen))
            {
                hold.Wait(Patience.Limit);
                return Rate(seen);
            }

            return FaultWorld.Well(seen);
        });
        var reply = await World.Host.Http.ChatAsync(gone.Secret, GatewayWorld.Body("Tell me forty sentences.", model: "standard"));
        Assert.Equal(FaultWorld.Whole, reply.Text);
        await World.Host.Http.CallAsync(HttpMethod.Delete, Path($"keys/{gone.Id}"), World.Account.Key, expected: HttpStatusCode.NoContent);
        hold.Release(100);
        await JudgedAsync(1);   // the answer was given; what it is worth stays true

        await World.Host.Http.CallAsync(HttpMethod.Delete, Path("providers/openai"), World.Account.Key, expected: HttpStatusCode.NoContent);
        await AskAsync();
        await AskAsync();
        Assert.Single(World.Seen, IsRating);
        Assert.Null((await GetAsync())["expected_usd_per_day"]);
        Assert.False((await SetAsync(new { enabled = false }))["enabled"]!.GetValue<bool>());   // a judge that is gone can still be switched off
    }

    [Theory]
    [InlineData("error", "upstream_unavailable")]
    [InlineData("Rather good, I would say.", "unreadable_rating")]
    [InlineData("{\"score\":7,\"reason\":\"correct\"}", "unreadable_rating")]
    [InlineData("", "unreadable_rating")]
    public async Task AJudgeThatFails_Rests_IsShown_AndTheCallsNeverKnow(string how, string code)
    {
        Rate = _ => how == "error" ? Reply.Error(503) : Reply.Chat(how);
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });

        await AskAsync();
        await Patience.UntilAsync(async () => (await GetAsync())["last_failure"] is not null, "the failure is shown");
        var failure = (await GetAsync())["last_failure"]!;
        Assert.Equal((code, JudgeRules.Advice(code)), (Text(failure, "code"), Text(failure, "advice")));
        var tried = World.Seen.Count(IsRating);
        for (var i = 0; i < 5; i++)
        {
            await AskAsync();
        }

        Assert.Equal(tried, World.Seen.Count(IsRating));
        Assert.Empty((await LearnedAsync())["models"]!.AsArray());

        // A rating that went well is newer than the failure, on whatever node; new settings are a new beginning.
        await World.Host.Get<Infrastructure.Scores.IScores>().RecordAsync(World.Account.WorkspaceId, "req_other", Judge, Domain.Routing.TaskType.General, new JudgeRating(1, JudgeReason.Correct), default);
        Assert.Null((await GetAsync())["last_failure"]);
        await World.Host.Get<IJudgeFailures>().RecordAsync(World.Account.WorkspaceId, code, "Once more.", default);
        Assert.Equal("Once more.", Text((await GetAsync())["last_failure"]!, "message"));
        Rate = _ => Rated(0.5, "incomplete");
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

        await Patience.UntilAsync(async () => (await GetAsync())["last_failure"] is not null, "the failure is shown");
        Assert.Equal("budget_exceeded", Text((await GetAsync())["last_failure"]!, "code"));
        Assert.DoesNotContain(World.Seen, IsRating);
        Assert.Equal(0m, (await GetAsync())["spent_today_usd"]!.GetValue<decimal>());
    }

    [Fact]
    public async Task TheRating_KeepsTheWorkspacesRules()
    {
        await SetAsync(new { enabled = true, model = Judge, sample_rate = 1 });
        var workspace = World.Host.Get<ISnapshots>().Workspace(World.Account.WorkspaceId)!;
        await World.Host.Http.CallAsync(HttpMethod.Post, Path("security/ip-rules"), World.Account.Key, new { cidr = "203.0.113.0/24", action = "allow" });
        var calls = World.Host.Get<Web.Gateway.InProcessCalls>();
        var body = JudgePrompt.Write(Judge, "user: Hi", "Hello.", "mark", structured: true);
        async Task<int> StatusAsync(string? ip)
        {
            var now = World.Host.Get<ISnapshots>().Workspace(workspace.Id)!;
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
        await World.Host.Http.CallAsync(HttpMethod.Put, Path("budget"), World.Account.Key, new { cap_usd = 0m });
        Assert.Equal(402, await StatusAsync("203.0.113.9"));
        Assert.Single(World.Seen, IsRating);
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
            using var answer = await World.Host.Http.TryCallAsync(HttpMethod.Put, Path("routing/judge"), World.Account.Key, body);
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

        var audit = await World.Host.Http.CallAsync(HttpMethod.Get, Path("audit?action=routing.judge_configured"), World.Account.Key);
        Assert.Equal(["false", "true"], audit["data"]!.AsArray().Select(entry => entry!["new_values"]!["enabled"]!.GetValue<string>()));
    }
}
