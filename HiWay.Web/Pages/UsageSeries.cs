using HiWay.Infrastructure.Metering;
using HiWay.Web.Components.Charts;

namespace HiWay.Web.Pages;

/// <summary>Lays a report's points, which name only buckets with requests, onto an unbroken axis of time.</summary>
public static class UsageSeries
{
    /// <summary>Counts and money: a bucket without requests is zero.</summary>
    public static IReadOnlyList<double?> Sums(IEnumerable<UsagePoint> points, IReadOnlyList<DateTimeOffset> buckets, Func<UsageTotals, double> value) =>
        Lay(points, buckets, totals => value(totals), empty: 0);

    /// <summary>Latencies and rates: a bucket without requests is a gap.</summary>
    public static IReadOnlyList<double?> Measures(IEnumerable<UsagePoint> points, IReadOnlyList<DateTimeOffset> buckets, Func<UsageTotals, double?> value) =>
        Lay(points, buckets, value, empty: null);

    /// <summary>The buckets of a report's own query.</summary>
    public static IReadOnlyList<DateTimeOffset> BucketsOf(UsageReport report) => TimeAxis.Buckets(report.Query.From, report.Query.To, report.Query.Interval);

    private static IReadOnlyList<double?> Lay(IEnumerable<UsagePoint> points, IReadOnlyList<DateTimeOffset> buckets, Func<UsageTotals, double?> value, double? empty)
    {
        var at = new Dictionary<DateTimeOffset, int>(buckets.Count);
        var laid = new double?[buckets.Count];
        for (var i = 0; i < buckets.Count; i++)
        {
            at[buckets[i]] = i;
            laid[i] = empty;
        }

        foreach (var point in points)
        {
            if (at.TryGetValue(point.Start, out var index))
            {
                laid[index] = value(point.Totals);
            }
        }

        return laid;
    }
}
