using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using HiWay.Web.Components.Charts;

namespace HiWay.Web.Pages.Usage;

/// <summary>What the timeline shows.</summary>
public enum UsageMeasure { Cost, Requests, Tokens, Savings, Errors, Latency }

/// <summary>A row of the table: one group, or the sum of them all.</summary>
public sealed record UsageRow(string Id, string Name, UsageTotals Totals, double? ErrorRate, string? RequestsHref);

/// <summary>What the Usage page shows, computed from one grouped report.</summary>
public sealed record UsageView(UsageReport Report, IReadOnlyList<DateTimeOffset> Buckets, IReadOnlyList<UsageRow> Rows)
{
    /// <summary>More lines than this cannot be told apart; the rest is summed up.</summary>
    private const int MostSeries = 7;

    public static UsageView Of(UsageReport report) => new(
        report, UsageSeries.BucketsOf(report),
        [
            .. report.Groups.Select(group => new UsageRow(
                group.Group ?? "", NameOf(group.Group, group.GroupLabel, report.Query.GroupBy), group.Totals,
                Format.Share(group.Totals.Errors, group.Totals.Requests), HrefOf(group.Group, report.Query.GroupBy))),
        ]);

    public static ChartKind KindOf(UsageMeasure measure, int series) => measure switch
    {
        UsageMeasure.Latency => ChartKind.Line,
        UsageMeasure.Tokens => ChartKind.StackedBars,
        _ => series > 1 ? ChartKind.StackedBars : ChartKind.Area,
    };

    /// <summary>The lines or layers of a measure: tokens by bucket, latency by percentile, everything else by group.</summary>
    public IReadOnlyList<ChartSeries> SeriesOf(UsageMeasure measure) => measure switch
    {
        UsageMeasure.Tokens =>
        [
            Summed("Input", 1, sums => sums.InputTokens), Summed("Cache read", 5, sums => sums.CacheReadTokens), Summed("Cache write", 4, sums => sums.CacheWriteTokens),
            Summed("Output", 2, sums => sums.OutputTokens), Summed("Reasoning", 3, sums => sums.ReasoningTokens),
        ],
        UsageMeasure.Latency =>
        [
            Measured("p50", 2, sums => sums.LatencyP50Ms), Measured("p95", 3, sums => sums.LatencyP95Ms), Measured("p99", 6, sums => sums.LatencyP99Ms),
        ],
        UsageMeasure.Cost => ByGroup(sums => (double)sums.CostUsd),
        UsageMeasure.Requests => ByGroup(sums => sums.Requests),
        UsageMeasure.Savings => ByGroup(sums => (double)sums.SavingsUsd),
        UsageMeasure.Errors => ByGroup(sums => sums.Errors),
    };

    public static string Value(UsageMeasure measure, double value) => measure switch
    {
        UsageMeasure.Cost or UsageMeasure.Savings => Format.Money((decimal)value),
        UsageMeasure.Latency => Format.Duration(value),
        _ => Format.Count((long)value),
    };

    public static string Axis(UsageMeasure measure, double value) => measure switch
    {
        UsageMeasure.Cost or UsageMeasure.Savings => Format.MoneyShort((decimal)value),
        UsageMeasure.Latency => Format.Duration(value),
        _ => Format.Short(value),
    };

    public static bool IsWhole(UsageMeasure measure) => measure is UsageMeasure.Requests or UsageMeasure.Tokens or UsageMeasure.Errors;

    private static string NameOf(string? group, string? label, UsageGrouping by) => string.IsNullOrEmpty(group)
        ? by switch { UsageGrouping.Key => "Playground and tests", UsageGrouping.Model or UsageGrouping.Provider => "No provider called", UsageGrouping.Tier => "Not routed", _ => "None" }
        : by is UsageGrouping.Tier ? Format.Tier(group) : label ?? group;

    private static string? HrefOf(string? group, UsageGrouping by) => string.IsNullOrEmpty(group) ? null : by switch
    {
        UsageGrouping.Model => $"/requests?model={Uri.EscapeDataString(group)}",
        UsageGrouping.Key => $"/requests?key={Uri.EscapeDataString(group)}",
        UsageGrouping.Provider => $"/requests?provider={Uri.EscapeDataString(group)}",
        UsageGrouping.Tier => $"/requests?tier={Uri.EscapeDataString(group)}",
        UsageGrouping.Tag => $"/requests?tag={Uri.EscapeDataString(group)}",
        UsageGrouping.User => $"/requests?user={Uri.EscapeDataString(group)}",
        UsageGrouping.None => null,
    };

    /// <summary>All groups together, bucket by bucket.</summary>
    private ChartSeries Summed(string name, int color, Func<UsageTotals, double> value) =>
        new(name, color, Sum(Report.Series, value));

    // Percentiles cannot be added up, so latency is read ungrouped: the page asks for it that way.
    private ChartSeries Measured(string name, int color, Func<UsageTotals, double?> value) =>
        new(name, color, UsageSeries.Measures(Report.Series, Buckets, value));

    private IReadOnlyList<ChartSeries> ByGroup(Func<UsageTotals, double> value)
    {
        if (Report.Query.GroupBy is UsageGrouping.None)
        {
            return [Summed("All", 1, value)];
        }

        var largest = Rows.Where(row => value(row.Totals) > 0).OrderByDescending(row => value(row.Totals)).ToList();
        var named = largest.Take(largest.Count > MostSeries ? MostSeries : largest.Count).ToList();
        List<ChartSeries> series = [.. named.Select((row, i) => new ChartSeries(row.Name, i + 1, Sum(Report.Series.Where(point => (point.Group ?? "") == row.Id), value)))];
        if (largest.Count > named.Count)
        {
            var ids = named.Select(row => row.Id).ToHashSet();
            series.Add(new($"{ChartSlices.Others} ({largest.Count - named.Count})", 8, Sum(Report.Series.Where(point => !ids.Contains(point.Group ?? "")), value)));
        }

        return series.Count > 0 ? series : [Summed("All", 1, value)];
    }

    private IReadOnlyList<double?> Sum(IEnumerable<UsagePoint> points, Func<UsageTotals, double> value)
    {
        var at = new Dictionary<DateTimeOffset, int>(Buckets.Count);
        var sums = new double?[Buckets.Count];
        for (var i = 0; i < sums.Length; i++)
        {
            (at[Buckets[i]], sums[i]) = (i, 0);
        }

        foreach (var point in points)
        {
            if (at.TryGetValue(point.Start, out var index))
            {
                sums[index] += value(point.Totals);
            }
        }

        return sums;
    }
}
