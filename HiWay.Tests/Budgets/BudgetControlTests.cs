using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Budgets;

/// <summary>Budget Control as callers and the management API see it, one node.</summary>
public sealed class BudgetControlTests
{
    /// <summary>500 + 1,000 tokens at 2 and 8 dollars the million are 0.009.</summary>
    private const decimal CallUsd = 0.009m;

    /// <summary>Nodes of one installation share it; each test host has a data directory of its own.</summary>
    private static readonly (string, string) s_masterKey = ("Vault:MasterKey", "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

    [Fact]
    public async Task WithoutASetting_TheBudgetShowsDefaultsAndSpend_AndAnswersSayNothingOfIt()
    {
        await using var world = await StartAsync();

        var reply = await world.AskAsync();

        Assert.Null(reply.HiWay!["budget"]);
        var budget = await SpentAsync(world, CallUsd);
        Assert.Equal(
            (null, 0.75m, 0.9m, 0.95m, 1m, "OK"),
            (budget["cap_usd"]?.GetValue<decimal>(), (decimal)budget["warn_at"]!, (decimal)budget["downgrade_at"]!, (decimal)budget["light_only_at"]!, (decimal)budget["block_at"]!, (string)budget["verdict"]!));
        Assert.Equal(0m, (decimal)budget["reserved_usd"]!);
        Assert.True((decimal)budget["forecast_usd"]! >= CallUsd);
        Assert.True(budget.AsObject().ContainsKey("forecast_block_at"));
        Assert.Equal(1, ((DateTimeOffset)budget["reset_at"]!).Day);
    }

    [Fact]
    public async Task AnEndUserWhoseNameNoPathCarries_GetsACapThroughTheQuery()
    {
        await using var world = await StartAsync();
        var users = $"/api/v1/workspaces/{world.Account.WorkspaceId}/budget/users";

        var made = await world.Http.CallAsync(HttpMethod.Put, $"{users}?user=..", world.Account.Key, new { cap_usd = 0m });
        Assert.Equal("..", made["user"]!.GetValue<string>());
        using var nameless = await world.Http.TryCallAsync(HttpMethod.Put, users, world.Account.Key, new { cap_usd = 1m });
        Assert.Equal((HttpStatusCode.BadRequest, "user"), (nameless.StatusCode, JsonNode.Parse(await nameless.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>()));

        var body = GatewayWorld.Body();
        body["user"] = "..";
        Assert.Equal("budget_exceeded", (await world.Http.ChatAsync(world.Key.Secret, body)).ErrorCode);
        using var removed = await world.Http.TryCallAsync(HttpMethod.Delete, $"{users}?user=..", world.Account.Key);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Empty((await world.Http.CallAsync(HttpMethod.Get, users, world.Account.Key))["data"]!.AsArray());
    }

    [Fact]
    public async Task FirstSettingsOfABudget_MadeTogether_AreNobodysFailure()
    {
        await using var world = await StartAsync();
        using var http = world.Host.NewClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", world.Account.Key);

        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(async cap =>
        {
            using var answer = await http.PutAsync($"/api/v1/workspaces/{world.Account.WorkspaceId}/budget", JsonContent.Create(new { cap_usd = cap }));
            return answer.StatusCode;
        }));

        Assert.Contains(HttpStatusCode.OK, answers);
        Assert.All(answers, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Conflict, status.ToString()));
    }

    [Fact]
    public async Task SpendRises_VerdictsFollow_AndTheCapRefusesWithItsFacts()
    {
        await using var world = await StartAsync();
        await PutAsync(world, new { cap_usd = 0.04m });

        string[] verdicts = ["OK", "OK", "OK", "DOWNGRADE"];
        for (var i = 0; i < verdicts.Length; i++)
        {
            var reply = await world.AskAsync();
            Assert.Equal((HttpStatusCode.OK, verdicts[i], CallUsd * (i + 1), 0.04m),
                (reply.Status, (string)reply.HiWay!["budget"]!["verdict"]!, (decimal)reply.HiWay!["budget"]!["spent_usd"]!, (decimal)reply.HiWay!["budget"]!["cap_usd"]!));
        }

        var refused = await world.AskAsync();

        var error = refused.Json["error"]!;
        Assert.Equal((HttpStatusCode.PaymentRequired, "budget_exceeded", "BLOCK", "workspace", 0.04m, 0.036m),
            (refused.Status, (string)error["code"]!, (string)error["verdict"]!, (string)error["scope"]!, (decimal)error["cap_usd"]!, (decimal)error["spent_usd"]!));
        Assert.Equal(1, ((DateTimeOffset)error["reset_at"]!).Day);
        Assert.Equal(4, world.Upstream.Requests.Count);

        // A raised cap counts for the very next call.
        await PutAsync(world, new { cap_usd = 1m });
        Assert.Equal(HttpStatusCode.OK, (await world.AskAsync()).Status);
    }

