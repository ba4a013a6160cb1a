using System.Net;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Guardian;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace HiWay.Tests.Guardian;

/// <summary>Settings and events over the management API.</summary>
public sealed class GuardianApiTests(GuardianApiTests.Shared shared) : IClassFixture<GuardianApiTests.Shared>
{
    /// <summary>For tests that change nothing.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        public GuardianWorld World { get; private set; } = null!;

        public async ValueTask InitializeAsync() => World = await GuardianWorld.StartAsync();

        public ValueTask DisposeAsync() => World.DisposeAsync();
    }

    [Fact]
    public async Task WithoutSettings_TheRulesAreThoseOfTheProduct()
    {
        var world = shared.World;

        var rules = (await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/guardian", world.Account.Key))["rules"]!.AsArray();

        Assert.Equal(
            [
                """dedup True block {"count":3,"window_seconds":60}""",
                """cost_spike True throttle {"multiplier":10,"window_seconds":300,"floor_usd":2}""",
                """context_bloat True reject {"ceiling":50000}""",
                """zombie_agent True suspend {"window_seconds":1800,"similarity":0.85}""",
                """rate_limit True block {"rpm":null}""",
            ],
            rules.Select(rule => $"{rule!["rule"]} {rule["enabled"]!.GetValue<bool>()} {rule["action"]} {rule["params"]!.ToJsonString()}"));
        Assert.All(rules, rule => Assert.True(rule!.AsObject().ContainsKey("alert_target") && (int)rule["hits_today"]! == 0));
    }

    [Fact]
    public async Task WhatIsPut_IsReadBack_LeavesTheRestAlone_AndIsAudited()
    {
        await using var world = await GuardianWorld.StartAsync();

        var endpoint = (string)(await world.Host.Http.CallAsync(HttpMethod.Post, $"{world.Workspace}/webhooks", world.Account.Key, new { name = "Ops", kind = "webhook", url = "http://127.0.0.1:9/hook" }))["id"]!;
        await world.SetAsync(
            new { rule = "dedup", enabled = false, action = "alert", @params = new { count = 5 }, alert_target = endpoint },
            new { rule = "context_bloat", action = "block", @params = new { ceiling = 1_234 } });
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        await world.SetAsync(new { rule = "rate_limit", @params = new { rpm = 77 } });

        var view = await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/guardian", world.Account.Key);
        var again = await world.Host.Http.CallAsync(HttpMethod.Put, $"{world.Workspace}/guardian", world.Account.Key, view);
        Assert.Equal(view.ToJsonString(), again.ToJsonString());
        var (dedup, bloat, rate) = (view["rules"]![0]!, view["rules"]![2]!, view["rules"]![4]!);
        Assert.Equal((false, "alert", 5, 60), ((bool)dedup["enabled"]!, (string?)dedup["action"], (int)dedup["params"]!["count"]!, (int)dedup["params"]!["window_seconds"]!));
        Assert.Equal(endpoint, (string?)dedup["alert_target"]);
        Assert.Equal(("reject", 1_234, 77), ((string?)bloat["action"], (int)bloat["params"]!["ceiling"]!, (int)rate["params"]!["rpm"]!));
        var audit = (await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/audit?action=guardian", world.Account.Key))["data"]!.AsArray();
        Assert.Equal(2, audit.Count);
        Assert.Equal($"off, alert, count 5, window_seconds 60, alert_target {endpoint}", (string?)audit[1]!["new_values"]!["dedup"]);

        await world.SetAsync(new { rule = "dedup", alert_target = (string?)null });
        view = await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/guardian", world.Account.Key);
        Assert.Null(view["rules"]![0]!["alert_target"]);
    }

    [Theory]
    [InlineData("""{}""", "rules")]
    [InlineData("""{"rules":[null]}""", "rules")]
    [InlineData("""{"rules":[{"rule":"nope"}]}""", "rules[0].rule")]
    [InlineData("""{"rules":[{"enabled":true}]}""", "rules[0].rule")]
    [InlineData("""{"rules":[{"rule":"dedup"},{"rule":"dedup"}]}""", "rules[1].rule")]
    [InlineData("""{"rules":[{"rule":"dedup","action":"truncate"}]}""", "rules[0].action")]
    [InlineData("""{"rules":[{"rule":"context_bloat","action":"suspend"}]}""", "rules[0].action")]
    [InlineData("""{"rules":[{"rule":"dedup","params":{"ceiling":3}}]}""", "rules[0].params.ceiling")]
    [InlineData("""{"rules":[{"rule":"dedup","params":{"count":0}}]}""", "rules[0].params.count")]
    [InlineData("""{"rules":[{"rule":"dedup","params":{"count":2.5}}]}""", "rules[0].params.count")]
    [InlineData("""{"rules":[{"rule":"dedup","params":{"count":null}}]}""", "rules[0].params.count")]
    [InlineData("""{"rules":[{"rule":"dedup","params":{"count":"three"}}]}""", "rules[0].params.count")]
    [InlineData("""{"rules":[{"rule":"zombie_agent","params":{"similarity":1.1}}]}""", "rules[0].params.similarity")]
    [InlineData("""{"rules":[{"rule":"rate_limit","params":{"rpm":-1}}]}""", "rules[0].params.rpm")]
    [InlineData("""{"rules":[{"rule":"dedup","enabled":"yes"}]}""", "rules[0].enabled")]
    [InlineData("""{"rules":[{"rule":"dedup","alert_target":"#ops"}]}""", "rules[0].alert_target")]
    [InlineData("""{"rules":[{"rule":"dedup","limit":3}]}""", "rules[0].limit")]
    public async Task AWrongField_IsNamed_AndNothingIsChanged(string body, string param)
    {
        var world = shared.World;
        var before = await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/guardian", world.Account.Key);

        using var refused = await world.Host.Http.TryCallAsync(HttpMethod.Put, $"{world.Workspace}/guardian", world.Account.Key, body);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(param, (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["param"]);
        Assert.Equal(before.ToJsonString(), (await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/guardian", world.Account.Key)).ToJsonString());
    }

    [Theory]
    [InlineData("rule=nope", "rule")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to")]
    [InlineData("cursor=7", "cursor")]
    [InlineData("limit=0", "limit")]
    public async Task AWrongFilter_IsNamed(string query, string param)
    {
        var world = shared.World;

        using var refused = await world.Host.Http.TryCallAsync(HttpMethod.Get, $"{world.Workspace}/guardian/events?{query}", world.Account.Key);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(param, (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["param"]);
    }

    [Fact]
    public async Task Events_ArePaged_AndFilteredByRuleKeyAndTime_AndOldOnesGo()
    {
        await using var world = await GuardianWorld.StartAsync();
        await world.SetAsync(new { rule = "context_bloat", @params = new { ceiling = 100 } });
        var (one, other) = (await world.CreateKeyAsync("one"), await world.CreateKeyAsync("other"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("context_bloat", (await world.AskAsync(i == 1 ? other : one, GuardianWorld.Words(200 + i))).ErrorCode);
            await world.EventsAsync(i + 1);
            world.Clock.Advance(TimeSpan.FromMinutes(20));   // longer than what counts as one event
        }

        var page = await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/guardian/events?limit=2", world.Account.Key);
        var rest = await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/guardian/events?limit=2&cursor={page["next_cursor"]}", world.Account.Key);
        Assert.Equal([2, 1], [page["data"]!.AsArray().Count, rest["data"]!.AsArray().Count]);
        Assert.Null(rest["next_cursor"]);
        Assert.Single(await world.EventsAsync(1, $"&key_id={other.Id}"));
        Assert.Empty(await world.EventsAsync(0, "&rule=dedup"));
        Assert.Equal(2, (await world.EventsAsync(2, $"&rule=context_bloat&from={world.Clock.GetUtcNow().AddMinutes(-45):yyyy-MM-dd'T'HH:mm:ss'Z'}")).Count);
        Assert.Equal(["context_bloat"], world.Alerts.Rules);   // one an hour
        var counted = await world.Host.Http.CallAsync(HttpMethod.Get, $"{world.Workspace}/guardian", world.Account.Key);
        Assert.Equal((3, 3), ((int)counted["rules"]![2]!["hits_today"]!, (int)counted["rules"]![2]!["hits_last_day"]!));

        await (await world.Host.Get<ISchedulerFactory>().GetScheduler()).Standby();   // the nights that go by would purge too, now and then first
        world.Clock.Advance(TimeSpan.FromDays(91));
        await using var scope = world.Host.Services.CreateAsyncScope();
        Assert.Equal(3, await ActivatorUtilities.CreateInstance<GuardianRetentionJob>(scope.ServiceProvider).PurgeAsync(default));
        Assert.Empty(await world.EventsAsync(0));
    }

    [Fact]
    public async Task ASuspension_HoldsOnEveryNode_AndTheHoursAlertIsRaisedOnOneOfThem()
    {
        await using var database = await TestDatabase.CreateAsync();
        const string vault = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        await using var world = await GuardianWorld.StartAsync(database, ("Vault:MasterKey", vault));
        await using var second = await HiWayHost.StartAsync(database, services => services.AddSingleton<TimeProvider>(world.Clock).AddSingleton<HiWay.Domain.Alerts.IAlerts>(world.Alerts),
            ("Vault:MasterKey", vault), ("Guardian:Rules:dedup:Enabled", "true"));
        world.Upstream.On("/chat/completions", Reply.Chat("Hello"));
        await world.SetAsync(new { rule = "dedup", action = "suspend" });
        var (key, other) = (await world.CreateKeyAsync(), await world.CreateKeyAsync("other"));
        foreach (var (http, one) in new[] { (world.Host.Http, key), (second.Http, other) })
        {
            await GuardianWorld.UntilAsync(async () => (await http.ChatAsync(one.Secret, "known?", GuardianWorld.OpenAi)).Status == HttpStatusCode.OK);
            for (var i = 0; i < 4; i++)
            {
                await http.ChatAsync(one.Secret, "again", GuardianWorld.OpenAi);
            }
        }

        await GuardianWorld.UntilAsync(async () => (await second.Http.ChatAsync(key.Secret, $"hello {Guid.NewGuid()}", GuardianWorld.OpenAi)).ErrorCode == "key_suspended");
        await GuardianWorld.UntilAsync(async () => (await world.Host.Http.ChatAsync(other.Secret, $"hello {Guid.NewGuid()}", GuardianWorld.OpenAi)).ErrorCode == "key_suspended");
        Assert.Equal(2, (await world.EventsAsync(2)).Count);
        Assert.Equal(["dedup"], world.Alerts.Rules);
    }

    [Fact]
    public async Task AWrongDefault_StopsTheStart_AndIsNamed()
    {
        var wrong = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => HiWayHost.StartAsync(("Guardian:Rules:dedup:Action", "explode"), ("Guardian:EventRetentionDays", "0")));

        Assert.Contains("Guardian:Rules:dedup", wrong.Message);
        Assert.Contains("Guardian:EventRetentionDays", wrong.Message);
    }
}
