using HiWay.Domain.Budgets;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Sets the worst case of the call aside against every cap in scope, so that parallel calls cannot pass one together. Waits for
/// the database only when this node's slice of a cap is used up.
/// </summary>
internal sealed class Reserve(SpendLedger ledger)
{
    public ValueTask<GatewayError?> RunAsync(GatewayCall call)
    {
        if (call.Spend is not { } scope)
        {
            call.Record("reserve", "costs nothing");
            return default;
        }

        var limit = call.Body.Extras.MaxCostUsd;
        var matters = scope.Capped || limit is not null;
        if (matters && !WorstCase.IsBounded(call))
        {
            call.Record("reserve", "refused");
            return new(Unbounded(scope, limit));
        }

        var worst = matters ? WorstCase.OfDearest(call) : 0m;
        if (worst > limit)
        {
            call.Record("reserve", "refused");
            return new(BudgetErrors.TooDear(worst, limit.Value));
        }

        var reserved = ledger.ReserveAsync(scope, worst, call.ArrivedAt);
        return reserved.IsCompletedSuccessfully ? new(Take(call, reserved.Result, worst)) : AfterAsync(call, reserved, worst);
    }

    /// <summary>
    /// Before a further attempt: what failed ones have cost already comes on top of the next one's worst case. Nearly always
    /// they cost nothing, and nothing happens. False when a cap or the call's own limit does not allow it.
    /// </summary>
    public async ValueTask<bool> ExtendAsync(GatewayCall call, Deployment next)
    {
        var limit = call.Body.Extras.MaxCostUsd;
        if (call.Spend is not { } scope || (!scope.Capped && limit is null))
        {
            return true;
        }

        var worst = WorstCase.Paid(call) + WorstCase.Of(call, next);
        if (worst > limit)
        {
            return false;
        }

        var missing = scope.Capped ? worst - call.ReservedUsd : 0m;
        if (missing <= 0m)
        {
            return true;
        }

        var outcome = await ledger.ReserveAsync(scope, missing, call.ArrivedAt);
        if (outcome.Granted is not { } further)
        {
            return false;
        }

        (call.FurtherReservations ??= []).Add(further);
        call.ReservedUsd += missing;
        return true;
    }

    private static async ValueTask<GatewayError?> AfterAsync(GatewayCall call, ValueTask<ReserveOutcome> reserved, decimal worst) =>
        Take(call, await reserved, worst);

    private static GatewayError? Take(GatewayCall call, in ReserveOutcome outcome, decimal worst)
    {
        call.Reservation = outcome.Granted;
        call.ReservedUsd = worst;
        call.Record("reserve", outcome.Granted is null ? "refused" : call.Spend!.Capped ? $"{BudgetErrors.Usd(worst)} USD set aside" : "no cap");
        return outcome.Refused is { } refused ? BudgetErrors.Exceeded(refused, worst)
            : outcome.Unknown is { } unknown ? BudgetErrors.Unknown(unknown)
            : null;
    }

    private static GatewayError Unbounded(SpendScope scope, decimal? limit) => new(GatewayErrorKind.BudgetExceeded,
        "What this call could cost has no bound that HiWay can see, so it is not made where a cap is set. Name a model with a price and a limit of output, use a route that HiWay models, or use a key without a cap.")
    {
        Details =
        [
            new("verdict", BudgetVerdict.Block.Text()), new("cap_usd", scope.Capped ? scope.Caps[0].CapUsd : limit), new("spent_usd", 0m), new("reset_at", null),
            new("scope", scope.Capped ? scope.Caps[0].Subject.ScopeName : "request"),
        ],
    };
}
