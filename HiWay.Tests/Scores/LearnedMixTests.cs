using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Domain.Routing.Mix;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Scores;

/// <summary>A workspace's own scores move its models within bounds, only where it wants that, and can be forgotten.</summary>
public sealed class LearnedMixTests
{
    private const string Question = "What is the capital of Australia?";

    [Theory]
    [InlineData(19, 0.0, 0)]     // too few
    [InlineData(20, 0.0, -10)]   // 12.5 before the bound
    [InlineData(20, 0.4, -2)]
    [InlineData(20, 0.5, 0)]
    [InlineData(20, 0.6, 2)]
    [InlineData(1_000, 0.6, 5)]
    [InlineData(1_000_000, 1.0, 10)]
    public void AloneAtATask_AModelIsMeasuredAgainstTheMiddle(long scores, double mean, int points) =>
        Assert.Equal(points, MixRules.Points([new("a/m", TaskType.Code, scores, scores * mean)])[("a/m", TaskType.Code)]);

    [Fact]
    public void AmongOthers_ItIsMeasuredAgainstThem_AndOtherTasksDoNotCount()
    {
        var points = MixRules.Points(
        [
            new("a/m", TaskType.Code, 200, 180), new("b/m", TaskType.Code, 200, 180), new("c/m", TaskType.Code, 200, 120),
            new("a/m", TaskType.Math, 5, 0),
        ]);

        Assert.Equal((7, 7, -10), (points[("a/m", TaskType.Code)], points[("b/m", TaskType.Code)], points[("c/m", TaskType.Code)]));
        Assert.Equal(0, points[("a/m", TaskType.Math)]);
    }

    [Fact]
    public void TheChoice_ChangesForThatKindOfTaskAlone()
    {
        ModelEntry[] models = [Routing.Models.Make("a/best", quality: 80), Routing.Models.Make("b/next", quality: 76), Routing.Models.Make("c/unknown", quality: null)];
        var mix = new LearnedMix([new(("a/best", TaskType.Math), -5), new(("c/unknown", TaskType.Math), 10)]);
        var table = new CandidateTable<ModelEntry>(models, model => model, SovereigntyZone.Global, mix);

        string First(TaskType task) => table.Choose(
            Tier.Light, RoutingProfile.Quality, new() { PromptTokens = 400, RequestedModel = "auto", Task = task }, DateTimeOffset.UnixEpoch, 1, []).Attempts[0].Id;

        Assert.Equal(("b/next", "a/best", "a/best"), (First(TaskType.Math), First(TaskType.Code), First(TaskType.General)));
        Assert.Equal((75d, 80d, null), (table.QualityOf(models[0], TaskType.Math), table.QualityOf(models[0], TaskType.Law), table.QualityOf(models[2], TaskType.Math)));
    }

    [Fact]
    public async Task SwitchedOn_BadScoresMoveCallsAway_UntilTheyAreForgotten()
    {
        await using var world = await FaultWorld.StartAsync();
        world.Answer(FaultWorld.Well);
        await world.Host.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{world.Account.WorkspaceId}/routing", world.Account.Key, new { profile = "quality", ultra_light = false });
        var first = await AskAsync(world);
        for (var i = 0; i < MixRules.LeastScores; i++)
        {
            var (id, _) = i == 0 ? first : await AskAsync(world);
            await world.Host.Http.CallAsync(HttpMethod.Post, "/v1/feedback", world.Key.Secret, new { request_id = id, score = 0 });
        }

        var off = await LearnedAsync(world, HttpMethod.Get);
        Assert.False(off["enabled"]!.GetValue<bool>());
        var row = Assert.Single(off["models"]!.AsArray())!;
        Assert.Equal((first.Model, MixRules.LeastScores, -10), (row["model"]!.GetValue<string>(), row["scores"]!.GetValue<int>(), row["adjustment"]!.GetValue<int>()));
        Assert.Equal(first.Model, (await AskAsync(world)).Model);   // nobody switched it on

        await LearnedAsync(world, HttpMethod.Put, new { enabled = true });
        var moved = await AskAsync(world);
        Assert.NotEqual(first.Model, moved.Model);
        Assert.Equal(moved.Model, (await AskAsync(world)).Model);

        using var unknown = await world.Host.Http.TryCallAsync(HttpMethod.Delete, $"{Path(world)}?model=acme/none", world.Account.Key);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        await world.Host.Http.CallAsync(HttpMethod.Delete, Path(world), world.Account.Key, expected: HttpStatusCode.NoContent);
        Assert.Equal(first.Model, (await AskAsync(world)).Model);
        Assert.Empty((await LearnedAsync(world, HttpMethod.Get))["models"]!.AsArray());

        var audit = await world.Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/audit", world.Account.Key);
        Assert.Equal(
            ["routing.learned_forgotten", "routing.learned_configured"],
            audit["data"]!.AsArray().Select(entry => entry!["action"]!.GetValue<string>()).Where(action => action.Contains("learned", StringComparison.Ordinal)));
    }

    private static async Task<(string Id, string Model)> AskAsync(FaultWorld world)
    {
        var reply = await world.Host.Http.ChatAsync(world.Key.Secret, Question);
        Assert.True(reply.Status is HttpStatusCode.OK, reply.Body);
        return (reply.HiWay!["request_id"]!.GetValue<string>(), reply.HiWay["routed_model"]!.GetValue<string>());
    }

    private static string Path(FaultWorld world) => $"/api/v1/workspaces/{world.Account.WorkspaceId}/routing/learned";

    private static Task<JsonNode> LearnedAsync(FaultWorld world, HttpMethod method, object? body = null) => world.Host.Http.CallAsync(method, Path(world), world.Account.Key, body);
}
