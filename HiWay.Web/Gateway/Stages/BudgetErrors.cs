using System.Globalization;
using HiWay.Domain.Budgets;
using HiWay.Domain.Errors;

namespace HiWay.Web.Gateway.Stages;

/// <summary>How a cap's no is said.</summary>
internal static class BudgetErrors
{
    /// <param name="worstCaseUsd">What the call could cost; null when it was not looked at, because the cap is used up.</param>
    public static GatewayError Exceeded(CapRefusal refusal, decimal? worstCaseUsd)
    {
        var cap = refusal.Cap;
        var (whose, where) = cap.Subject.Kind switch
        {
            SpendSubjectKind.Key => ("This key", "under Keys"),
            SpendSubjectKind.EndUser => ($"The end user '{cap.Subject.Name}'", "under Budget Control"),
            _ => ("This workspace", "under Budget Control"),
        };
        var period = cap.Period is CapPeriod.Day ? "today" : "this month";
        var running = refusal.ReservedUsd > 0m ? $" and {Usd(refusal.ReservedUsd)} are set aside for running calls" : "";
        var limit = cap.BlockAt < 1m ? $"calls stop at {Usd(cap.LimitUsd)} of its cap of {Usd(cap.CapUsd)}" : $"the cap is {Usd(cap.CapUsd)}";
        var call = worstCaseUsd is { } worst ? $"; this call could cost up to {Usd(worst)}" : "";
        return new GatewayError(GatewayErrorKind.BudgetExceeded,
            $"{whose} has spent {Usd(refusal.SpentUsd)} USD {period}{running}{call}, and {limit}. Raise the cap {where}{(worstCaseUsd is null ? "" : ", lower max_tokens")}, or wait for the reset at {refusal.ResetAt.UtcDateTime:yyyy-MM-dd} 00:00 UTC.")
        {
            Details =
            [
                new("verdict", BudgetVerdict.Block.Text()), new("cap_usd", cap.CapUsd), new("spent_usd", refusal.SpentUsd),
                new("reset_at", refusal.ResetAt), new("scope", cap.Subject.ScopeName),
            ],
        };
    }

    /// <summary>The slice of a cap that this node holds is used up, and only the database knows the rest.</summary>
    public static GatewayError Unknown(SpendCap cap) => new(GatewayErrorKind.Overloaded,
        $"What is left of the {cap.Subject.ScopeName}'s cap cannot be found out while HiWay's database is away, and HiWay makes no call that could pass a cap. Try again shortly.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>The call's own limit does not allow it.</summary>
    public static GatewayError TooDear(decimal worst, decimal limit) => new(GatewayErrorKind.BudgetExceeded,
        $"This call could cost up to {Usd(worst)} USD, more than its 'hiway.max_cost_usd' of {Usd(limit)}. Lower max_tokens, or raise the limit.", "hiway.max_cost_usd")
    {
        Details = [new("verdict", BudgetVerdict.Block.Text()), new("cap_usd", limit), new("estimated_usd", worst), new("spent_usd", 0m), new("reset_at", null), new("scope", "request")],
    };

    /// <summary>Short, but never 0 for what is not: a call can cost less than a millionth of a dollar, and so can its limit be.</summary>
    public static string Usd(decimal usd) => usd.ToString(usd < 0.001m ? "0.############" : "0.######", CultureInfo.InvariantCulture);
}
