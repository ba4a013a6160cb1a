using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

/// <summary><c>routing/preview</c> and <c>/v1/quote</c>: a call's decision and price, without the call.</summary>
public sealed class DryRunTests : IAsyncLifetime
{
    private const string Prompt = "Prove that the square root of two is irrational.";

    private readonly RoutingWorld _world = new();

    public ValueTask InitializeAsync() => _world.InitializeAsync();

    public async ValueTask DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Preview_HasTheShapeOfTheContract_AndSaysWhatTheCallThenDoes()
    {
        var preview = await _world.PreviewAsync(RoutingWorld.Body(prompt: Prompt));

        Assert.Empty(_world.Upstream.Requests);
        Assert.Equal(
            ["score", "tier", "analyzers", "base", "profile", "candidates", "model", "chain", "reason", "decision_us"], preview.AsObject().Select(member => member.Key));
        Assert.Equal(["name", "score", "weight", "contribution", "reason"], preview["analyzers"]![0]!.AsObject().Select(member => member.Key));
        Assert.Equal(["model", "tier", "price", "quality", "excluded_because"], preview["candidates"]![0]!.AsObject().Select(member => member.Key));
        Assert.Equal(7, preview["analyzers"]!.AsArray().Count);
        Assert.True(preview["decision_us"]!.GetValue<long>() >= 0);
        var sum = preview["base"]!.GetValue<double>() + preview["analyzers"]!.AsArray().Sum(one => one!["contribution"]!.GetValue<double>());
        Assert.Equal(preview["score"]!.GetValue<double>(), sum, 0.0005);   // not to three decimals: 0.4485 and 0.44851 round apart

        var reply = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body(prompt: Prompt));
        Assert.Equal(preview["model"]!.GetValue<string>(), reply.HiWay!["routed_model"]!.GetValue<string>());
        Assert.Equal(preview["tier"]!.GetValue<string>(), reply.HiWay["routed_tier"]!.GetValue<string>());
        Assert.Equal(preview["score"]!.GetValue<double>(), reply.HiWay["score"]!.GetValue<double>());
        Assert.Equal(preview["reason"]!.GetValue<string>(), reply.HiWay["reason"]!.GetValue<string>());
        Assert.Single(await _world.Http.RequestRowsAsync(_world.Account));   // the preview is no call
    }

    [Fact]
    public async Task Preview_UnderOtherSettings_SavesNothing()
    {
        var body = RoutingWorld.Body(prompt: Prompt);
        var saved = await _world.PreviewAsync(body.DeepClone());
        body["settings"] = JsonNode.Parse("""{"thresholds":{"light_below":0.001,"heavy_from":0.002},"ultra_light":false,"profile":"quality","weights":{"code":0},"aliases":{"mine":["acme/m1","light"]}}""");
        var tried = await _world.PreviewAsync(body.DeepClone());
        body["model"] = "mine";
        var alias = await _world.PreviewAsync(body.DeepClone());

        Assert.NotEqual("heavy", saved["tier"]!.GetValue<string>());
        Assert.Equal(("heavy", "quality"), (tried["tier"]!.GetValue<string>(), tried["profile"]!.GetValue<string>()));
        Assert.Equal(0, tried["analyzers"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == "code")!["weight"]!.GetValue<double>());
        Assert.Equal(("acme/m1", "override"), (alias["model"]!.GetValue<string>(), alias["tier"]!.GetValue<string>()));
        Assert.Equal("{}", (await _world.Http.CallAsync(HttpMethod.Get, $"{_world.Workspace}/routing", _world.Account.Key))["aliases"]!.ToJsonString());

        body["settings"] = JsonNode.Parse("""{"thresholds":{"light_below":2}}""");
        Assert.Equal("settings.thresholds.light_below", (await _world.PreviewAsync(body.DeepClone(), HttpStatusCode.BadRequest))["error"]!["param"]!.GetValue<string>());
        body["settings"] = JsonNode.Parse("""{"speed":2}""");
        Assert.Equal("settings.speed", (await _world.PreviewAsync(body.DeepClone(), HttpStatusCode.BadRequest))["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task Preview_OfAZoneWithoutModels_ExcludesAll_AndOfAKey_ExcludesWhatItMayNotUse()
    {
        var strict = RoutingWorld.Body("light");
        strict["settings"] = new JsonObject { ["zone"] = "fr" };
        var nowhere = await _world.PreviewAsync(strict);
        Assert.Null(nowhere["model"]);
        Assert.All(nowhere["candidates"]!.AsArray(), one => Assert.Equal("it is outside the workspace's zone", one!["excluded_because"]!.GetValue<string>()));

        var free = await _world.PreviewAsync(RoutingWorld.Body("light"));
        var last = free["candidates"]!.AsArray().Last(one => one!["excluded_because"] is null)!["model"]!.GetValue<string>();
        var key = await _world.Http.CreateKeyAsync(_world.Account, new { name = "One", allowed_models = new[] { last } });
        var body = RoutingWorld.Body("light");
        body["key_id"] = key.Id;
        var limited = await _world.PreviewAsync(body);
        Assert.Equal(last, limited["model"]!.GetValue<string>());
        Assert.Contains(limited["candidates"]!.AsArray(), one => one!["excluded_because"]?.GetValue<string>() == "the key may not use it");
        body = RoutingWorld.Body("light");
        body["key_id"] = "key_none";
        Assert.Equal("key_id", (await _world.PreviewAsync(body, HttpStatusCode.NotFound))["error"]!["param"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"model":"auto"}""", "messages")]
    [InlineData("""{"model":"gpt-99","messages":[{"role":"user","content":"Hi"}]}""", "model")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"hiway":{"profile":"best"}}""", "hiway.profile")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"key_id":7}""", "key_id")]
    public async Task Preview_OfAWrongBody_NamesTheField(string body, string param) =>
        Assert.Equal(param, (await _world.PreviewAsync(JsonNode.Parse(body)!, HttpStatusCode.BadRequest))["error"]!["param"]!.GetValue<string>());

    [Fact]
    public async Task Quote_SaysRouteCostAndBudget_AndSpendsNothing()
    {
        await _world.Http.CallAsync(HttpMethod.Put, $"{_world.Workspace}/budget", _world.Account.Key, new { cap_usd = 10 });

        var quote = await _world.QuoteAsync(RoutingWorld.Body(prompt: Prompt, maxTokens: 500));

        Assert.Empty(_world.Upstream.Requests);
        var cost = quote["cost"]!;
        var (min, expected, max) = (Usd(cost, "min_usd"), Usd(cost, "expected_usd"), Usd(cost, "max_usd"));
        Assert.True(min > 0 && min < expected && expected < max, cost.ToJsonString());
        Assert.True(Usd(cost, "baseline_usd") > expected);
        Assert.Equal((500, 400), (quote["tokens"]!["max_output"]!.GetValue<int>(), quote["tokens"]!["expected_output"]!.GetValue<int>()));
        Assert.Equal(("OK", 10m, 0m, 10m, "workspace"),
            (quote["budget"]!["verdict"]!.GetValue<string>(), Usd(quote["budget"]!, "cap_usd"), Usd(quote["budget"]!, "spent_usd"), Usd(quote["budget"]!, "remaining_usd"), quote["budget"]!["scope"]!.GetValue<string>()));
        Assert.True(quote["allowed"]!.GetValue<bool>());
        Assert.False(quote["cache"]!["warm"]!.GetValue<bool>());

        var reply = await _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body(prompt: Prompt, maxTokens: 500));
        Assert.Equal(quote["route"]!["model"]!.GetValue<string>(), reply.HiWay!["routed_model"]!.GetValue<string>());
        Assert.Equal(quote["route"]!["reason"]!.GetValue<string>(), reply.HiWay["reason"]!.GetValue<string>());
        Assert.InRange(reply.HiWay["upstream_cost"]!.GetValue<decimal>(), 0, max);
        Assert.Single(await _world.Http.RequestRowsAsync(_world.Account));
    }

    [Fact]
    public async Task Quote_OfWhatACapDoesNotAllow_SaysSo()
    {
        var key = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Poor", monthly_cap_usd = 0.000001m });

        var quote = await _world.QuoteAsync(RoutingWorld.Body("openai/gpt-4o"), key: key.Secret);
        var dear = await _world.QuoteAsync(RoutingWorld.Body("openai/gpt-4o", hiway: """{"max_cost_usd":0.0001}"""));

        Assert.False(quote["allowed"]!.GetValue<bool>());
        Assert.Equal(("BLOCK", "key"), (quote["budget"]!["verdict"]!.GetValue<string>(), quote["budget"]!["scope"]!.GetValue<string>()));
        Assert.False(dear["allowed"]!.GetValue<bool>());
        Assert.Null(dear["budget"]);
    }

    [Fact]
    public async Task Quote_KnowsTheWarmPromptCache()
    {
        var long_ = string.Concat(Enumerable.Repeat("The quick brown fox jumps over the lazy dog. ", 200));
        _world.Upstream.On("*", Reply.Json("""
            {"id":"c","object":"chat.completion","created":1760000000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":2200,"completion_tokens":5,"total_tokens":2205,"prompt_tokens_details":{"cached_tokens":2048}}}
            """));
        var body = RoutingWorld.Body("auto", long_);
        var cold = await _world.QuoteAsync(body.DeepClone());
        var reply = await _world.Http.ChatAsync(_world.Key.Secret, body.DeepClone());
        var warm = await _world.QuoteAsync(body.DeepClone());

        Assert.False(cold["cache"]!["warm"]!.GetValue<bool>());
        Assert.Equal((true, 2048, reply.HiWay!["routed_model"]!.GetValue<string>()),
            (warm["cache"]!["warm"]!.GetValue<bool>(), warm["cache"]!["cached_tokens"]!.GetValue<int>(), warm["cache"]!["model"]!.GetValue<string>()));
        Assert.Equal(Usd(cold["cost"]!, "expected_usd") - Usd(warm["cache"]!, "savings_usd"), Usd(warm["cost"]!, "expected_usd"));
        Assert.True(Usd(warm["cache"]!, "savings_usd") > 0);
    }

    [Theory]
    [InlineData("/v1/responses", """{"model":"auto","input":"Say hello","max_output_tokens":50}""")]
    [InlineData("/v1/messages", """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"Say hello"}]}""")]
    public async Task Quote_TakesTheOtherDialectsBodies(string endpoint, string body)
    {
        var quote = await _world.QuoteAsync(JsonNode.Parse(body)!, query: $"?endpoint={endpoint}");

        Assert.Equal(50, quote["tokens"]!["max_output"]!.GetValue<int>());
        Assert.Equal("endpoint", (await _world.QuoteAsync(JsonNode.Parse(body)!, HttpStatusCode.BadRequest, "?endpoint=/v1/other"))["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task Quote_IsForInferenceKeysWithinTheirLimits()
    {
        var limited = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Two", rpm = 2 });
        var manages = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Manager", scopes = new[] { "manage" } });
        var tests = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Test", test = true });

        await _world.QuoteAsync(RoutingWorld.Body(), key: limited.Secret);
        await _world.QuoteAsync(RoutingWorld.Body(), key: limited.Secret);
        Assert.Equal("rate_limit_exceeded", (await _world.QuoteAsync(RoutingWorld.Body(), HttpStatusCode.TooManyRequests, key: limited.Secret))["error"]!["code"]!.GetValue<string>());
        Assert.Equal("permission_denied", (await _world.QuoteAsync(RoutingWorld.Body(), HttpStatusCode.Forbidden, key: manages.Secret))["error"]!["code"]!.GetValue<string>());
        Assert.Equal("authentication_error", (await _world.QuoteAsync(RoutingWorld.Body(), HttpStatusCode.Unauthorized, key: "hw_live_x"))["error"]!["code"]!.GetValue<string>());
        Assert.Equal("model_not_found", (await _world.QuoteAsync(RoutingWorld.Body("gpt-99"), HttpStatusCode.BadRequest))["error"]!["code"]!.GetValue<string>());
        var test = await _world.QuoteAsync(RoutingWorld.Body(), key: tests.Secret);
        Assert.Equal(("test", 0m), (test["route"]!["tier"]!.GetValue<string>(), Usd(test["cost"]!, "max_usd")));
    }

    private static decimal Usd(JsonNode json, string field) => json[field]!.GetValue<decimal>();
}
