using System.Text.Json.Nodes;
using HiWay.Domain.Accounts;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway;
using HiWay.Web.Pages.Playground;

namespace HiWay.Tests.Gateway;

/// <summary>The first call works before any provider does, and the playground goes the same way.</summary>
public sealed class TestKeyTests : IAsyncLifetime
{
    private HiWayHost _host = null!;
    private TestAccount _account = null!;
    private TestKey _key = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _account = await _host.Http.SignUpAsync();
        _key = await _host.Http.CreateKeyAsync(_account, new { name = "test", test = true });
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task TheSameRequest_GetsTheSameAnswer_ForNothing()
    {
        var one = await _host.Http.ChatAsync(_key.Secret, "Hello there");
        var two = await _host.Http.ChatAsync(_key.Secret, "Hello there");
        var streamed = await _host.Http.ChatAsync(_key.Secret, "Hello there", stream: true);

        Assert.StartsWith("hw_test_", _key.Secret, StringComparison.Ordinal);
        Assert.Contains("Hello there", one.Text, StringComparison.Ordinal);
        Assert.Equal(one.Text, two.Text);
        Assert.Equal(one.Json["id"]!.GetValue<string>(), two.Json["id"]!.GetValue<string>());
        Assert.Equal(one.Text, streamed.Text);
        Assert.Equal(("test", 0m), (one.HiWay!["routed_tier"]!.GetValue<string>(), one.HiWay["upstream_cost"]!.GetValue<decimal>()));
        Assert.True(one.Json["usage"]!["prompt_tokens"]!.GetValue<int>() > 0);
        Assert.All(await _host.Http.RequestRowsAsync(_account, 3), row => Assert.Equal(0m, row["cost_usd"]!.GetValue<decimal>()));
    }

    [Fact]
    public async Task OfferedTools_AreCalled_WithArgumentsOfTheirSchema_UntilAToolHasAnswered()
    {
        var body = JsonNode.Parse("""
            {"model":"auto","messages":[{"role":"user","content":"weather in Paris and Rome"}],
             "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":2}},"required":["city","days"]}}},
                      {"type":"function","function":{"name":"clock"}}]}
            """)!.AsObject();

        var asked = await _host.Http.ChatAsync(_key.Secret, body);
        body["messages"]!.AsArray().Add(JsonNode.Parse("""{"role":"tool","tool_call_id":"x","content":"sunny"}"""));
        var answered = await _host.Http.ChatAsync(_key.Secret, body);

        var choice = asked.Json["choices"]![0]!;
        Assert.Equal("tool_calls", choice["finish_reason"]!.GetValue<string>());
        Assert.Equal(["weather", "clock"], choice["message"]!["tool_calls"]!.AsArray().Select(call => call!["function"]!["name"]!.GetValue<string>()));
        var arguments = JsonNode.Parse(choice["message"]!["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>())!;
        Assert.Equal(2, arguments["days"]!.GetValue<int>());
        Assert.Contains("sunny", answered.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StructuredOutput_FollowsItsSchema()
    {
        var body = JsonNode.Parse("""
            {"model":"auto","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"p","schema":
              {"type":"object","properties":{"name":{"type":"string"},"tags":{"type":"array","items":{"$ref":"#/$defs/tag"}}},"required":["name","tags"],"$defs":{"tag":{"enum":["a","b"]}}}}}}
            """)!.AsObject();

        var reply = await _host.Http.ChatAsync(_key.Secret, body);

        var answer = JsonNode.Parse(reply.Text)!;
        Assert.Equal("a", answer["tags"]![0]!.GetValue<string>());
        Assert.NotNull(answer["name"]);
    }

    [Theory]
    [InlineData("/v1/messages", """{"model":"test/echo","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"stream":true}""", "anthropic_messages")]
    [InlineData("/v1/responses", """{"model":"test/echo","input":"Hi","stream":true}""", "openai_responses")]
    [InlineData("/v1/images/generations", """{"model":"test/echo","prompt":"A cat"}""", "openai_images")]
    public async Task ThePlayground_SpeaksEveryApi_AndItsPageUnderstandsTheAnswer(string endpoint, string body, string dialect)
    {
        var actor = new Actor(_account.WorkspaceId, _account.UserId, null, WorkspaceRole.Owner, _account.Email, null);
        var answer = new PlaygroundAnswer();

        await foreach (var shown in _host.Get<IPlayground>().RunAsync(actor, endpoint, System.Text.Encoding.UTF8.GetBytes(body), default))
        {
            Assert.Equal(200, shown.Status);
            answer.Apply(shown.Json);
        }

        Assert.Null(answer.Error);
        Assert.True(answer.Text.Length > 0 || answer.Images.Count == 1);
        Assert.Equal(("test/echo", 0m), (answer.Routing!.Model, answer.Routing.CostUsd));
        Assert.True(answer.InputTokens > 0 && answer.OutputTokens > 0);
        Assert.Equal(dialect, Assert.Single(await _host.Http.RequestRowsAsync(_account))["dialect"]!.GetValue<string>());
    }

    [Fact]
    public async Task ThePlayground_CallsTheSamePath_AsTheMember()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/chat/completions", Reply.ChatStream(["Hel", "lo"]));
        await _host.Http.PutProviderAsync(_account, "acme", upstream.Url, "openai", ["m1"]);
        var actor = new Actor(_account.WorkspaceId, _account.UserId, null, WorkspaceRole.Owner, _account.Email, null);
        var events = new List<InProcessEvent>();

        await foreach (var shown in _host.Get<IPlayground>().ChatAsync(actor, System.Text.Encoding.UTF8.GetBytes(GatewayWorld.Body(stream: true).ToJsonString()), default))
        {
            events.Add(shown);
        }

        Assert.All(events, shown => Assert.Equal(200, shown.Status));
        Assert.Equal("Hello", string.Concat(events.Select(shown => JsonNode.Parse(shown.Json)!["choices"]?[0]?["delta"]?["content"]?.GetValue<string>())));
        Assert.NotNull(JsonNode.Parse(events[^1].Json)!["_hiway"]);
        var row = Assert.Single(await _host.Http.RequestRowsAsync(_account));
        Assert.Null(row["key_id"]);
        Assert.Equal("acme/m1", row["model"]!.GetValue<string>());

        // Nobody set a price for acme/m1: what the call saved is not known, so it is not called savings.
        Assert.True(row["unpriced"]!.GetValue<bool>());
        Assert.Equal(0m, row["savings_usd"]!.GetValue<decimal>());
    }

    [Fact]
    public async Task APlaygroundCallThatFails_ShowsItsEnvelope_AndAViewerMayNot()
    {
        var owner = new Actor(_account.WorkspaceId, _account.UserId, null, WorkspaceRole.Owner, _account.Email, null);

        var failed = await OneAsync(owner);
        var refused = await OneAsync(owner with { Role = WorkspaceRole.Viewer });

        Assert.Equal((400, "model_not_found"), (failed.Status, JsonNode.Parse(failed.Json)!["error"]!["code"]!.GetValue<string>()));
        Assert.Equal((403, "permission_denied"), (refused.Status, JsonNode.Parse(refused.Json)!["error"]!["code"]!.GetValue<string>()));
    }

    private async Task<InProcessEvent> OneAsync(Actor actor)
    {
        InProcessEvent? only = null;
        await foreach (var shown in _host.Get<IPlayground>().ChatAsync(actor, System.Text.Encoding.UTF8.GetBytes(GatewayWorld.Body().ToJsonString()), default))
        {
            Assert.Null(only);
            only = shown;
        }

        return only!.Value;
    }
}