    [Fact]
    public async Task CapOfZero_BlocksEvenAPinnedModel_ButNotATestKey()
    {
        await using var world = await StartAsync();
        await PutAsync(world, new { cap_usd = 0 });
        var test = await world.Http.CreateKeyAsync(world.Account, new { name = "Test", test = true });

        Assert.Equal("budget_exceeded", (await world.AskAsync()).ErrorCode);
        Assert.Equal(HttpStatusCode.OK, (await world.Http.ChatAsync(test.Secret, "Hello")).Status);
        Assert.Empty(world.Upstream.Requests);
    }

    [Fact]
    public async Task CapLoweredBelowWhatWasSpent_RefusesAtOnce()
    {
        await using var world = await StartAsync();
        await PutAsync(world, new { cap_usd = 10 });
        await world.AskAsync();
        await world.AskAsync();
        await PutAsync(world, new { cap_usd = 0.01m });

        Assert.Equal("budget_exceeded", (await world.AskAsync()).ErrorCode);
        await PutAsync(world, new { cap_usd = (decimal?)null });
        Assert.Null((await world.AskAsync()).HiWay!["budget"]);
    }

    [Fact]
    public async Task BlockAt_StopsBelowTheCap()
    {
        await using var world = await StartAsync();
        await PutAsync(world, new { cap_usd = 0.04m, warn_at = 0.1m, downgrade_at = 0.2m, light_only_at = 0.3m, block_at = 0.5m });
        await world.AskAsync();
        await world.AskAsync();

        Assert.Equal("budget_exceeded", (await world.AskAsync()).ErrorCode);
    }

    [Fact]
    public async Task EndUserCaps_HoldForEachUser_DefaultAndOwn()
    {
        await using var world = await StartAsync();
        await PutAsync(world, new { end_user_cap_usd = 0.010m });
        var anna = await world.Http.CallAsync(HttpMethod.Put, Path(world, "/users/anna%40example.com"), world.Account.Key, new { cap_usd = 0.020m });
        Assert.Equal(("anna@example.com", 0.020m, 0m), ((string)anna["user"]!, (decimal)anna["cap_usd"]!, (decimal)anna["spent_usd"]!));

        Assert.Equal(HttpStatusCode.OK, (await AskAsAsync(world, "ben")).Status);
        var ben = await AskAsAsync(world, "ben");
        Assert.Equal(("budget_exceeded", "user"), (ben.ErrorCode, (string)ben.Json["error"]!["scope"]!));
        Assert.Equal(HttpStatusCode.OK, (await AskAsAsync(world, "anna@example.com")).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsAsync(world, "anna@example.com")).Status);
        Assert.Equal("budget_exceeded", (await AskAsAsync(world, "anna@example.com")).ErrorCode);
        Assert.Equal(HttpStatusCode.OK, (await world.AskAsync()).Status);

