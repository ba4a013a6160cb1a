using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

/// <summary>What a single call may wish for in <c>hiway</c>: a tier, a profile, a limit of money, a limit of time.</summary>
public sealed class CallWishTests : IAsyncLifetime
{
    private readonly RoutingWorld _world = new();

    public ValueTask InitializeAsync() => _world.InitializeAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"auto","messages":[{"role":"user","content":"Hi"}],"hiway":{"profile":"best"}}""", "hiway.profile")]
    [InlineData("/v1/responses", """{"model":"auto","input":"Hi","hiway":{"profile":"best"}}""", "hiway.profile")]
    [InlineData("/v1/messages", """{"model":"auto","max_tokens":10,"messages":[{"role":"user","content":"Hi"}],"hiway":{"tier":"huge"}}""", "hiway.tier")]
    [InlineData("/v1/completions", """{"model":"auto","prompt":"Hi","hiway":{"deadline_ms":0}}""", "hiway.deadline_ms")]
    [InlineData("/v1/chat/completions", """{"model":"auto","messages":[{"role":"user","content":"Hi"}],"hiway":{"deadline_ms":"soon"}}""", "hiway.deadline_ms")]
    [InlineData("/v1/chat/completions", """{"model":"auto","messages":[{"role":"user","content":"Hi"}],"hiway":{"deadline_ms":1.5}}""", "hiway.deadline_ms")]
    [InlineData("/v1/chat/completions", """{"model":"auto","messages":[{"role":"user","content":"Hi"}],"hiway":{"max_cost_usd":-1}}""", "hiway.max_cost_usd")]
    public async Task WrongWish_Is400_InEveryDialect(string path, string body, string param)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", _world.Key.Secret);
        using var answer = await _world.Http.SendAsync(request);

        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(param, text);
        Assert.Empty(_world.Upstream.Requests);
    }

    [Fact]
    public async Task MaxCost_PassesOverWhatIsTooDear_AndRefusesWhereNobodyFits()
    {
        var free = await _world.PreviewAsync(RoutingWorld.Body("light", hiway: """{"profile":"quality"}""", maxTokens: 1000));
        var prices = free["candidates"]!.AsArray().Where(one => one!["excluded_because"] is null)
            .ToDictionary(one => one!["model"]!.GetValue<string>(), one => one!["price"]!["output"]!.GetValue<decimal>());
        var best = free["model"]!.GetValue<string>();
        var limit = prices[best] * 1000 / 1_000_000m;   // its answer alone would take all of it
        Assert.Contains(prices.Values, price => price < prices[best] / 2);

        var limited = FormattableString.Invariant($$"""{"profile":"quality","max_cost_usd":{{limit}}}""");
        var preview = await _world.PreviewAsync(RoutingWorld.Body("light", hiway: limited, maxTokens: 1000));
        var reply = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body("light", hiway: limited, maxTokens: 1000));
        var nobody = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body("light", hiway: """{"max_cost_usd":0.0000001}""", maxTokens: 1000));

        var excluded = preview["candidates"]!.AsArray().Single(one => one!["model"]!.GetValue<string>() == best)!;
        Assert.Equal("its worst case costs more than max_cost_usd", excluded["excluded_because"]!.GetValue<string>());
        var routed = reply.HiWay!["routed_model"]!.GetValue<string>();
        Assert.Equal(preview["model"]!.GetValue<string>(), routed);
        Assert.True(prices[routed] < prices[best]);
        Assert.Equal((HttpStatusCode.PaymentRequired, "budget_exceeded"), (nobody.Status, nobody.ErrorCode));
        Assert.Equal(("hiway.max_cost_usd", "request"), (nobody.Json["error"]!["param"]!.GetValue<string>(), nobody.Json["error"]!["scope"]!.GetValue<string>()));
        var estimated = nobody.Json["error"]!["estimated_usd"]!.GetValue<decimal>();
        Assert.InRange(estimated, 0.0000002m, limit);
        Assert.Contains($"up to {estimated.ToString("0.############", CultureInfo.InvariantCulture)} USD, more than its 'hiway.max_cost_usd' of 0.0000001.", (string?)nobody.Json["error"]!["message"], StringComparison.Ordinal);
        Assert.Single(_world.Upstream.Requests);
    }

    [Fact]
    public async Task WhatCostsLessThanAMillionthOfADollar_IsNotSaidToCostNothing()
    {
        await _world.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/models/acme/m1", _world.Account.Key, new { prices = new { input = 0.01m, output = 0.02m } });

        var refused = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body("acme/m1", hiway: """{"max_cost_usd":0.00000001}""", maxTokens: 1));

        var error = refused.Json["error"]!;
        Assert.Equal((HttpStatusCode.PaymentRequired, 0.00000001m), (refused.Status, error["cap_usd"]!.GetValue<decimal>()));
        Assert.InRange(error["estimated_usd"]!.GetValue<decimal>(), 0.00000002m, 0.0000009m);
        Assert.DoesNotContain(" 0 USD", (string?)error["message"], StringComparison.Ordinal);
        Assert.Contains("of 0.00000001.", (string?)error["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto", false)]
    [InlineData("acme/m1", false)]
    [InlineData("auto", true)]
    public async Task Deadline_EndsTheCall_AndIsNotHeldAgainstTheProvider(string model, bool stream)
    {
        _world.Upstream.On("*", Reply.Silence);
        var patience = Stopwatch.StartNew();

        var reply = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body(model, hiway: """{"deadline_ms":2000}""", stream: stream));

        Assert.InRange(patience.Elapsed, TimeSpan.FromSeconds(1.9), Patience.Limit);
        Assert.Equal((HttpStatusCode.BadGateway, "upstream_unavailable"), (reply.Status, reply.ErrorCode));
        Assert.Equal(("hiway.deadline_ms", 2000), (reply.Json["error"]!["param"]!.GetValue<string>(), reply.Json["error"]!["deadline_ms"]!.GetValue<int>()));
        Assert.Single(_world.Upstream.Requests);
        var health = await _world.Http.CallAsync(HttpMethod.Get, $"{_world.Workspace}/health", _world.Account.Key);
        Assert.DoesNotContain("timeout", health.ToJsonString());
    }

    [Fact]
    public async Task Deadline_PassesOverModelsThatAreSlowLately_WhereAnotherCan()
    {
        var first = (await _world.PreviewAsync(RoutingWorld.Body("light")))["model"]!.GetValue<string>();
        _world.Upstream.On("*", Reply.Chat("Slowly") with { DelayBeforeHeaders = TimeSpan.FromSeconds(3) });
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(first, (await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body("light"))).HiWay!["routed_model"]!.GetValue<string>());
        }

        _world.Upstream.On("*", Reply.Chat("Hello"));

        var preview = await _world.PreviewAsync(RoutingWorld.Body("light", hiway: """{"deadline_ms":2500}"""));
        var hurried = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body("light", hiway: """{"deadline_ms":2500}"""));
        var patient = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body("light", hiway: """{"deadline_ms":60000}"""));
        var only = await _world.Http.CreateKeyAsync(_world.Account, new { name = "One", allowed_models = new[] { first } });
        var alone = await _world.Http.ChatAsync(only.Secret, RoutingWorld.Body("light", hiway: """{"deadline_ms":2500}"""));

        Assert.Equal("its answers take longer than deadline_ms lately",
            preview["candidates"]!.AsArray().Single(one => one!["model"]!.GetValue<string>() == first)!["excluded_because"]!.GetValue<string>());
        Assert.NotEqual(first, hurried.HiWay!["routed_model"]!.GetValue<string>());
        Assert.Equal(first, patient.HiWay!["routed_model"]!.GetValue<string>());
        Assert.Equal(first, alone.HiWay!["routed_model"]!.GetValue<string>());   // nobody else can, so it is tried
    }

    [Fact]
    public async Task WishedTierAndProfile_AreTheCallsOwn()
    {
        var reply = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body("auto", hiway: """{"tier":"heavy","profile":"budget"}"""));

        Assert.Equal("heavy", reply.HiWay!["routed_tier"]!.GetValue<string>());
        Assert.Contains("cheapest input price", reply.HiWay["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task NegotiatedPricesAndDisabledModels_ActOnTheChoice()
    {
        var body = RoutingWorld.Body("light", hiway: """{"profile":"budget"}""");
        var first = (await _world.PreviewAsync(body))["model"]!.GetValue<string>();
        await _world.Http.CallAsync(HttpMethod.Patch, $"{_world.Workspace}/models/{first}", _world.Account.Key, new { enabled = false });
        var preview = await _world.PreviewAsync(body);
        var second = preview["model"]!.GetValue<string>();
        Assert.NotEqual(first, second);
        Assert.Equal("it is switched off in this workspace",
            preview["candidates"]!.AsArray().Single(one => one!["model"]!.GetValue<string>() == first)!["excluded_because"]!.GetValue<string>());

        await _world.Http.CallAsync(HttpMethod.Patch, $"{_world.Workspace}/models/openai/gpt-4o", _world.Account.Key, new { tier = "light", prices = new { input = 0.000001m, output = 0.000001m } });
        var reply = await _world.Http.ChatAsync(_world.Key.Secret, body);
        Assert.Equal("openai/gpt-4o", reply.HiWay!["routed_model"]!.GetValue<string>());
    }
}
