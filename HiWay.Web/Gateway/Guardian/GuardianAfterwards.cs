using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Guardian;

namespace HiWay.Web.Gateway.Guardian;

/// <summary>What Guardian learns of a call when it is over: its cost, and whether its answer is one that the key has had before.</summary>
internal sealed class GuardianAfterwards(KeyWatches watches, IGuardianEvents events)
{
    /// <summary>Runs once per call, after it was priced.</summary>
    public void Run(GatewayCall call)
    {
        if (call.Watch is not { } watch || call.Attempts.Count == 0)
        {
            return;
        }

        var (settings, now) = (call.Workspace.Guardian, watches.NowMs);
        watch.Spent(call.Cost.Usd, settings, now);
        if (call.AnswerPrinter is not { } printer || call.PromptTail is not { } tail || call.LastAttempt is not { Failure: null } || !printer.TryEnd(out var answer))
        {
            return;
        }

        var prompt = new TextPrinter();
        prompt.Add(tail);
        prompt.TryEnd(out var end);
        if (watch.Answered(end, answer, settings, now) is { } hit)
        {
            events.Record(new(watch, hit, call.ArrivedAt, call.RequestId, call.EndUserName, settings[hit.Rule].AlertTarget));
        }
    }
}
