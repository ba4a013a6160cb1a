using HiWay.Domain.Errors;
using HiWay.Infrastructure.Budgets;
using HiWay.Web.Gateway.Stages;

namespace HiWay.Web.Gateway.DryRuns;

/// <summary>Decides a call by the very stages that a real one passes, and makes none: nothing is sent, set aside or written down.</summary>
internal sealed class DryRun(Mask mask, SpendLedger ledger, ChooseChain chooseChain)
{
    /// <summary>Fills the route of a call whose body is read; the refusal when there is none.</summary>
    public async ValueTask<GatewayError?> DecideAsync(GatewayCall call)
    {
        if (mask.Run(call) is { } refusal)
        {
            return refusal;
        }

        if (!call.Key.IsTest)
        {
            call.Spend = SpendScope.Of(call.Workspace, call.Origin is CallOrigin.Playground ? null : call.Key, call.EndUserName);
            if (call.Spend.Capped)
            {
                await ledger.KnowAsync(call.Spend, call.ArrivedAt);
                call.BudgetVerdict = ledger.Strictest(call.Spend, call.ArrivedAt)!.Value.Verdict;
            }
        }

        return chooseChain.Run(call);
    }
}
