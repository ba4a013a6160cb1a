using System.Globalization;
using HiWay.Infrastructure.Metering;

namespace HiWay.Web.Components.Charts;

/// <summary>A label below a chart.</summary>
/// <param name="Index">The bucket it names.</param>
public sealed record TimeTick(int Index, string Text);

/// <summary>Buckets of time without holes, and where labels go.</summary>
public static class TimeAxis
{
    private static readonly TimeSpan[] s_steps =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(3), TimeSpan.FromHours(4), TimeSpan.FromHours(6), TimeSpan.FromHours(12),
        TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(3), TimeSpan.FromDays(5), TimeSpan.FromDays(7), TimeSpan.FromDays(14), TimeSpan.FromDays(30), TimeSpan.FromDays(60), TimeSpan.FromDays(90),
    ];

    public static TimeSpan LengthOf(UsageInterval interval) => interval switch
    {
        UsageInterval.Minute => TimeSpan.FromMinutes(1),
        UsageInterval.Hour => TimeSpan.FromHours(1),
        UsageInterval.Day => TimeSpan.FromDays(1),
    };

    /// <summary>The start of the bucket that holds an instant; UTC, as the roll-ups are.</summary>
    public static DateTimeOffset Floor(DateTimeOffset instant, UsageInterval interval)
    {
        var length = LengthOf(interval).Ticks;
        var ticks = instant.UtcTicks;
        return new(ticks - ticks % length, TimeSpan.Zero);
    }

    /// <summary>Every bucket that begins in [floor(from), to).</summary>
    public static IReadOnlyList<DateTimeOffset> Buckets(DateTimeOffset from, DateTimeOffset to, UsageInterval interval)
    {
        List<DateTimeOffset> starts = [];
        var length = LengthOf(interval);
        for (var start = Floor(from, interval); start < to; start += length)
        {
            starts.Add(start);
        }

        return starts;
    }

    /// <summary>At most <paramref name="most"/> labels at round times of the reader's zone: 06:00, 12:00, and the date where a day begins.</summary>
    public static IReadOnlyList<TimeTick> Ticks(IReadOnlyList<DateTimeOffset> buckets, UsageInterval interval, DisplayZone zone, int most = 8)
    {
        if (buckets.Count == 0)
        {
            return [];
        }

        var length = LengthOf(interval);
        var whole = length * buckets.Count;
        var step = s_steps[^1];
        foreach (var candidate in s_steps)
        {
            if (candidate >= length && whole / candidate <= most)
            {
                step = candidate;
                break;
            }
        }

        // Days are UTC days, so their labels are too.
        var labels = interval is UsageInterval.Day ? DisplayZone.Utc : zone;
        var rhythm = (int)(step / length);
        List<TimeTick> ticks = [];
        for (var i = 0; i < buckets.Count; i++)
        {
            var local = labels.Local(buckets[i]);
            var isRound = interval is UsageInterval.Day
                ? i % rhythm == 0
                : step >= TimeSpan.FromDays(1) ? local.TimeOfDay < length && (local.Date - DateTime.MinValue).Days % step.Days == 0 : local.TimeOfDay.Ticks % step.Ticks < length.Ticks;
            if (isRound)
            {
                ticks.Add(new(i, local.ToString(local.TimeOfDay < length ? "d MMM" : "HH:mm", CultureInfo.InvariantCulture)));
            }
        }

        return ticks;
    }

    /// <summary>A bucket in words, for tooltips and tables.</summary>
    public static string Name(DateTimeOffset start, UsageInterval interval, DisplayZone zone)
    {
        if (interval is UsageInterval.Day)
        {
            return start.UtcDateTime.ToString("ddd d MMM yyyy", CultureInfo.InvariantCulture) + " (UTC)";
        }

        var local = zone.Local(start);
        var end = zone.Local(start + LengthOf(interval));
        return string.Create(CultureInfo.InvariantCulture, $"{local:ddd d MMM, HH:mm}–{end:HH:mm}");
    }
}
