using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Domain.Guardian.Rules;
using HiWay.Infrastructure.Guardian;
using HiWay.Web.Gateway.Guardian;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Stops what runs away before it is routed: prompts that repeat or have grown past reason, keys that spend or loop. A call that is refused here
/// costs neither quota nor money. Remembers keys in this process and waits for nothing.
/// </summary>
internal sealed class Guardian(KeyWatches watches, IGuardianEvents events) : Stage("guardian")
{
    /// <summary>The watch of the call's key; the playground of each workspace has one of its own.</summary>
    public KeyWatch WatchOf(GatewayCall call) => watches.Of(call.Workspace.Id, call.KeyId);

    /// <summary>Writes down that a call ran into a rule, behind the call.</summary>
    public void Record(GatewayCall call, KeyWatch watch, in GuardianHit hit) =>
        events.Record(new(watch, hit, call.ArrivedAt, call.RequestId, call.EndUserName, call.Workspace.Guardian[hit.Rule].AlertTarget));

    protected override GatewayError? Decide(GatewayCall call, out string verdict)
    {
        var settings = call.Workspace.Guardian;
        GuardianHit? bloat = null;
        if (settings.ContextBloat.On && call.PromptTokens > settings.ContextBloat.Ceiling)
        {
            bloat = ContextBloatRule.Judge(settings.ContextBloat, PromptParts.Tokens(call, settings.ContextBloat.Ceiling));
            if (bloat is { Stops: true } stops)
            {
                return Refuse(call, WatchOf(call), stops, stops.Advice, out verdict);
            }
        }

        verdict = "nothing";

        // A judge's answers resemble each other by nature, and what it may spend has a cap of its own.
        if (settings.WatchesKeys && call.Origin is not CallOrigin.Judge && Watch(call, settings, ref verdict) is { } refusal)
        {
            return refusal;
        }

        return bloat is { } tooLong ? Soften(call, tooLong, ref verdict) : null;
    }

    private GatewayError? Watch(GatewayCall call, GuardianSettings settings, ref string verdict)
    {
        var watch = call.Watch = WatchOf(call);
        List<GuardianHit>? hits = null;
        watch.Judge(settings.Dedup.On ? PromptParts.Hash(call, watches.PromptSeed) : 0, settings, watches.NowMs, ref hits);
        if (settings.ZombieAgent.On && !call.Key.IsTest && PromptParts.Tail(call) is { } tail)
        {
            (call.PromptTail, call.AnswerPrinter) = (tail, new TextPrinter());
        }

        if (hits is null)
        {
            return null;
        }

        foreach (var hit in hits)
        {
            if (hit.Stops)
            {
                return Refuse(call, watch, hit, hit.Advice, out verdict);
            }

            Record(call, watch, hit);
            verdict = $"{hit.Rule.Text()}: {hit.Action.Text()}";
        }

        return null;
    }

    /// <summary>A prompt that is too long and is not refused for it.</summary>
    private GatewayError? Soften(GatewayCall call, in GuardianHit hit, ref string verdict)
    {
        var watch = WatchOf(call);
        verdict = $"{hit.Rule.Text()}: {hit.Action.Text()}";
        var removed = 0;
        if (hit.Action is GuardianAction.Truncate)
        {
            if (!Shorten(call, (int)hit.Limit, out removed))
            {
                return Refuse(call, watch, hit with { Action = GuardianAction.Reject, Stops = true },
                    "It cannot be shortened by leaving out older turns: the newest one is too long by itself, or there are none. Send less.", out verdict);
            }

            if (removed == 0)
            {
                verdict = "nothing";
                return null;   // counted turn by turn it fits
            }
        }

        call.Downgraded = hit.Action is GuardianAction.Downgrade;
        call.GuardianNote = new(hit.Rule.Text(), hit.Action.Text(), (long)hit.Value, (long)hit.Limit, removed);
        Record(call, watch, hit);
        return null;
    }

    private GatewayError Refuse(GatewayCall call, KeyWatch watch, in GuardianHit hit, string advice, out string verdict)
    {
        verdict = $"{hit.Rule.Text()}: refused";
        if (!hit.IsKnown)
        {
            Record(call, watch, hit);
        }

        return hit.Action is GuardianAction.Suspend ? Authenticate.KeySuspended(hit.Rule.Text())
            : hit.Rule is GuardianRule.ContextBloat ? new GatewayError(GatewayErrorKind.ContextBloat, $"{hit.Reason} {advice}")
            {
                Details = [new("rule", hit.Rule.Text()), new("tokens", (long)hit.Value), new("limit", (long)hit.Limit)],
            }
            : new GatewayError(GatewayErrorKind.GuardianBlock, $"{hit.Reason} {(hit.Action is GuardianAction.Throttle ? "It gets one call through per second for now" : $"Wait {hit.RetryAfterSeconds} s")}. {advice}")
            {
                RetryAfter = TimeSpan.FromSeconds(hit.RetryAfterSeconds),
                Details = [new("rule", hit.Rule.Text())],
            };
    }

    private static bool Shorten(GatewayCall call, int limit, out int removed)
    {
        removed = 0;
        if (call.Operation is not null || ConversationCut.Shorten(call.Body, limit) is not { } cut)
        {
            return false;
        }

        var before = call.Body;
        var (body, error) = call.Client.Scan(cut.Rented, cut.Length);
        if (body is null)
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(cut.Rented);
            throw new InvalidOperationException($"A shortened body is not accepted any more: {error!.Message}");
        }

        (body.EndUser, body.PromptCaching, body.PreviousResponseId) = (before.EndUser, before.PromptCaching, before.PreviousResponseId);
        call.Body = body;
        before.Dispose();
        removed = cut.Removed;
        return true;
    }
}
