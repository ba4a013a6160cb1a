using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Judging;
using HiWay.Domain.Routing;

namespace HiWay.Infrastructure.Scores;

/// <summary>The score of one request.</summary>
/// <param name="Score">0..1.</param>
/// <param name="Task">The kind of task that the router took it for; <c>general</c> for calls that it did not score.</param>
/// <param name="Source"><c>feedback</c> or <c>member</c>.</param>
public sealed record ScoreView(string RequestId, double Score, string Model, string Task, string Source, DateTimeOffset ScoredAt);

/// <summary>What a judge found of one answer.</summary>
/// <param name="Score">0..1.</param>
/// <param name="Reason">As <see cref="JudgeReasons"/> spells it.</param>
public sealed record JudgedView(double Score, string Reason, DateTimeOffset JudgedAt);

/// <summary>What was said about one request's answer.</summary>
/// <param name="Said">By people or programs; null when nobody did.</param>
/// <param name="Judged">By a judge; null when the request was not in the sample. It counts only while nobody else said anything.</param>
public sealed record RequestScores(ScoreView? Said, JudgedView? Judged);

/// <summary>Who scored an answer.</summary>
public enum ScoreSource
{
    /// <summary>A program, with a key.</summary>
    Feedback,

    /// <summary>A member of the workspace.</summary>
    Member,
}

/// <summary>How good answers were, as programs and people say. One score per request; the last word counts.</summary>
public interface IScores
{
    /// <param name="requestId">The row may take a moment to appear after its answer; that long it is waited for.</param>
    Task<Outcome<ScoreView>> RecordAsync(string workspaceId, string? requestId, double? score, ScoreSource source, CancellationToken cancellationToken);

    /// <summary>A member's score.</summary>
    async Task<Outcome<ScoreView>> RecordAsync(Actor actor, string requestId, double? score, CancellationToken cancellationToken) =>
        actor.Lacks(Permission.UsePlayground) is { } refusal ? refusal : await RecordAsync(actor.WorkspaceId, requestId, score, ScoreSource.Member, cancellationToken);

    /// <summary>A judge's rating. It counts as long as nobody else scores the request, and never takes another score's place; a second one changes nothing.</summary>
    /// <param name="model">The model that answered.</param>
    Task RecordAsync(string workspaceId, string requestId, string model, TaskType task, JudgeRating rating, CancellationToken cancellationToken);

    /// <summary>Both null when nobody has scored the request yet; not found when the workspace has no such request.</summary>
    /// <param name="requestId">As above, its row is waited for.</param>
    Task<Outcome<RequestScores>> FindAsync(Actor actor, string requestId, CancellationToken cancellationToken);
}

/// <summary>What one model's scores at one kind of task come to.</summary>
/// <param name="Scores">By people and programs.</param>
/// <param name="Judged">By a judge, of requests that nobody else scored; each weighs a quarter.</param>
/// <param name="Mean">0..1, weighted.</param>
/// <param name="MissingScores">How many more scores of people it takes until they change anything; 0 when there are enough.</param>
/// <param name="Adjustment">Points that are added to the model's quality for such tasks while the mix is on; 0 until there are enough scores.</param>
/// <param name="Quality">The catalogue's, 0..100; null when nobody measured it, and then scores change nothing.</param>
public sealed record LearnedModelView(string Model, string Task, long Scores, long Judged, double Mean, int MissingScores, int Adjustment, double? Quality);

/// <param name="LeastScores">Fewer scores change nothing.</param>
/// <param name="MostAdjustment">No model is moved by more.</param>
public sealed record LearnedView(bool Enabled, int LeastScores, int MostAdjustment, IReadOnlyList<LearnedModelView> Models);

/// <summary>What to set; null leaves a field as it is.</summary>
public sealed record LearnedPatch(bool? Enabled = null);

/// <summary>A workspace's own scores in the choice among models: off by default, shown, bounded, forgotten on demand.</summary>
public interface ILearnedMix
{
    Task<Outcome<LearnedView>> GetAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<LearnedView>> UpdateAsync(Actor actor, LearnedPatch patch, CancellationToken cancellationToken);

    /// <summary>Deletes all scores, or those of one model.</summary>
    Task<Outcome<bool>> ForgetAsync(Actor actor, string? model, CancellationToken cancellationToken);
}
