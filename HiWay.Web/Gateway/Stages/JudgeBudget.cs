using HiWay.Domain.Budgets;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Budgets;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// What the caps in scope say to the call before it is routed: nothing, a lower tier, or no. A pinned model is never replaced;
/// whether the call itself still fits is what <see cref="Reserve"/> finds out.
/// </summary>
internal sealed class JudgeBudget(SpendLedger ledger)
{
    public ValueTask<GatewayError?> RunAsync(GatewayCall call)
    {
        if (call.Key.IsTest)
        {
            call.Record("judge_budget", "costs nothing");
            return default;
        }

        call.Spend = SpendScope.Of(call.Workspace, call.Origin is CallOrigin.Playground ? null : call.Key, call.EndUserName);
        if (!call.Spend.Capped)
        {
            call.Record("judge_budget", "no cap");
            return default;
        }

        var known = ledger.KnowAsync(call.Spend, call.ArrivedAt);
        return known.IsCompletedSuccessfully ? new(Judge(call)) : AfterAsync(known, call);
    }

    private async ValueTask<GatewayError?> AfterAsync(ValueTask known, GatewayCall call)
    {
        await known;
        return Judge(call);
    }

    private GatewayError? Judge(GatewayCall call)
    {
        var standing = ledger.Strictest(call.Spend!, call.ArrivedAt)!.Value;
        call.BudgetVerdict = standing.Verdict;
        if (standing.SpentUsd >= standing.Cap.LimitUsd)
        {
            call.Record("judge_budget", "refused");
            return BudgetErrors.Exceeded(ledger.Refuse(call.Spend!, standing.Cap, call.ArrivedAt), null);
        }

        call.Record("judge_budget", standing.Verdict.Text());
        return null;
    }
}
