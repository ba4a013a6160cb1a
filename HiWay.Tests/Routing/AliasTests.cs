using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

/// <summary>Calls that name one of the workspace's aliases, and calls under its own routing settings.</summary>
public sealed class AliasTests : IAsyncLifetime
{
    private readonly RoutingWorld _world = new();

    public ValueTask InitializeAsync() => _world.InitializeAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task OneModel_IsAPin_AndNothingElseIsTried()
    {
        await _world.RouteAsync("""{"aliases":{"house":"acme/m1"}}""");
        _world.Upstream.On("*", Reply.Error(500));

        var reply = await AskAsync("house");

        Assert.Equal(("upstream_unavailable", "override"), (reply.ErrorCode, reply.HiWay!["routed_tier"]!.GetValue<string>()));
        Assert.All(_world.Upstream.Requests, seen => Assert.StartsWith("/acme/", seen.Path, StringComparison.Ordinal));
        Assert.Equal("acme/m1", (await _world.Http.CallAsync(HttpMethod.Get, "/v1/models/house", _world.Key.Secret))["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task List_IsTriedInItsOrder()
    {
        await _world.RouteAsync("""{"aliases":{"ladder":["openai/gpt-4o","groq/llama-3.3-70b-versatile","acme/m1"]}}""");
        _world.Upstream.On("*", seen => seen.Path.StartsWith("/acme/", StringComparison.Ordinal) ? Reply.Chat("From home") : Reply.Error(503));

        var reply = await AskAsync("ladder");

        Assert.Equal("From home", reply.Text);
        Assert.Equal(["/openai/chat/completions", "/groq/chat/completions", "/acme/chat/completions"], _world.Upstream.Requests.Select(seen => seen.Path));
        Assert.Equal(("acme/m1", "override", true), (Text(reply, "routed_model"), Text(reply, "routed_tier"), reply.HiWay!["fallback"]!.GetValue<bool>()));
        Assert.Contains("alias 'ladder'", Text(reply, "reason"));
        var row = Assert.Single(await _world.Http.RequestRowsAsync(_world.Account));
        Assert.Equal(("ladder", "acme/m1", 3), (row["requested_model"]!.GetValue<string>(), row["model"]!.GetValue<string>(), row["attempts"]!.GetValue<int>()));
    }

    [Fact]
    public async Task ModelThatCannotTakeTheRequest_IsPassedOver()
    {
        await _world.RouteAsync("""{"aliases":{"eyes":["openai/gpt-3.5-turbo-16k","groq/llama-3.3-70b-versatile","openai/gpt-4o"]}}""", HttpStatusCode.BadRequest);   // a retired one is none
        await _world.RouteAsync("""{"aliases":{"eyes":["groq/llama-3.3-70b-versatile","openai/gpt-4o"]}}""");

        var reply = await _world.Http.ChatAsync(_world.Key.Secret, JsonNode.Parse("""
            {"model":"eyes","messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"https://example.com/cat.png"}}]}]}
            """)!);

        Assert.Equal("openai/gpt-4o", Text(reply, "routed_model"));
        Assert.Contains("groq/llama-3.3-70b-versatile cannot take it: it takes no images", Text(reply, "reason"));
    }

    [Fact]
    public async Task TierInAList_IsWhatTheRouterChooses()
    {
        await _world.RouteAsync("""{"aliases":{"ours":["acme/m1","light"],"small":"light"}}""");
        _world.Upstream.On("*", seen => seen.Path.StartsWith("/acme/", StringComparison.Ordinal) ? Reply.Error(503) : Reply.Chat("Hello"));

        var listed = await AskAsync("ours");
        var alone = await AskAsync("small");

        Assert.Equal("light", Text(alone, "routed_tier"));
        Assert.Equal(Text(alone, "routed_model"), Text(listed, "routed_model"));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("light")]
    public async Task ListThatReachesTheRouter_KeepsItsDecision_AndIsNoCallOfAutoToAReplay(string target)
    {
        await _world.RouteAsync($$$"""{"aliases":{"ladder":["{{{target}}}","acme/m1"],"named":["acme/m1","{{{target}}}","openai/gpt-4o-mini"]}}""");
        var key = await _world.Http.CreateKeyAsync(_world.Account, new { name = "One try", fallback = false });
        var routed = Text(await AskAsync("ladder"), "request_id");
        var named = Text(await _world.Http.ChatAsync(key.Secret, RoutingWorld.Body("named")), "request_id");
        await _world.Http.RequestRowsAsync(_world.Account, 2);

        var detail = await _world.Http.CallAsync(HttpMethod.Get, $"{_world.Workspace}/requests/{routed}", _world.Account.Key);
        Assert.Equal(7, detail["decision"]!["analyzers"]!.AsArray().Count);
        Assert.Null((await _world.Http.CallAsync(HttpMethod.Get, $"{_world.Workspace}/requests/{named}", _world.Account.Key))["decision"]);
        var replay = await _world.Http.CallAsync(HttpMethod.Post, $"{_world.Workspace}/routing/replay", _world.Account.Key, new { days = 1 });
        Assert.Equal((0, 0), (replay["decisions"]!.GetValue<int>(), replay["skipped"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("ladder", true)]          // by the alias's name
    [InlineData("groq/llama-3.3-70b-versatile", true)]   // by a model of it
    [InlineData("openai/gpt-4.1", false)]
    public async Task AllowedModels_AllowAnAliasByItsNameOrByItsModels(string allowed, bool may)
    {
        await _world.RouteAsync("""{"aliases":{"ladder":["openai/gpt-4o","groq/llama-3.3-70b-versatile"]}}""");
        var key = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Limited", allowed_models = new[] { allowed } });

        var reply = await _world.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "ladder"));

        Assert.Equal(may ? null : "model_not_allowed", reply.ErrorCode);
        Assert.Equal(may ? 1 : 0, _world.Upstream.Requests.Count);
        Assert.True(!may || Text(reply, "routed_model") == (allowed == "ladder" ? "openai/gpt-4o" : allowed));
    }

    [Fact]
    public async Task BypassKey_DoesNotBypassForAnAlias_AndIgnoresAWishedTierForAModel()
    {
        await _world.RouteAsync("""{"aliases":{"team/ladder":["acme/m1","openai/gpt-4o"]}}""");
        var key = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Bypass", router_bypass = true });
        _world.Upstream.On("*", seen => seen.Path.StartsWith("/acme/", StringComparison.Ordinal) ? Reply.Error(503) : Reply.Chat("Hello"));

        var alias = await _world.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "team/ladder"));
        var body = GatewayWorld.Body(model: "openai/gpt-4o");
        body["hiway"] = new JsonObject { ["tier"] = "light" };
        var pinned = await _world.Http.ChatAsync(key.Secret, body);

        Assert.Equal(("openai/gpt-4o", "override"), (Text(alias, "routed_model"), Text(alias, "routed_tier")));
        Assert.Equal(("openai/gpt-4o", "bypass"), (Text(pinned, "routed_model"), Text(pinned, "routed_tier")));
    }

    [Fact]
    public async Task KeyWithoutFallback_TriesTheFirstOfAListAlone()
    {
        await _world.RouteAsync("""{"aliases":{"ladder":["acme/m1","openai/gpt-4o"]}}""");
        var key = await _world.Http.CreateKeyAsync(_world.Account, new { name = "One try", fallback = false });
        _world.Upstream.On("*", Reply.Error(503));

        Assert.Equal("upstream_unavailable", (await _world.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "ladder"))).ErrorCode);
        Assert.All(_world.Upstream.Requests, seen => Assert.StartsWith("/acme/", seen.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AliasOfProvidersWithoutKeys_NamesThem()
    {
        await _world.RouteAsync("""{"aliases":{"later":["anthropic/claude-opus-4-7","deepseek/deepseek-chat"],"one":"anthropic/claude-opus-4-7"}}""");

        var list = await AskAsync("later");
        var one = await AskAsync("one");

        Assert.Equal("""["anthropic","deepseek"]""", list.Json["error"]!["missing_providers"]!.ToJsonString());
        Assert.Equal(("provider_not_configured", """["anthropic"]"""), (one.ErrorCode, one.Json["error"]!["missing_providers"]!.ToJsonString()));
        Assert.Contains("The alias 'one' stands for 'anthropic/claude-opus-4-7'", one.Json["error"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task Thresholds_ProfileAndWeights_ActOnTheNextCall()
    {
        const string prompt = "Prove that the square root of two is irrational, step by step, and discuss where the argument fails for four.";
        var before = await AskAsync("auto", prompt);
        var cut = before.HiWay!["score"]!.GetValue<double>();
        Assert.True(cut is > 0.05 and < 0.95, $"score {cut}");

        await _world.RouteAsync(FormattableString.Invariant($$"""{"thresholds":{"light_below":{{cut / 2}},"heavy_from":{{cut - 0.01}}},"margin":0,"ultra_light":false}"""));
        Assert.Equal("heavy", Text(await AskAsync("auto", prompt), "routed_tier"));
        await _world.RouteAsync(FormattableString.Invariant($$"""{"thresholds":{"light_below":{{cut + 0.01}},"heavy_from":0.99},"margin":0}"""));
        Assert.Equal("light", Text(await AskAsync("auto", prompt), "routed_tier"));
        await _world.RouteAsync("""{"weights":{"intent":0,"complexity":0,"tools":0,"system_prompt":0,"code":0,"domain":0,"conversation":0}}""");
        Assert.NotEqual(cut, (await AskAsync("auto", prompt)).HiWay!["score"]!.GetValue<double>());

        var budget = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Cheap", routing_profile = "budget" });
        var quality = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Best", routing_profile = "quality" });
        var cheap = await _world.Http.ChatAsync(budget.Secret, GatewayWorld.Body(model: "light"));
        var best = await _world.Http.ChatAsync(quality.Secret, GatewayWorld.Body(model: "light"));
        Assert.Contains("cheapest input price", Text(cheap, "reason"));
        Assert.Contains("highest quality", Text(best, "reason"));
        Assert.NotEqual(Text(cheap, "routed_model"), Text(best, "routed_model"));
    }

    private Task<ChatReply> AskAsync(string model, string prompt = "Say hello") => _world.Http.ChatAsync(_world.Key.Secret, RoutingWorld.Body(model, prompt));

    private static string Text(ChatReply reply, string field) => reply.HiWay![field]!.GetValue<string>();
}