        var users = await world.Http.CallAsync(HttpMethod.Get, Path(world, "/users"), world.Account.Key);
        Assert.Equal(0.018m, (decimal)users["data"]![0]!["spent_usd"]!);
        await world.Http.CallAsync(HttpMethod.Delete, Path(world, "/users/anna%40example.com"), world.Account.Key, null, HttpStatusCode.NoContent);
        Assert.Equal("budget_exceeded", (await AskAsAsync(world, "anna@example.com")).ErrorCode);
    }

    [Fact]
    public async Task EndUserCap_KnowsWhatTheUserSpentBeforeIt_AndBeforeARestart()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        await using var database = await TestDatabase.CreateAsync();
        TestAccount account;
        TestKey key;
        await using (var first = await HiWayHost.StartAsync(database, null, s_masterKey))
        {
            (account, key) = await SetUpAsync(first, upstream);
            await ChatAsync(first.Http, key, "anna");
            await first.Http.RequestRowsAsync(account);
            await first.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{account.WorkspaceId}/budget", account.Key, new { end_user_cap_usd = 0.010m });
            Assert.Equal("budget_exceeded", (await ChatAsync(first.Http, key, "anna")).ErrorCode);
        }

        // Another data directory: a new node, which knows of the first one only what the database does.
        await using var second = await HiWayHost.StartAsync(database, null, s_masterKey);
        Assert.Equal("budget_exceeded", (await ChatAsync(second.Http, key, "anna")).ErrorCode);
        Assert.Equal(HttpStatusCode.OK, (await ChatAsync(second.Http, key, "ben")).Status);
    }

    [Fact]
    public async Task KeyCaps_NameTheirScope_AndCountBesideTheWorkspaces()
    {
        await using var world = await StartAsync(new { name = "Capped", daily_cap_usd = 0.010m, monthly_cap_usd = 5m });
        await PutAsync(world, new { cap_usd = 10m });
        var reply = await world.AskAsync();
        Assert.Equal(("DOWNGRADE", 0.010m), ((string)reply.HiWay!["budget"]!["verdict"]!, (decimal)reply.HiWay!["budget"]!["cap_usd"]!));

        var refused = (await world.AskAsync()).Json["error"]!;

        Assert.Equal(("key", 0.010m, CallUsd), ((string)refused["scope"]!, (decimal)refused["cap_usd"]!, (decimal)refused["spent_usd"]!));
        Assert.Equal(TimeSpan.Zero, ((DateTimeOffset)refused["reset_at"]!).TimeOfDay);
    }

    [Fact]
    public async Task DowngradeAndLightOnly_LowerRoutedCalls_AndLeavePinsAlone()
    {
        await using var world = await StartAsync();
        await TieredAsync(world);
        await PutAsync(world, new { cap_usd = 10m });
        Assert.Equal(("heavy", "acme/gpt-5"), await RoutedAsync(world, "heavy"));

        await PutAsync(world, new { warn_at = 0.0001m, downgrade_at = 0.0002m });
        Assert.Equal(("standard", "acme/gpt-4o"), await RoutedAsync(world, "heavy"));
        Assert.Equal(("light", "acme/claude-haiku-4-5"), await RoutedAsync(world, "standard"));

        await PutAsync(world, new { light_only_at = 0.0003m });
        var reply = await world.Http.ChatAsync(world.Key.Secret, Limited("heavy"));
        Assert.Equal(("light", "LIGHT_ONLY"), ((string)reply.HiWay!["routed_tier"]!, (string)reply.HiWay!["budget"]!["verdict"]!));
        Assert.Contains("LIGHT_ONLY", (string)reply.HiWay!["reason"]!, StringComparison.Ordinal);
        Assert.Equal(("override", "acme/gpt-5"), await RoutedAsync(world, "acme/gpt-5"));
    }

    [Theory]
    [InlineData("""{"cap_usd": -1}""", "cap_usd")]
    [InlineData("""{"cap_usd": "ten"}""", "cap_usd")]
    [InlineData("""{"warn_at": 75}""", "warn_at")]
    [InlineData("""{"warn_at": 0.95}""", "downgrade_at")]
    [InlineData("""{"block_at": 0.5}""", "block_at")]
    [InlineData("""{"end_user_cap_usd": -0.01}""", "end_user_cap_usd")]
    [InlineData("""{"cap": 10}""", "cap")]
    public async Task BadSettings_AreRefusedByName(string body, string param)
    {
        await using var world = await StartAsync();

        using var answer = await world.Http.TryCallAsync(HttpMethod.Put, Path(world), world.Account.Key, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(param, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["param"]);
    }

    [Fact]
    public async Task WhatGetAnswers_CanBePutBack_AndAChangeIsAudited()
    {
        await using var world = await StartAsync();
        await PutAsync(world, new { cap_usd = 12.5m, warn_at = 0.5m });
        var budget = await world.Http.CallAsync(HttpMethod.Get, Path(world), world.Account.Key);
        Assert.Equal((12.5m, 0.5m), ((decimal)budget["cap_usd"]!, (decimal)budget["warn_at"]!));

        var again = await world.Http.CallAsync(HttpMethod.Put, Path(world), world.Account.Key, budget);

        Assert.Equal(12.5m, (decimal)again["cap_usd"]!);
        var audit = await world.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/audit?action=budget", world.Account.Key);
        Assert.Equal("12.5", (string)Assert.Single(audit["data"]!.AsArray())!["new_values"]!["cap_usd"]!);
    }

    [Fact]
    public async Task EveryThreshold_RaisesOneAlertAPeriod_ThroughARestart()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        await using var database = await TestDatabase.CreateAsync();
        var heard = new HeardAlerts();
        TestAccount account;
        TestKey key;
        await using (var first = await HiWayHost.StartAsync(database, services => services.AddSingleton<IAlerts>(heard), s_masterKey))
        {
            (account, key) = await SetUpAsync(first, upstream);
            await first.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{account.WorkspaceId}/budget", account.Key, new { cap_usd = 0.029m });
            for (var i = 0; i < 5; i++)
            {
                await ChatAsync(first.Http, key, null);   // 0.027 is 93 %; a fourth call would pass the cap
            }

            await heard.WaitForAsync(3);
        }

        await using (var second = await HiWayHost.StartAsync(database, services => services.AddSingleton<IAlerts>(heard), s_masterKey))
        {
            await ChatAsync(second.Http, key, null);
            await ChatAsync(second.Http, key, null);
            var events = await second.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{account.WorkspaceId}/budget/events", account.Key);
            Assert.Equal(3, events["data"]!.AsArray().Count);
        }

        Assert.All(heard.All, alert => Assert.Equal((AlertTypes.BudgetAlert, account.WorkspaceId), (alert.Type, alert.WorkspaceId)));
        Assert.Equal(["WARN", "DOWNGRADE", "BLOCK"], heard.All.Select(alert => alert.Data.Single(fact => fact.Key == "verdict").Value));
    }

    internal static async Task<(TestAccount Account, TestKey Key)> SetUpAsync(HiWayHost host, ReplayUpstream upstream)
    {
        upstream.On("*", _ => Reply.Json(Answer));
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        await host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{account.WorkspaceId}/models/acme/m1", account.Key, new { prices = new { input = 2.00m, output = 8.00m } });
        return (account, await host.Http.CreateKeyAsync(account));
    }

    internal static Task<ChatReply> ChatAsync(HttpClient http, TestKey key, string? user)
    {
        var body = Limited("acme/m1");
        if (user is not null)
        {
            body["user"] = user;
        }

        return http.ChatAsync(key.Secret, body);
    }

    private const string Answer = """
        {"id":"c1","object":"chat.completion","created":1,"model":"m1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello!"},"finish_reason":"stop"}],
         "usage":{"prompt_tokens":500,"completion_tokens":1000,"total_tokens":1500}}
        """;

    /// <summary>1,500 characters are estimated at 500 tokens and a little, so that estimate and bill are close.</summary>
    private static JsonObject Limited(string model)
    {
        var body = GatewayWorld.Body(new string('a', 1_480), model: model);
        body["max_tokens"] = 1_000;
        return body;
    }

    private static async Task<BudgetWorld> StartAsync(object? keyFields = null)
    {
        var upstream = await ReplayUpstream.StartAsync();
        var host = await HiWayHost.StartAsync();
        var (account, key) = await SetUpAsync(host, upstream);
        return new(host, upstream, account, keyFields is null ? key : await host.Http.CreateKeyAsync(account, keyFields));
    }

    private static Task<JsonNode> PutAsync(BudgetWorld world, object body) => world.Http.CallAsync(HttpMethod.Put, Path(world), world.Account.Key, body);

    private static string Path(BudgetWorld world, string rest = "") => $"/api/v1/workspaces/{world.Account.WorkspaceId}/budget{rest}";

    private static Task<ChatReply> AskAsAsync(BudgetWorld world, string user) => ChatAsync(world.Http, world.Key, user);

    private static async Task<JsonNode> SpentAsync(BudgetWorld world, decimal usd)
    {
        var budget = await world.Http.CallAsync(HttpMethod.Get, Path(world), world.Account.Key);
        Assert.Equal(usd, (decimal)budget["spent_usd"]!);
        return budget;
    }

    private static async Task<(string Tier, string Model)> RoutedAsync(BudgetWorld world, string model)
    {
        var reply = await world.Http.ChatAsync(world.Key.Secret, Limited(model));
        Assert.True(reply.Status is HttpStatusCode.OK, reply.Body);
        return ((string)reply.HiWay!["routed_tier"]!, (string)reply.HiWay!["routed_model"]!);
    }

    private static async Task TieredAsync(BudgetWorld world)
    {
        await world.Http.PutProviderAsync(world.Account, "acme", world.Upstream.Url, "openai", ["m1", "gpt-5", "gpt-4o", "claude-haiku-4-5"]);
        foreach (var (model, tier) in new[] { ("gpt-5", "heavy"), ("gpt-4o", "standard"), ("claude-haiku-4-5", "light") })
        {
            await world.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{world.Account.WorkspaceId}/models/acme/{model}", world.Account.Key,
                new { tier, prices = new { input = 2.00m, output = 8.00m } });
        }
    }

    private sealed record BudgetWorld(HiWayHost Host, ReplayUpstream Upstream, TestAccount Account, TestKey Key) : IAsyncDisposable
    {
        public HttpClient Http => Host.Http;

        public Task<ChatReply> AskAsync() => ChatAsync(Http, Key, null);

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }

    private sealed class HeardAlerts : IAlerts
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<AlertEvent> _all = new();

        public IReadOnlyList<AlertEvent> All => [.. _all];

        public void Raise(AlertEvent alert) => _all.Enqueue(alert);

        public async Task WaitForAsync(int count)
        {
            await Patience.UntilAsync(() => _all.Count >= count, $"{count} alerts");
            Assert.Equal(count, _all.Count);
        }
    }
}
