using System.Net;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Requests and tokens per minute, spend caps, and the headers that tell.</summary>
public sealed class KeyLimitTests
{
    [Fact]
    public async Task TheRequestAfterTheLimit_Is429_AndNeverReachesTheUpstream()
    {
        await using var world = await GatewayWorld.StartAsync(new { name = "two a minute", rpm = 2 });
        world.Upstream.On("/chat/completions", Reply.Chat("Hello"));

        var first = await world.AskAsync();
        var second = await world.AskAsync(stream: false);
        var third = await world.AskAsync(stream: true);

        Assert.Equal(("2", "1"), (Header(first, "X-RateLimit-Limit-Requests"), Header(first, "X-RateLimit-Remaining-Requests")));
        Assert.Equal("0", Header(second, "X-RateLimit-Remaining-Requests"));
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_exceeded"), (third.Status, third.ErrorCode));
        Assert.InRange(int.Parse(Header(third, "Retry-After")), 1, 61);
        Assert.Equal("rate_limit", third.Json["error"]!["rule"]!.GetValue<string>());
        Assert.Equal(2, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task ParallelCalls_NeverPassTheLimitTogether()
    {
        await using var world = await GatewayWorld.StartAsync(new { name = "ten a minute", rpm = 10 });
        world.Upstream.On("/chat/completions", Reply.Chat("Hello"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => world.AskAsync()));

        Assert.Equal(10, replies.Count(reply => reply.Status == HttpStatusCode.OK));
        Assert.Equal(20, replies.Count(reply => reply.Status == HttpStatusCode.TooManyRequests));
        Assert.Equal(10, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task TokensAreReservedByEstimate_AndCorrectedByWhatWasUsed()
    {
        await using var world = await GatewayWorld.StartAsync(new { name = "tokens", tpm = 1_000 });
        world.Upstream.On("/chat/completions", Reply.Chat("Hello", inputTokens: 10, outputTokens: 5));

        await world.AskAsync();           // an estimate of some 265 tokens, corrected to 15
        var second = await world.AskAsync();
        var tooLong = await world.AskAsync(new string('x', 6_000));

        Assert.InRange(int.Parse(Header(second, "X-RateLimit-Remaining-Tokens")), 1_000 - 15 - 300, 1_000 - 15 - 200);
        Assert.Equal((HttpStatusCode.TooManyRequests, "token_limit"), (tooLong.Status, tooLong.Json["error"]!["rule"]!.GetValue<string>()));
    }

    [Fact]
    public async Task AKeysCap_RefusesWhatCouldPassIt_BeforeTheUpstreamIsCalled()
    {
        await using var world = await GatewayWorld.StartAsync(new { name = "capped", daily_cap_usd = 0.01m });
        world.Upstream.On("/chat/completions", Reply.Chat("Hello", inputTokens: 1_000, outputTokens: 500));   // 0.002 + 0.004 USD

        var body = GatewayWorld.Body();
        body["max_tokens"] = 600;
        var first = await world.Http.ChatAsync(world.Key.Secret, body);
        var second = await world.Http.ChatAsync(world.Key.Secret, body);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal((HttpStatusCode.PaymentRequired, "budget_exceeded"), (second.Status, second.ErrorCode));
        Assert.Equal(("key", 0.01m, 0.006m), (
            second.Json["error"]!["scope"]!.GetValue<string>(), second.Json["error"]!["cap_usd"]!.GetValue<decimal>(), second.Json["error"]!["spent_usd"]!.GetValue<decimal>()));
        Assert.Single(world.Upstream.Requests);
    }

    [Fact]
    public async Task ACallsOwnLimit_IsJudgedByItsWorstCase()
    {
        await using var world = await GatewayWorld.StartAsync();
        world.Upstream.On("/chat/completions", Reply.Chat("Hello"));
        var body = GatewayWorld.Body();
        body["max_tokens"] = 100_000;
        body["hiway"] = new System.Text.Json.Nodes.JsonObject { ["max_cost_usd"] = 0.01m };

        var dear = await world.Http.ChatAsync(world.Key.Secret, body);
        body["max_tokens"] = 100;
        var cheap = await world.Http.ChatAsync(world.Key.Secret, body);

        Assert.Equal((HttpStatusCode.PaymentRequired, "request"), (dear.Status, dear.Json["error"]!["scope"]!.GetValue<string>()));
        Assert.Equal(HttpStatusCode.OK, cheap.Status);
    }

    private static string Header(ChatReply reply, string name) => Assert.Single(reply.Headers.GetValues(name));
}
