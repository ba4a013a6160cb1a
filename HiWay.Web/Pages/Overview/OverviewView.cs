using System.Globalization;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using HiWay.Web.Components.Charts;
using HiWay.Web.Pages.Requests;

namespace HiWay.Web.Pages.Overview;

/// <summary>A tile's content.</summary>
public sealed record OverviewTile(string Label, string Value, string? Note, double? Delta, bool? UpIsGood, IReadOnlyList<double?> Spark, int Color, string Hint, string? DeltaText = null);

/// <summary>What the Overview shows, computed from reports.</summary>
public sealed record OverviewView(
    UsageInterval Interval, IReadOnlyList<DateTimeOffset> Buckets, IReadOnlyList<OverviewTile> Tiles,
    IReadOnlyList<double?> Cost, IReadOnlyList<double?> Requests, IReadOnlyList<double?> Tokens,
    IReadOnlyList<ChartSlice> TopModels, IReadOnlyList<ChartSlice> TopKeys, bool RankedByCost, long Unpriced)
{
    private const int Named = 6;

    /// <param name="now">The range, ungrouped.</param>
    /// <param name="before">The totals of the same length of time before it; null when they could not be read.</param>
    public static OverviewView Of(UsageReport now, UsageTotals? before, UsageReport byModel, UsageReport byKey)
    {
        var buckets = UsageSeries.BucketsOf(now);
        var totals = now.Totals;

        // A workspace that only made free calls is ranked by requests: bars of zero dollars say nothing.
        var byCost = totals.CostUsd > 0;
        return new(
            now.Query.Interval, buckets, TilesOf(now, before, buckets),
            UsageSeries.Sums(now.Series, buckets, sums => (double)sums.CostUsd),
            UsageSeries.Sums(now.Series, buckets, sums => sums.Requests),
            UsageSeries.Sums(now.Series, buckets, AllTokens),
            Rank(byModel, byCost, "model"), Rank(byKey, byCost, "key"), byCost, totals.UnpricedRequests);
    }

    public static double AllTokens(UsageTotals sums) =>
        sums.InputTokens + sums.OutputTokens + sums.CacheReadTokens + sums.CacheWriteTokens + sums.ReasoningTokens;

    /// <summary>How a call that was just metered looks in the log; the key's name is not part of the event.</summary>
    public static RequestRow Row(UsageEvent usage, string? keyName) => new()
    {
        Id = usage.Id,
        CreatedAt = usage.CreatedAt,
        KeyId = usage.KeyId,
        KeyName = keyName,
        EndUser = usage.EndUser,
        Dialect = usage.Dialect,
        RequestedModel = usage.RequestedModel,
        Model = usage.Model,
        Provider = usage.Provider,
        Tier = usage.Tier,
        Status = usage.Status,
        ErrorCode = usage.ErrorCode,
        Streamed = usage.Streamed,
        EndReason = usage.EndReason.Text(),
        InputTokens = usage.Usage.TotalInput - usage.Usage.CacheRead - usage.Usage.CacheWrite5m - usage.Usage.CacheWrite1h,
        OutputTokens = usage.Usage.TotalOutput - usage.Usage.Reasoning,
        CacheReadTokens = usage.Usage.CacheRead,
        CacheWriteTokens = usage.Usage.CacheWrite5m + usage.Usage.CacheWrite1h,
        ReasoningTokens = usage.Usage.Reasoning,
        CostUsd = usage.CostUsd,
        BaselineUsd = usage.BaselineUsd,
        SavingsUsd = usage.SavingsUsd,
        Unpriced = usage.Unpriced,
        LatencyMs = usage.LatencyMs,
        TtftMs = usage.TtftMs,
        OverheadMs = usage.OverheadMs,
        Attempts = usage.Attempts.Count,
        CacheHit = usage.CacheHit,
        Tags = usage.Tags,
    };

    private static IReadOnlyList<OverviewTile> TilesOf(UsageReport now, UsageTotals? before, IReadOnlyList<DateTimeOffset> buckets)
    {
        var totals = now.Totals;
        var errorRate = Format.Share(totals.Errors, totals.Requests);

        // A rate changes by points: from 3% to 4% is one point, not a third.
        var points = errorRate - (before is null ? null : Format.Share(before.Errors, before.Requests));
        return
        [
            new("Requests", Format.Tokens(totals.Requests), $"{Format.Tokens((long)AllTokens(totals))} tokens",
                Change(totals.Requests, before?.Requests), null, UsageSeries.Sums(now.Series, buckets, sums => sums.Requests), 1, "Calls that reached the gateway, refused ones included"),
            new("Cost", Format.Money(totals.CostUsd), totals.UnpricedRequests > 0 ? $"{Format.Count(totals.UnpricedRequests)} without a known price" : "US dollars",
                Change((double)totals.CostUsd, (double?)before?.CostUsd), false, UsageSeries.Sums(now.Series, buckets, sums => (double)sums.CostUsd), 1, "What the providers charge for these calls"),
            new("Savings", Format.Money(totals.SavingsUsd), $"of {Format.Money(totals.BaselineUsd)} on the flagship",
                Change((double)totals.SavingsUsd, (double?)before?.SavingsUsd), true, UsageSeries.Sums(now.Series, buckets, sums => (double)sums.SavingsUsd), 2, "The same tokens on the flagship model, minus what was paid"),
            new("Error rate", Format.Percent(errorRate), $"{Format.Count(totals.Errors)} of {Format.Count(totals.Requests)}",
                points, false, UsageSeries.Measures(now.Series, buckets, sums => Format.Share(sums.Errors, sums.Requests)), 6, "Calls that did not end with an answer", points is { } change ? $"{Math.Abs(change * 100).ToString("0.#", CultureInfo.InvariantCulture)} pts" : null),
            new("Latency", Format.Duration(totals.LatencyP50Ms), totals.LatencyP95Ms is { } p95 ? $"median; 95% within {Format.Duration(p95)}" : "median",
                Change(totals.LatencyP50Ms ?? 0, before?.LatencyP50Ms), false, UsageSeries.Measures(now.Series, buckets, sums => sums.LatencyP50Ms), 4, "From the first byte in to the last byte out"),
        ];
    }

    /// <summary>Relative change; null when there is nothing to compare with.</summary>
    internal static double? Change(double now, double? before) => before is null or 0 ? null : (now - before.Value) / before.Value;

    private static IReadOnlyList<ChartSlice> Rank(UsageReport report, bool byCost, string filter) => ChartSlices.Largest(
        report.Groups.Select(group => (
            group.GroupLabel ?? group.Group ?? "none",
            byCost ? (double)group.Totals.CostUsd : group.Totals.Requests,
            group.Group is null ? null : (string?)$"/requests?{filter}={Uri.EscapeDataString(group.Group)}")),
        Named);
}
