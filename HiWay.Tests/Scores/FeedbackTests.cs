using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Scores;

/// <summary>Answers are scored by the programs and people that got them; the last score of a request counts.</summary>
public sealed class FeedbackTests : IAsyncLifetime
{
    private GatewayWorld _world = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await GatewayWorld.StartAsync();
        _world.Upstream.On("chat/completions", Reply.Chat("Hello!"));
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task AScoreRightAfterTheAnswer_IsTaken_AndTheLastOneCounts()
    {
        var id = await AskAsync();

        var first = await ScoreAsync(id, 0.2);
        var second = await _world.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/requests/{id}/score", _world.Account.Key, new { score = 1 });
        await ScoreAsync(await AskAsync(), 0);

        Assert.Equal((id, "acme/m1", "general", "feedback"), (Text(first, "request_id"), Text(first, "model"), Text(first, "task"), Text(first, "source")));
        Assert.Equal("member", Text(second, "source"));
        var row = Assert.Single((await LearnedAsync())["models"]!.AsArray())!;
        Assert.Equal(("acme/m1", "general", 2, 0.5, 0), (Text(row, "model"), Text(row, "task"), row["scores"]!.GetValue<int>(), row["mean"]!.GetValue<double>(), row["adjustment"]!.GetValue<int>()));
    }

    [Fact]
    public async Task ARequestOfAnotherWorkspace_OrOfNone_IsNotFound()
    {
        var id = await AskAsync();
        var stranger = await _world.Http.SignUpAsync();

        using var foreign = await FeedbackAsync(stranger.Key, new { request_id = id, score = 1 });
        using var unknown = await FeedbackAsync(_world.Key.Secret, new { request_id = "req_01JD0000000000000000000000", score = 1 });
        using var nonsense = await FeedbackAsync(_world.Key.Secret, new { request_id = "hello", score = 1 });

        Assert.All([foreign, unknown, nonsense], answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
        Assert.Empty((await LearnedAsync())["models"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"score":1}""", "request_id")]
    [InlineData("""{"request_id":"req_01JD0000000000000000000000"}""", "score")]
    [InlineData("""{"request_id":"req_01JD0000000000000000000000","score":1.01}""", "score")]
    [InlineData("""{"request_id":"req_01JD0000000000000000000000","score":-0.1}""", "score")]
    [InlineData("""{"request_id":"req_01JD0000000000000000000000","score":"good"}""", "score")]
    [InlineData("""{"request_id":"req_01JD0000000000000000000000","score":1,"comment":"nice"}""", "comment")]
    public async Task WhatIsWrong_IsNamed(string body, string param)
    {
        using var answer = await FeedbackAsync(_world.Key.Secret, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(param, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task WithoutAnAnswer_WithoutTheScope_OrWithoutAKey_NothingIsScored()
    {
        _world.Upstream.On("chat/completions", Reply.Error(400, "bad_request"));
        var failed = (await _world.AskAsync()).Headers.GetValues("X-Request-Id").Single();
        var manager = await _world.Http.CreateKeyAsync(_world.Account, new { name = "Manager", scopes = new[] { "manage" } });

        using var nothing = await FeedbackAsync(_world.Key.Secret, new { request_id = failed, score = 1 });
        using var scope = await FeedbackAsync(manager.Secret, new { request_id = failed, score = 1 });
        using var nobody = await FeedbackAsync(null, new { request_id = failed, score = 1 });

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized), (nothing.StatusCode, scope.StatusCode, nobody.StatusCode));
    }

    private async Task<string> AskAsync()
    {
        var reply = await _world.AskAsync();
        Assert.True(reply.Status is HttpStatusCode.OK, reply.Body);
        return reply.HiWay!["request_id"]!.GetValue<string>();
    }

    private Task<HttpResponseMessage> FeedbackAsync(string? key, object body) => _world.Http.TryCallAsync(HttpMethod.Post, "/v1/feedback", key, body);

    private Task<JsonNode> ScoreAsync(string id, double score) => _world.Http.CallAsync(HttpMethod.Post, "/v1/feedback", _world.Key.Secret, new { request_id = id, score });

    private Task<JsonNode> LearnedAsync() => _world.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/routing/learned", _world.Account.Key);

    private static string Text(JsonNode json, string name) => json[name]!.GetValue<string>();
}
