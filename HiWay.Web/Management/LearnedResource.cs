using HiWay.Infrastructure.Scores;

namespace HiWay.Web.Management;

/// <summary><c>routing/learned</c>: the workspace's own scores in the choice among models; <c>requests/{id}/score</c>: what was said of one answer.</summary>
internal static class LearnedResource
{
    /// <summary>A field left out stays. What GET answers may be sent back: figures that nobody sets are ignored.</summary>
    internal sealed record LearnedBody
    {
        public bool? Enabled { get; init; }

        public int? LeastScores { get; init; }

        public int? MostAdjustment { get; init; }

        public IReadOnlyList<LearnedModelView>? Models { get; init; }
    }

    internal sealed record ScoreBody(double? Score = null);

    public static void MapLearned(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/routing/learned", async (ManagementCall call, ILearnedMix learned, CancellationToken cancellationToken) =>
            (await learned.GetAsync(call.Actor, cancellationToken)).Ok())
            .WithName("GetLearnedMix").WithSummary("Scores per model and kind of task, and what they change.");
        workspace.MapPut("/routing/learned", async (ManagementCall call, JsonBody<LearnedBody> body, ILearnedMix learned, CancellationToken cancellationToken) =>
            (await learned.UpdateAsync(call.Actor, new(body.Value.Enabled), cancellationToken)).Ok())
            .WithName("SetLearnedMix").WithSummary("Switches the learned mix on or off.");
        workspace.MapDelete("/routing/learned", async (ManagementCall call, string? model, ILearnedMix learned, CancellationToken cancellationToken) =>
            (await learned.ForgetAsync(call.Actor, model, cancellationToken)).NoContent())
            .WithName("ForgetLearnedMix").WithSummary("Deletes all scores, or with ?model= those of one model.");
        workspace.MapGet("/requests/{id}/score", async (ManagementCall call, string id, IScores scores, CancellationToken cancellationToken) =>
            (await scores.FindAsync(call.Actor, id, cancellationToken)).Ok())
            .WithName("GetRequestScore").WithSummary("What people or programs said of an answer, and what a judge said.");
        workspace.MapPut("/requests/{id}/score", async (ManagementCall call, string id, JsonBody<ScoreBody> body, IScores scores, CancellationToken cancellationToken) =>
            (await scores.RecordAsync(call.Actor, id, body.Value.Score, cancellationToken)).Ok())
            .WithName("ScoreRequest").WithSummary("Scores an answer, 0 to 1; the last score counts.");
    }
}
