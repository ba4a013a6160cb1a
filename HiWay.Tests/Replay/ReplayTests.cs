using System.Net;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Metering.Drain;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Npgsql;

namespace HiWay.Tests.Replay;

/// <summary>Logged calls are decided again: as they were under the settings that held, and as they would be under others.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private static readonly object[] Bodies =
    [
        Ask("What is the capital of Australia?"),
        Ask("Classify the sentiment of this review as positive or negative: I like it."),
        Ask("Write a Python function that merges two sorted lists, with tests, and explain why it is stable."),
        Ask("Prove that there are infinitely many primes. Then prove it again in another way, step by step, with every lemma."),
        Ask("お天気をおしえてください"),
        Ask(string.Concat(Enumerable.Repeat("Summarise what the two parties agreed on and what they must do until when. ", 120))),
        new { model = "auto", max_tokens = 700, messages = new[] { new { role = "user", content = "What is the weather in Paris?" } }, tools = Tools },
        new { model = "auto", max_tokens = 50, hiway = new { max_cost_usd = 0.001, deadline_ms = 30_000 }, messages = new[] { new { role = "user", content = "Prove it again, by induction." } } },
        new { model = "auto", hiway = new { profile = "quality" }, messages = new[] { new { role = "user", content = "Who wrote Dracula?" } } },
        new
        {
            model = "auto",
            messages = new[] { new { role = "system", content = "You must answer in verse." }, new { role = "user", content = "Plan a trip." }, new { role = "assistant", content = "Gladly." }, new { role = "user", content = "Go on." } },
        },
    ];

    private FaultWorld _world = null!;

    private static object[] Tools => [new { type = "function", function = new { name = "weather", parameters = new { type = "object", properties = new { city = new { type = "string" } } } } }];

    public async ValueTask InitializeAsync()
    {
        _world = await FaultWorld.StartAsync();
        _world.Answer(FaultWorld.Well);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task UnderTheSavedSettings_EveryDecisionIsTheLoggedOne()
    {
        await SetAsync(new { weights = new { intent = 1.4, domain = 0.6 }, margin = 0.06 });
        var rows = await AskAllAsync();
        await _world.Host.Http.ChatAsync(_world.Key.Secret, "Pinned and tiers are not replayed.", "standard");
        await _world.Host.Http.RequestRowsAsync(_world.Account, Bodies.Length + 1);

        var report = await ReplayAsync(new { days = 1 });

        Assert.Equal((Bodies.Length, 0, 0, 0), (Number(report, "decisions"), Number(report, "changed"), Number(report, "unlike_log"), Number(report, "skipped")));
        Assert.False(report["sampled"]!.GetValue<bool>());
        Assert.Equal(Counts(rows, "tier"), Before(report, "tiers"));
        Assert.Equal(Counts(rows, "model"), Before(report, "models"));
        Assert.Empty(report["moves"]!.AsArray());
        var cost = rows.Sum(row => row["cost_usd"]!.GetValue<decimal>());
        Assert.Equal((cost, cost, cost), (Usd(report["logged_cost_usd"]), Usd(report["before"]!["cost_usd"]), Usd(report["after"]!["cost_usd"])));
        Assert.Equal(rows.Sum(row => row["savings_usd"]!.GetValue<decimal>()), Usd(report["before"]!["savings_usd"]));
        Assert.Equal(0m, Usd(report["savings_delta_usd"]));
    }

    [Fact]
    public async Task WhatOtherSettingsWouldDo_IsWhatTheyDoOnceSaved()
    {
        await AskAllAsync();
        var settings = new { profile = "budget", thresholds = new { light_below = 0.15, heavy_from = 0.4 }, ultra_light = false, weights = new { conversation = 3.0 } };

        var report = await ReplayAsync(new { days = 1, settings });
        await SetAsync(settings);
        var rows = (await AskAllAsync(already: Bodies.Length)).Take(Bodies.Length).ToList();

        Assert.InRange(Number(report, "changed"), 1, Bodies.Length);
        Assert.Equal(Counts(rows, "tier"), After(report, "tiers"));
        Assert.Equal(Counts(rows, "model"), After(report, "models"));
        Assert.Equal(rows.Sum(row => row["cost_usd"]!.GetValue<decimal>()), Usd(report["after"]!["cost_usd"]));
        Assert.Equal(Number(report, "changed"), report["moves"]!.AsArray().Sum(move => move!["calls"]!.GetValue<int>()));
    }

    [Fact]
    public async Task AModelThatIsGone_ShowsAsUnlikeTheLog_AndTheKeysModelsStillHold()
    {
        var narrow = await _world.Host.Http.CreateKeyAsync(_world.Account, new { name = "Narrow", allowed_models = new[] { "openai/gpt-4o-mini", "openai/gpt-4o", "openai/gpt-5" } });
        var reply = await _world.Host.Http.ChatAsync(narrow.Secret, "What is the capital of Australia?");
        var model = reply.HiWay!["routed_model"]!.GetValue<string>();
        await _world.Host.Http.RequestRowsAsync(_world.Account);
        await _world.Host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/models/{model}", _world.Account.Key, new { enabled = false });

        var report = await ReplayAsync(new { });

        Assert.Equal((1, 1, 0), (Number(report, "decisions"), Number(report, "unlike_log"), Number(report, "changed")));
        Assert.All(Before(report, "models").Keys, name => Assert.StartsWith("openai/", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OfTooManyCalls_AnEvenShareIsReplayed()
    {
        await _world.Host.Http.ChatAsync(_world.Key.Secret, "What is the capital of Australia?");
        await _world.Host.Http.RequestRowsAsync(_world.Account);
        await ExecuteAsync($"""
            INSERT INTO requests ({RequestCopy.Columns})
            SELECT {RequestCopy.Columns.Replace("id, created_at,", "r.id || n, created_at + n * interval '1 microsecond',", StringComparison.Ordinal)} FROM requests r, generate_series(1, 52000) AS n;
            UPDATE usage_rollups SET requests = 52001 WHERE granularity = 'hour'
            """);

        var report = await ReplayAsync(new { days = 1 });

        Assert.True(report["sampled"]!.GetValue<bool>());
        Assert.Equal((50_000, 0), (Number(report, "decisions"), Number(report, "unlike_log")));
    }

    [Fact]
    public async Task WithoutCalls_TheReportIsEmpty()
    {
        var report = await ReplayAsync(new { days = 30 });

        Assert.Equal(0, Number(report, "decisions"));
        Assert.Empty(report["tiers"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"days":0}""", "days")]
    [InlineData("""{"days":31}""", "days")]
    [InlineData("""{"days":1,"settings":{"margin":7}}""", "settings.margin")]
    [InlineData("""{"days":1,"settings":{"weights":{"luck":1}}}""", "settings.weights.luck")]
    [InlineData("""{"days":1,"settings":{"thresholds":{"light_below":0.9}}}""", "settings.thresholds.light_below")]
    [InlineData("""{"days":1,"settings":{"colour":"red"}}""", "settings.colour")]
    [InlineData("""{"day":1}""", "day")]
    public async Task WhatIsWrong_IsNamed(string body, string param)
    {
        using var answer = await _world.Host.Http.TryCallAsync(HttpMethod.Post, Path("replay"), _world.Account.Key, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(param, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>());
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(_world.Host.Database.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static object Ask(string prompt) => new { model = "auto", messages = new[] { new { role = "user", content = prompt } } };

    private async Task<IReadOnlyList<JsonNode>> AskAllAsync(int already = 0)
    {
        foreach (var body in Bodies)
        {
            var reply = await _world.Host.Http.ChatAsync(_world.Key.Secret, body);
            Assert.True(reply.Status is HttpStatusCode.OK, reply.Body);
        }

        return await _world.Host.Http.RequestRowsAsync(_world.Account, already + Bodies.Length);
    }

    private string Path(string what) => $"/api/v1/workspaces/{_world.Account.WorkspaceId}/routing/{what}";

    private Task SetAsync(object settings) =>
        _world.Host.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/routing", _world.Account.Key, settings);

    private Task<JsonNode> ReplayAsync(object body) => _world.Host.Http.CallAsync(HttpMethod.Post, Path("replay"), _world.Account.Key, body);

    private static int Number(JsonNode report, string name) => report[name]!.GetValue<int>();

    private static decimal Usd(JsonNode? node) => node!.GetValue<decimal>();

    private static SortedDictionary<string, int> Counts(IEnumerable<JsonNode> rows, string by) =>
        new(rows.GroupBy(row => row[by]!.GetValue<string>()).ToDictionary(group => group.Key, group => group.Count()));

    private static SortedDictionary<string, int> Before(JsonNode report, string what) => Counted(report, what, "before");

    private static SortedDictionary<string, int> After(JsonNode report, string what) => Counted(report, what, "after");

    private static SortedDictionary<string, int> Counted(JsonNode report, string what, string when) =>
        new(report[what]!.AsArray().Where(count => count![when]!.GetValue<int>() > 0).ToDictionary(count => count!["name"]!.GetValue<string>(), count => count![when]!.GetValue<int>()));
}
