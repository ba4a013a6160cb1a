using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Guardian;

/// <summary>Three agents run wild at night, and nobody is awake. Each is stopped by its rule, at a few dollars and with one alert.</summary>
public sealed class NightStory
{
    private static readonly TimeSpan s_night = TimeSpan.FromHours(8);

    [Fact]
    public async Task ThreeAgentsRunWildAllNight_EachIsStoppedByItsRule()
    {
        await using var world = await GuardianWorld.StartAsync();
        world.Upstream.On("/chat/completions", Mock);
        var bloated = new Agent(world, await world.CreateKeyAsync("bloated"), TimeSpan.FromSeconds(40), i => [User($"Attempt {i}: {GuardianWorld.Words(190_000)}")]);
        var repeating = new Agent(world, await world.CreateKeyAsync("repeating"), TimeSpan.FromSeconds(15), _ => [User("Is the report ready?")]);
        var looping = new Agent(world, await world.CreateKeyAsync("looping"), TimeSpan.FromSeconds(40), Conversation);

        await PassAsync(world, bloated, repeating, looping);

        Assert.Equal((0, HttpStatusCode.RequestEntityTooLarge, "context_bloat"), (bloated.Answered, bloated.Last!.Status, bloated.Last.ErrorCode));
        Assert.Equal(0m, bloated.SpentUsd);
        Assert.Equal((3, "guardian_block", "dedup"), (repeating.Answered, repeating.Last!.ErrorCode, Rule(repeating)));
        Assert.InRange(looping.Answered, 40, 50);   // thirty minutes
        Assert.Equal(("key_suspended", "zombie_agent"), (looping.Last!.ErrorCode, Rule(looping)));
        foreach (var agent in (Agent[])[bloated, repeating, looping])
        {
            Assert.InRange(agent.SpentUsd, 0m, 4.99m);
        }

        await GuardianWorld.UntilAsync(async () => (await world.EventsAsync(3)).Sum(seen => (int)seen["hits"]!) == bloated.Refused + repeating.Refused + 1);
        Assert.Equal(["context_bloat", "dedup", "zombie_agent"], world.Alerts.Rules.Order());
        Assert.Equal(3, (await world.EventsAsync(3)).Count);
    }

    [Fact]
    public async Task WhereBloatOnlyAlerts_TheSpendingItself_StopsTheAgentWithinMinutes()
    {
        await using var world = await GuardianWorld.StartAsync();
        await world.SetAsync(new { rule = "context_bloat", action = "alert" }, new { rule = "cost_spike", action = "suspend" });
        world.Upstream.On("/chat/completions", Mock);
        var agent = new Agent(world, await world.CreateKeyAsync("bloated"), TimeSpan.FromSeconds(40), i => [User($"Attempt {i}: {GuardianWorld.Words(190_000)}")]);
        await agent.StepAsync();
        var watches = world.Host.Get<HiWay.Infrastructure.Guardian.KeyWatches>();
        await GuardianWorld.UntilAsync(() => Task.FromResult(watches.All.All(watch => watch.KnownMs is not null)));

        await PassAsync(world, agent);

        Assert.Equal(("key_suspended", "cost_spike"), (agent.Last!.ErrorCode, Rule(agent)));

        // The third call passes the floor. Its cost is booked when its answer has left, and with fake time the fourth may come before that.
        Assert.InRange(agent.Answered, 3, 4);
        Assert.Equal(0.95m * agent.Answered, Math.Round(agent.SpentUsd, 2));
        Assert.True(agent.SpentUsd < 5m);
        Assert.True(agent.StoppedAfter <= TimeSpan.FromMinutes(3));
        await GuardianWorld.UntilAsync(() => Task.FromResult(world.Alerts.All.Count >= 2));
        Assert.Equal(["context_bloat", "cost_spike"], world.Alerts.Rules.Order());
    }

