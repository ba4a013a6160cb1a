using System.Globalization;
using HiWay.Infrastructure.Health;
using HiWay.Web.Components;

namespace HiWay.Web.Pages.Health;

/// <summary>One bar of a provider's history.</summary>
/// <param name="Height">0..1, from calls compared with the busiest bar.</param>
public sealed record HealthBar(DateTimeOffset At, Tone Tone, double HeightShare, HealthPoint? Point)
{
    public bool Empty => Point is null;

    public string Height => HeightShare.ToString("0.###", CultureInfo.InvariantCulture);

    public string Hint(DisplayZone zone)
    {
        var at = zone.Local(At).ToString("ddd HH:mm", CultureInfo.InvariantCulture);
        return Point is not { } point ? $"{at}: no calls"
            : $"{at}: {point.Calls} calls, {point.Failed} failed, {point.RateLimited} rate limited{(point.LatencyMs is { } ms ? $", {Format.Duration(ms)}" : "")}{(point.Down ? ", left alone for a time" : "")}";
    }
}

/// <summary>What the health board shows.</summary>
public static class HealthView
{
    /// <summary>Even a single call is to be seen.</summary>
    private const double LeastHeight = 0.18;

    public static readonly (string Key, string Text)[] Ranges = [("hour", "Hour"), ("day", "Day"), ("week", "Week")];

    public static (string Key, HealthRange Range) RangeOf(string? key) => key switch
    {
        "hour" => ("hour", HealthRange.Hour),
        "week" => ("week", HealthRange.Week),
        _ => ("day", HealthRange.Day),
    };

    public static Tone Tone(string status) => status switch
    {
        "up" => Components.Tone.Good,
        "degraded" => Components.Tone.Warn,
        "down" => Components.Tone.Bad,
        _ => Components.Tone.Neutral,
    };

    public static string Status(string status) => status == "idle" ? "no recent calls" : status;

    public static Tone CircuitTone(string state) => state switch
    {
        "closed" => Components.Tone.Good,
        "half_open" => Components.Tone.Info,
        "cooling" => Components.Tone.Warn,
        _ => Components.Tone.Bad,
    };

    /// <summary>How a deployment stands, in words.</summary>
    public static string Circuit(DeploymentHealthView one, DateTimeOffset now) => one.State switch
    {
        "closed" => "in use",
        "half_open" => "the next call tries it",
        "cooling" => $"resting{Wait(one, now)}",
        _ => $"left alone{Wait(one, now)}",
    };

    public static string Summary(ProviderHealthView provider)
    {
        var (calls, failed, limited) = (provider.History.Sum(point => point.Calls), provider.History.Sum(point => point.Failed), provider.History.Sum(point => point.RateLimited));
        return calls == 0
            ? "No calls in this time"
            : $"{Format.Count(calls)} {(calls == 1 ? "call" : "calls")} in this time, "
                + (failed == 0 ? "none failed" : $"{Format.Count(failed)} failed ({Format.Percent((double)failed / calls)})")
                + (limited == 0 ? "" : $", {Format.Count(limited)} rate limited");
    }

    /// <summary>One bar for every stretch of the range, those without calls included.</summary>
    public static IReadOnlyList<HealthBar> Bars(ProviderHealthView provider, HealthBoard board)
    {
        var points = provider.History.ToDictionary(point => point.At.UtcTicks);
        var most = Math.Max(1, provider.History.Select(point => point.Calls).DefaultIfEmpty(1).Max());
        var bars = new List<HealthBar>();
        for (var at = board.From; at < board.To; at += TimeSpan.FromSeconds(board.IntervalSeconds))
        {
            bars.Add(points.TryGetValue(at.UtcTicks, out var point)
                ? new(at, ToneOf(point), LeastHeight + ((1 - LeastHeight) * point.Calls / most), point)
                : new(at, Components.Tone.Neutral, LeastHeight, null));
        }

        return bars;
    }

    /// <summary>What the colours of the strip mean, in the order of its legend.</summary>
    public static readonly (Tone Tone, string Text)[] Legend =
        [(Components.Tone.Good, "all answered"), (Components.Tone.Warn, "some failed or were rate limited"), (Components.Tone.Bad, "half or more failed, or left alone")];

    /// <summary>The strip for those who hear the page.</summary>
    public static string Spoken(ProviderHealthView provider, HealthBoard board) =>
        $"{Summary(provider)}; left alone in {provider.History.Count(point => point.Down)} of {Bars(provider, board).Count} stretches.";

    private static Tone ToneOf(HealthPoint point) =>
        point.Down || (point.Failed > 0 && point.Failed * 2 >= point.Calls) ? Components.Tone.Bad
        : point.Failed > 0 || point.RateLimited > 0 ? Components.Tone.Warn
        : Components.Tone.Good;

    private static string Wait(DeploymentHealthView one, DateTimeOffset now) =>
        one.Until is { } until && until > now ? $" for {Format.Duration((until - now).TotalMilliseconds)}" : "";
}
