using System.Globalization;
using HiWay.Infrastructure.Keys;

namespace HiWay.Web.Pages.Keys;

/// <summary>Which keys the list shows.</summary>
public sealed record KeyFilter(string Search, string Status)
{
    /// <summary>Offered states, as the address spells them; <c>current</c> is all but revoked and expired.</summary>
    public static IReadOnlyList<(string Value, string Text)> Statuses { get; } =
        [("current", "Current"), ("active", "Active"), ("suspended", "Suspended"), ("ended", "Revoked and expired"), ("all", "All")];

    public static KeyFilter Of(string? search, string? status) =>
        new(search?.Trim() ?? "", Statuses.Any(s => s.Value == status) ? status! : "current");

    public bool Shows(KeyView key) => (Status switch
    {
        "active" => key.Status is "active",
        "suspended" => key.Status is "suspended",
        "ended" => key.Status is "revoked" or "expired",
        "all" => true,
        _ => key.Status is not ("revoked" or "expired"),
    }) && (Search.Length == 0
        || key.Name.Contains(Search, StringComparison.OrdinalIgnoreCase)
        || key.Prefix.StartsWith(Search, StringComparison.OrdinalIgnoreCase)
        || key.Tags.Any(tag => tag.Contains(Search, StringComparison.OrdinalIgnoreCase)));
}

/// <summary>Keys in words.</summary>
public static class KeysView
{
    /// <summary>Limits of one key, shortest first reading: <c>60 req/min</c>; empty when there are none.</summary>
    public static IReadOnlyList<string> Limits(KeyView key)
    {
        List<string> limits = [];
        if (key.Rpm is { } rpm)
        {
            limits.Add($"{Short(rpm)} req/min");
        }

        if (key.Tpm is { } tpm)
        {
            limits.Add($"{Short(tpm)} tok/min");
        }

        if (key.Rpd is { } rpd)
        {
            limits.Add($"{Short(rpd)} req/day");
        }

        if (key.Concurrency is { } concurrency)
        {
            limits.Add($"{Short(concurrency)} at once");
        }

        return limits;
    }

    public static IReadOnlyList<string> Caps(KeyView key)
    {
        List<string> caps = [];
        if (key.DailyCapUsd is { } daily)
        {
            caps.Add($"{Usd(daily)} a day");
        }

        if (key.MonthlyCapUsd is { } monthly)
        {
            caps.Add($"{Usd(monthly)} a month");
        }

        return caps;
    }

    /// <summary>What else sets a key apart.</summary>
    public static IReadOnlyList<string> Rules(KeyView key)
    {
        List<string> rules = [];
        if (key.AllowedModels is { } allowed)
        {
            rules.Add(allowed.Count == 1 ? allowed[0] : $"{allowed.Count} models");
        }

        if (key.RouterBypass)
        {
            rules.Add("router bypass");
        }

        if (!key.Fallback)
        {
            rules.Add("no fallback");
        }

        if (key.RoutingProfile is { } profile)
        {
            rules.Add($"{profile} profile");
        }

        return rules;
    }

    /// <summary>Whole thousands and millions short, everything else in full: 1500 stays 1,500.</summary>
    public static string Short(int number) => number switch
    {
        >= 1_000_000 when number % 1_000_000 == 0 => $"{number / 1_000_000}M",
        >= 10_000 when number % 1_000 == 0 => $"{number / 1_000}k",
        _ => number.ToString("N0", CultureInfo.InvariantCulture),
    };

    private static string Usd(decimal usd) => "$" + usd.ToString(usd == decimal.Truncate(usd) ? "N0" : "N2", CultureInfo.InvariantCulture);
}