    [Fact]
    public async Task AsDelivered_SlowAndDearCalls_AreNotMerelyThrottled_ButStayStopped()
    {
        await using var world = await GuardianWorld.StartAsync();
        await world.SetAsync(new { rule = "context_bloat", action = "alert" });
        world.Upstream.On("/chat/completions", Mock);
        var agent = new Agent(world, await world.CreateKeyAsync("bloated"), TimeSpan.FromSeconds(40), i => [User($"Attempt {i}: {GuardianWorld.Words(190_000)}")]);
        await agent.StepAsync();
        var watches = world.Host.Get<HiWay.Infrastructure.Guardian.KeyWatches>();
        await GuardianWorld.UntilAsync(() => Task.FromResult(watches.All.All(watch => watch.KnownMs is not null)));

        await PassAsync(world, TimeSpan.FromHours(1), agent);

        Assert.Equal((HttpStatusCode.TooManyRequests, "guardian_block", "cost_spike"), (agent.Last!.Status, agent.Last.ErrorCode, Rule(agent)));
        Assert.Equal(TimeSpan.FromMinutes(5), agent.Last.Headers.RetryAfter!.Delta);
        Assert.InRange(agent.Answered, 5, 6);   // a call's cost is booked when its answer has left
        Assert.True(agent.StoppedAfter <= TimeSpan.FromMinutes(5));
        await GuardianWorld.UntilAsync(() => Task.FromResult(world.Alerts.All.Count >= 2));
        Assert.Equal(["context_bloat", "cost_spike"], world.Alerts.Rules.Order());

        // Who waits as long as told gets through again.
        world.Clock.Advance(TimeSpan.FromMinutes(5));
        await agent.StepAsync();
        Assert.Equal(HttpStatusCode.OK, agent.Last.Status);
    }

    /// <summary>Bills a token for each four bytes, and thinks the same as ever.</summary>
    private static Reply Mock(SeenRequest seen) => Reply.Chat(
        $"The file is still not there, so I will wait a little and then look for it again. This is attempt number {seen.Json!["messages"]!.AsArray().Count}.",
        inputTokens: seen.Json["messages"]!.AsArray().Sum(message => ((string)message!["content"]!).Length) / 5, outputTokens: 40);

    private static JsonArray Conversation(int step)
    {
        JsonArray messages = [User("Wait until the file is there and then sum it up.")];
        for (var i = 0; i < step; i++)
        {
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = "The file is still not there, so I will wait." });
            messages.Add(User($"ls: cannot access 'report-{i}.csv': No such file or directory"));
        }

        return messages;
    }

    private static JsonObject User(string content) => new() { ["role"] = "user", ["content"] = content };

    private static string? Rule(Agent agent) => (string?)agent.Last!.Json["error"]!["rule"];

    private static Task PassAsync(GuardianWorld world, params Agent[] agents) => PassAsync(world, s_night, agents);

    private static async Task PassAsync(GuardianWorld world, TimeSpan time, params Agent[] agents)
    {
        var dawn = world.Clock.GetUtcNow() + time;
        while (agents.MinBy(agent => agent.NextAt)! is { } next && next.NextAt < dawn)
        {
            if (next.NextAt > world.Clock.GetUtcNow())
            {
                world.Clock.Advance(next.NextAt - world.Clock.GetUtcNow());
            }

            await next.StepAsync();
        }
    }

    private sealed class Agent(GuardianWorld world, TestKey key, TimeSpan every, Func<int, JsonArray> prompt)
    {
        private readonly DateTimeOffset _begin = world.Clock.GetUtcNow();
        private int _step;

        public DateTimeOffset NextAt => _begin + (_step * every);

        public int Answered { get; private set; }

        public int Refused { get; private set; }

        public decimal SpentUsd { get; private set; }

        public TimeSpan StoppedAfter { get; private set; }

        public ChatReply? Last { get; private set; }

        public async Task StepAsync()
        {
            Last = await world.PostAsync(key, "/v1/chat/completions", new JsonObject { ["model"] = GuardianWorld.OpenAi, ["messages"] = prompt(Math.Min(_step, 200)) });
            _step++;
            if (Last.Status == HttpStatusCode.OK)
            {
                Answered++;
                SpentUsd += Last.HiWay!["upstream_cost"]!.GetValue<decimal>();
            }
            else if (Refused++ == 0)
            {
                StoppedAfter = world.Clock.GetUtcNow() - _begin;
            }
        }
    }
}
