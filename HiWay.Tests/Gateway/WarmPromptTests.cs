using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A long conversation stays with the account that has its prompt cached; others are spread as before.</summary>
public sealed class WarmPromptTests : IAsyncLifetime
{
    private static readonly string Instructions = string.Concat(Enumerable.Repeat("You answer in the voice of a careful librarian. ", 150));

    private ReplayUpstream _upstream = null!;
    private HiWayHost _host = null!;
    private TestAccount _account = null!;
    private TestKey _key = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await ReplayUpstream.StartAsync();
        _host = await HiWayHost.StartAsync();
        _account = await _host.Http.SignUpAsync();
        await _host.Http.PutProviderAsync(_account, "openai", _upstream.Url);
        await _host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{_account.WorkspaceId}/providers/openai/keys", _account.Key, new { api_key = "sk-second-key-5678" });
        _key = await _host.Http.CreateKeyAsync(_account);
        _upstream.On("*", seen => Answer(seen.Json["messages"]!.AsArray().Count > 2 ? 1536 : 0));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("openai/gpt-4o")]
    [InlineData("standard")]
    public async Task TheTurnsOfAConversation_StayWithOneKey(string model)
    {
        foreach (var topic in new[] { "whales", "trains", "bread" })
        {
            var before = _upstream.Requests.Count;
            List<string> turns = [$"Tell me about {topic}."];
            for (var turn = 0; turn < 4; turn++)
            {
                await AskAsync(model, turns);
                turns.AddRange(["Gladly.", "And then?"]);
            }

            Assert.Single(_upstream.Requests.Skip(before).Select(seen => seen.Headers["Authorization"]).Distinct());
        }

        Assert.Equal(2, _upstream.Requests.Select(seen => seen.Headers["Authorization"]).Distinct().Count());
    }

    [Fact]
    public async Task AKeyThatFails_LosesTheConversation()
    {
        await AskAsync("standard", ["Tell me about whales."]);
        var first = _upstream.Requests[0].Headers["Authorization"];
        _upstream.On("*", seen => seen.Headers["Authorization"] == first ? Reply.Error(429, "rate_limit_exceeded", "30") : Answer(0));

        await AskAsync("standard", ["Tell me about whales.", "Gladly.", "And then?"]);
        var other = _upstream.Requests[^1].Headers["Authorization"];
        await AskAsync("standard", ["Tell me about whales.", "Gladly.", "And then?", "Yes.", "More."]);

        Assert.NotEqual(first, other);
        Assert.Equal([first, first, other, other], _upstream.Requests.Select(seen => seen.Headers["Authorization"]));
    }

    [Fact]
    public async Task ATurnThatTheRouterFindsEasier_StaysWhereItIsWarm_WhenMovingWouldCostMore()
    {
        // The same conversation asks for a lighter tier; with nearly all of its prompt cached the model that has it is the cheaper one.
        await _host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{_account.WorkspaceId}", _account.Key, new { routing_profile = "budget" });
        await _host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{_account.WorkspaceId}/providers/openai", _account.Key, new { models = new[] { "gpt-4o", "gpt-4o-mini" } });
        await SetAsync("openai/gpt-4o", new { prices = new { input = 1.00m, output = 1.00m, cache_read = 0.01m } });
        await SetAsync("openai/gpt-4o-mini", new { tier = "light", prices = new { input = 0.90m, output = 0.90m } });

        var pinned = await AskAsync("openai/gpt-4o", ["Tell me about whales."]);
        var lighter = await AskAsync("light", ["Tell me about whales.", "Gladly.", "And then?"]);

        Assert.Equal("openai/gpt-4o", pinned.HiWay!["routed_model"]!.GetValue<string>());
        Assert.Equal("openai/gpt-4o", lighter.HiWay!["routed_model"]!.GetValue<string>());
        Assert.Contains("moving it to", lighter.HiWay["reason"]!.GetValue<string>(), StringComparison.Ordinal);

        var another = await AskAsync("light", ["Tell me about trains.", "Gladly.", "And then?"]);
        Assert.NotEqual("openai/gpt-4o", another.HiWay!["routed_model"]!.GetValue<string>());
    }

    private Task SetAsync(string model, object fields) =>
        _host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{_account.WorkspaceId}/models/{model}", _account.Key, fields);

    private async Task<ChatReply> AskAsync(string model, IReadOnlyList<string> turns)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "system", ["content"] = Instructions });
        for (var i = 0; i < turns.Count; i++)
        {
            messages.Add(new JsonObject { ["role"] = i % 2 == 0 ? "user" : "assistant", ["content"] = turns[i] });
        }

        var reply = await _host.Http.ChatAsync(_key.Secret, new JsonObject { ["model"] = model, ["messages"] = messages, ["max_tokens"] = 50 });
        Assert.True(reply.Status is System.Net.HttpStatusCode.OK, reply.Body);
        return reply;
    }

    private static Reply Answer(int cached) => Reply.Json(new JsonObject
    {
        ["id"] = "chatcmpl-test", ["object"] = "chat.completion", ["created"] = 1, ["model"] = "m",
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = "Gladly." }, ["finish_reason"] = "stop" }),
        ["usage"] = new JsonObject
        {
            ["prompt_tokens"] = 1800, ["completion_tokens"] = 5, ["total_tokens"] = 1805, ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = cached },
        },
    }.ToJsonString());
}
