using System.Globalization;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Components.Charts;

namespace HiWay.Web.Components;

/// <summary>The time a page looks at, as it stands in the address: <c>?range=7d</c>, or <c>?from=…&amp;to=…</c> in ISO-8601 UTC.</summary>
/// <param name="Preset">A key of <see cref="Presets"/>; null for a custom range.</param>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive; for a preset this is "now" and moves on.</param>
public sealed record DateRange(string? Preset, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>No custom range is longer: roll-ups by day are kept 13 months.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    public static IReadOnlyList<(string Key, string Text, TimeSpan Length)> Presets { get; } =
    [
        ("1h", "1 h", TimeSpan.FromHours(1)),
        ("24h", "24 h", TimeSpan.FromHours(24)),
        ("7d", "7 d", TimeSpan.FromDays(7)),
        ("30d", "30 d", TimeSpan.FromDays(30)),
    ];

    /// <summary>Minutes up to six hours, hours up to eight days, then days.</summary>
    public UsageInterval Interval => (To - From) switch
    {
        var length when length <= TimeSpan.FromHours(6) => UsageInterval.Minute,
        var length when length <= TimeSpan.FromDays(8) => UsageInterval.Hour,
        _ => UsageInterval.Day,
    };

    public bool IsLive => Preset is not null;

    /// <summary>For captions: last 24 hours, or the dates.</summary>
    public string Text(DisplayZone zone) => Preset switch
    {
        "1h" => "Last hour",
        "24h" => "Last 24 hours",
        "7d" => "Last 7 days",
        "30d" => "Last 30 days",
        _ => $"{zone.Local(From).ToString("d MMM, HH:mm", CultureInfo.InvariantCulture)} – {zone.Local(To).ToString("d MMM, HH:mm", CultureInfo.InvariantCulture)}",
    };

    /// <summary>The range before this one, for comparisons.</summary>
    public DateRange Before => new(null, From - (To - From), From);

    /// <summary>Reads the address. What cannot be understood falls back on the preset <paramref name="otherwise"/>.</summary>
    public static DateRange Parse(string? range, string? from, string? to, DateTimeOffset now, string otherwise = "24h")
    {
        if (Instant(from) is { } start && start < now)
        {
            var end = Instant(to) is { } stop && stop > start && stop <= now ? stop : now;
            return new(null, end - start > Longest ? end - Longest : start, end);
        }

        var preset = Presets.FirstOrDefault(one => one.Key == range);
        if (preset.Key is null)
        {
            preset = Presets.First(one => one.Key == otherwise);
        }

        // From the start of a bucket, so that the first one is whole; the last one is the running one.
        var interval = new DateRange(preset.Key, now - preset.Length, now).Interval;
        var begin = TimeAxis.Floor(now, interval) - preset.Length + TimeAxis.LengthOf(interval);
        return new(preset.Key, begin, now);
    }

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) ? instant : null;
}
