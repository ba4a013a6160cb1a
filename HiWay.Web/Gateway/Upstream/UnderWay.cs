using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Stages;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// Keeps the journal's note of a call that runs: the most that it can cost, and what it has cost so far. Both are for the case that this
/// process is lost before the call is settled (docs/decisions/0014). Calls that cost nothing have none.
/// </summary>
internal static class UnderWay
{
    /// <summary>Before an attempt.</summary>
    public static void Open(GatewayCall call, Deployment deployment, IUsageJournal journal)
    {
        if (call.Key.IsTest || call.Operation is { CostsNothing: true })
        {
            return;
        }

        var model = deployment.Model;
        var unpriced = model.Prices.Count == 0 && model.Units is null;
        var paid = Earlier(call);
        var usd = paid.CostUsd + (unpriced ? 0m : WorstCase.Of(call, deployment));
        var usage = call.Operation is null ? WorstCase.UsageOf(call, deployment) : new() { Input = call.PromptTokens };
        call.OpenNotes = journal;
        call.OpenNote = journal.Open(
            new(call.RequestId, call.ArrivedAt, call.Workspace.Id, call.KeyId, call.EndUserName, call.Dialect, call.RequestedModel, model.Id, deployment.Provider.Slug,
                deployment.CredentialId, call.Route.RoutedTier, call.Streamed, usage, usd, unpriced, call.Tags),
            paid, call.OpenNote);
    }

    /// <summary>The last attempt's answer has come so far.</summary>
    /// <param name="told">The provider's count; null while it has told none.</param>
    /// <param name="contentBytes">Of content, for an estimate until then.</param>
    public static void Seen(GatewayCall call, TokenUsage? told, long contentBytes, bool whole = false)
    {
        if (call.OpenNote != 0)
        {
            var all = whole && told is not null;
            Write(call, all ? AnswerSeen.All : AnswerSeen.Some, all ? told!.Value : UsageEstimate.SoFar(told, call.PromptTokens, contentBytes));
        }
    }

    /// <summary>The same for an attempt that has come to an answer, or to none.</summary>
    public static void Seen(GatewayCall call, UpstreamAnswer? answer)
    {
        if (call.OpenNote == 0)
        {
            return;
        }

        if (answer is WholeAnswer { Relay: var whole })
        {
            Seen(call, whole.Usage, whole.ContentBytes, whole: true);
        }
        else if (answer is StreamAnswer { Relay: var stream })
        {
            Seen(call, stream);
        }
        else if (answer is null)
        {
            Write(call, AnswerSeen.Nothing, call.LastAttempt!.Usage);   // it failed, and costs what it told
        }
    }

    /// <summary>The same after each read of a stream.</summary>
    public static void Seen(GatewayCall call, IStreamRelay stream) => Seen(call, stream.Usage, stream.ContentBytes, stream.IsComplete);

    /// <summary>The same where the answer's own reader says what it comes to.</summary>
    public static void Seen(GatewayCall call, TokenUsage usage)
    {
        if (call.OpenNote != 0)
        {
            Write(call, AnswerSeen.Some, usage);
        }
    }

    /// <summary>The call's event is in the journal.</summary>
    public static void Close(GatewayCall call, IUsageJournal journal)
    {
        journal.Close(call.OpenNote);
        call.OpenNote = 0;
    }

    private static void Write(GatewayCall call, AnswerSeen seen, in TokenUsage usage)
    {
        var cost = PriceRules.CostOf(usage, call.LastAttempt!.Deployment.Model, call.ArrivedAt);
        if (call.Attempts.Count == 1)
        {
            call.OpenNotes.Progress(call.OpenNote, new(seen, usage, cost.Usd, cost.Unpriced));
        }
        else
        {
            var paid = Earlier(call);
            call.OpenNotes.Progress(call.OpenNote, new(seen, paid.Usage + usage, paid.CostUsd + cost.Usd, paid.Unpriced || cost.Unpriced));
        }
    }

    /// <summary>What the attempts before the last one used and cost.</summary>
    private static CallProgress Earlier(GatewayCall call)
    {
        var (usage, cost) = (default(TokenUsage), default(Cost));
        for (var i = 0; i < call.Attempts.Count - 1; i++)
        {
            var attempt = call.Attempts[i];
            usage += attempt.Usage;
            cost += PriceRules.CostOf(attempt.Usage, attempt.Deployment.Model, call.ArrivedAt);
        }

        return new(AnswerSeen.Nothing, usage, cost.Usd, cost.Unpriced);
    }
}
