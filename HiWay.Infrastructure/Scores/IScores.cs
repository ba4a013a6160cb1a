using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Scores;

/// <summary>The score of one request.</summary>
/// <param name="Score">0..1.</param>
/// <param name="Task">The kind of task that the router took it for; <c>general</c> for calls that it did not score.</param>
/// <param name="Source"><c>feedback</c> or <c>member</c>.</param>
public sealed record ScoreView(string RequestId, double Score, string Model, string Task, string Source, DateTimeOffset ScoredAt);

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

    /// <summary>Null when the request has no score.</summary>
    Task<Outcome<ScoreView?>> FindAsync(Actor actor, string requestId, CancellationToken cancellationToken);
}

/// <summary>What one model's scores at one kind of task come to.</summary>
/// <param name="Mean">0..1.</param>
/// <param name="Adjustment">Points that are added to the model's quality for such tasks while the mix is on; 0 until there are enough scores.</param>
/// <param name="Quality">The catalogue's, 0..100; null when nobody measured it, and then scores change nothing.</param>
public sealed record LearnedModelView(string Model, string Task, long Scores, double Mean, int Adjustment, double? Quality);

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
