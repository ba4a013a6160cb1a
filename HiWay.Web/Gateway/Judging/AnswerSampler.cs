using HiWay.Domain.Budgets;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Judging;
using HiWay.Domain.Metering;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Domain.Routing.Replay;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Judging;

/// <summary>
/// Picks the answers that are rated. For a workspace that wants none it costs one look at a field; for the others one hash, and a copy of the
/// texts of those that are picked.
/// </summary>
internal sealed partial class AnswerSampler(JudgeQueue queue, ISnapshots snapshots, ILogger<AnswerSampler> log)
{
    /// <summary>Longer prompts and answers are not rated: a judge would see too little of them.</summary>
    private const int LongestBytes = 256 * 1024;

    /// <summary>When an answer has begun: keeps its prompt, if it is picked and may be shown to the judge.</summary>
    public void Begin(GatewayCall call)
    {
        if (call.Workspace.Judge is { } settings)
        {
            Guarded(call, settings, static (sampler, call, settings) => sampler.Pick(call, settings));
        }
    }

    /// <summary>When it has been delivered: hands it on, if it is whole.</summary>
    public void End(GatewayCall call)
    {
        if (call is { ToJudge: not null, Workspace.Judge: { } settings })
        {
            Guarded(call, settings, static (sampler, call, settings) => sampler.HandOn(call, settings));
        }
    }

    /// <summary>Whatever goes wrong here, the call goes on as if nobody had looked.</summary>
    private void Guarded(GatewayCall call, JudgeSettings settings, Action<AnswerSampler, GatewayCall, JudgeSettings> work)
    {
        try
        {
            work(this, call, settings);
        }
        catch (Exception failure)
        {
            LogNotSampled(log, call.RequestId, failure);
        }
    }

    private void Pick(GatewayCall call, JudgeSettings settings)
    {
        if (JudgeRules.Picks(call.RequestId, settings.SampleRate) && MayBeRated(call, settings))
        {
            call.ToJudge = call.Body.CopyTexts();
            call.AnswerCopy ??= new();
        }
    }

    private void HandOn(GatewayCall call, JudgeSettings settings)
    {
        if (call is not { EndReason: EndReason.Completed, Status: 200, Error: null, LastAttempt.Deployment.Model: { } model, AnswerCopy: { Length: <= LongestBytes } answer }
            || model.Id == JudgeOf(call, settings)?.Id)
        {
            return;   // the prompt goes with the call
        }

        var task = call.Route.Decision is { } decision && LoggedDecisionCodec.Read(decision) is { } logged ? logged.Features.Task : TaskType.General;
        var job = new JudgeJob(
            call.Workspace.Id, call.RequestId, model.Id, task, call.Http.Connection.RemoteIpAddress?.ToString(), call.Streamed, call.ToJudge!, answer.ToArray(), call.Masked, settings);
        call.ToJudge = null;
        queue.TryAdd(job);
    }

    /// <summary>
    /// Only what the router chose, of which the judge can see all. What a key keeps from a model stays from the judge too, and where money is short
    /// none goes there.
    /// </summary>
    private bool MayBeRated(GatewayCall call, JudgeSettings settings) =>
        call is { Origin: not CallOrigin.Judge, Operation: null, Key.IsTest: false, Route.Bypass: false, BudgetVerdict: < BudgetVerdict.Downgrade }
        && TierNames.Parse(call.Route.RoutedTier) is not null
        && call.Body is { Choices: 1, ImageCount: 0, HasAudio: false, HasFiles: false, TextCount: > 0 } body && body.Bytes.Length <= LongestBytes
        && JudgeOf(call, settings) is { } judge && KeyModels.Allows(call.Key.AllowedModels, settings.Model, judge)
        && !queue.IsResting(call.Workspace.Id, settings);

    private ModelEntry? JudgeOf(GatewayCall call, JudgeSettings settings) => call.Workspace.Resolve(settings.Model, snapshots.Catalogue).Deployment?.Model;

    [LoggerMessage(LogLevel.Warning, "The answer of {RequestId} could not be sampled for the judge.")]
    private static partial void LogNotSampled(ILogger log, string requestId, Exception failure);
}
