using HiWay.Domain.Catalogue;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Limits;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Gateway.Guardian;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;
using HiWay.Web.Telemetry;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// What the call cost, written to the journal before its last byte leaves. Runs exactly once per authenticated call, whatever
/// happened to it; tokens are owed even when the client has left.
/// </summary>
internal sealed class Settle(IUsageJournal journal, SpendLedger ledger, RateWindows limits, GuardianAfterwards guardian, GatewayTelemetry telemetry, TimeProvider time, ILogger<Settle> log)
{
    private readonly RareNotices _unpriced = new(TimeSpan.FromHours(1), time);

    /// <exception cref="IOException">The journal refuses; the caller must not get an answer that was not metered.</exception>
    public void Run(GatewayCall call)
    {
        if (call.Settled)
        {
            return;
        }

        call.Settled = true;
        if (!call.Authenticated)
        {
            return;
        }

        Price(call);
        guardian.Run(call);
        if (call.Reservation is { } reservation)
        {
            ledger.Settle(reservation, call.Cost.Usd);
            foreach (var further in call.FurtherReservations ?? [])
            {
                ledger.Release(further);
            }
        }

        if (call.Spend is { Capped: true } scope)
        {
            call.Budget = ledger.Strictest(scope, call.ArrivedAt);
        }

        var usage = call.Attempts.Count == 1 ? call.Attempts[0].Usage : Total(call);
        if (call.Admission is { } admission)
        {
            limits.End(call.Key.Id, admission, call.EstimatedTokens, usage.TotalInput + usage.TotalOutput);
        }

        if (call.FreeAdmission is { } free)
        {
            limits.End(GuardFree.SubjectOf(call), free, 0, 0);
        }

        if (call.OverheadMs <= 0)
        {
            call.OverheadMs = OwnShare(call);   // no answer has begun
        }

        var row = Describe(call, usage);
        journal.Append(row);
        UnderWay.Close(call, journal);
        telemetry.Record(row);
        GatewayLog.Closed(log, row.Id, row.WorkspaceId, row.KeyId, row.Model, row.Status, usage.TotalInput, usage.TotalOutput, row.CostUsd, row.LatencyMs);
        if (call.Cost.Unpriced && (row.Model ?? row.RequestedModel) is var model && _unpriced.IsDue(model))
        {
            GatewayLog.Unpriced(log, row.Id, model);
        }
    }

    /// <summary>Cost of every attempt that ran, and of the same tokens on the flagship.</summary>
    private static void Price(GatewayCall call)
    {
        var cost = default(Cost);
        foreach (var attempt in call.Attempts)
        {
            attempt.Cost = PriceRules.CostOf(attempt.Usage, attempt.Deployment.Model, call.ArrivedAt);
            cost += attempt.Cost;
        }

        call.Cost = cost;

        // The flagship would have been paid for the same tokens; searches and pictures it sells otherwise or not at all.
        var answered = call.LastAttempt is { Failure: null } last ? last.Usage with { Units = default } : default;
        call.BaselineUsd = call.Key.IsTest ? 0m
            : call.Operation is not null ? cost.Usd   // no chat model would have done this instead
            : call.Workspace.Flagship is { } flagship && PriceRules.CostOf(answered, flagship, call.ArrivedAt) is { Unpriced: false } baseline ? baseline.Usd
            : cost.Usd;
    }

    private static TokenUsage Total(GatewayCall call)
    {
        var total = default(TokenUsage);
        foreach (var attempt in call.Attempts)
        {
            total += attempt.Usage;
        }

        return total;
    }

    private static UsageEvent Describe(GatewayCall call, TokenUsage usage)
    {
        var last = call.LastAttempt;
        var route = call.HasRoute ? call.Route : null;
        return new UsageEvent
        {
            Id = call.RequestId,
            CreatedAt = call.ArrivedAt,
            WorkspaceId = call.Workspace.Id,
            KeyId = call.KeyId,
            EndUser = call.EndUserName,
            Dialect = call.Dialect,
            UpstreamDialect = last is { Failure: null } ? last.UpstreamDialectName : null,
            RequestedModel = call.RequestedModel,
            Model = last?.Deployment.Model.Id,
            Provider = last?.Deployment.Provider.Slug,
            Tier = route?.RoutedTier,
            Status = call.Status,
            ErrorCode = call.Error is { } error ? ErrorEnvelope.CodeOf(error) : null,
            Streamed = call.Streamed,
            EndReason = call.EndReason,
            Usage = usage,
            CostUsd = call.Cost.Usd,
            BaselineUsd = call.BaselineUsd,
            Unpriced = call.Cost.Unpriced,
            UsageEstimated = call.Attempts.Exists(attempt => attempt.UsageEstimated),
            LatencyMs = Math.Round(call.ElapsedMs, 3),
            TtftMs = call.FirstContentAt == 0 ? null
                : Math.Round(System.Diagnostics.Stopwatch.GetElapsedTime(call.StartedAt, call.FirstContentAt).TotalMilliseconds, 3),
            OverheadMs = Math.Round(call.OverheadMs, 3),
            Score = route?.Score,
            Reason = route?.Reason,
            Decision = route?.Decision,
            Tags = call.Tags,
            Attempts = call.Attempts.ConvertAll(static attempt => attempt.ToRecord()),
            Stages = call.Trace,
            Dropped = last?.Dropped ?? [],
        };
    }

    /// <summary>Latency without the time that upstreams took.</summary>
    private static double OwnShare(GatewayCall call)
    {
        var upstream = 0.0;
        foreach (var attempt in call.Attempts)
        {
            upstream += attempt.LatencyMs;
        }

        return Math.Max(0, call.ElapsedMs - upstream);
    }

    /// <summary>An estimate for an attempt that was given up between a 200 and its first content: the provider had taken the prompt in and begun, and bills that much.</summary>
    public static void EstimateBegun(GatewayCall call, Attempt attempt)
    {
        if (attempt is { Status: 200, Usage.TotalInput: 0 } && call.Operation is not { CostsNothing: true })
        {
            Estimate(call, attempt, null, 0);
        }
    }

    /// <summary>An estimate for a stream whose upstream never told, or told only the beginning.</summary>
    public static void Estimate(GatewayCall call, Attempt attempt, TokenUsage? told, long contentBytes)
    {
        attempt.UsageEstimated = true;
        attempt.Usage = UsageEstimate.SoFar(told, call.PromptTokens, contentBytes) with { Lane = told?.Lane ?? (call.Operation is null ? call.Body.Lane : null) };
    }
}
