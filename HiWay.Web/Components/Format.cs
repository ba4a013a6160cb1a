using System.Globalization;

namespace HiWay.Web.Components;

/// <summary>How figures are written on every page. Invariant culture: a thin set of formats that cannot be misread.</summary>
public static class Format
{
    /// <summary>A dash for "no value", which is not zero.</summary>
    public const string None = "–";

    private const string Minus = "−";

    /// <summary>US dollars with as many places as the amount needs: $1,234.50, $0.0213, $0.000047, $0.</summary>
    public static string Money(decimal usd)
    {
        var size = Math.Abs(usd);
        var sign = usd < 0 ? Minus : "";
        if (size == 0)
        {
            return "$0";
        }

        if (size < 0.000001m)
        {
            return sign + "<$0.000001";
        }

        if (size >= 1m)
        {
            return sign + "$" + size.ToString("#,##0.00", CultureInfo.InvariantCulture);
        }

        // Three significant digits, and at least the two places that people expect of money.
        var places = 2;
        for (var limit = 1m; size < limit && places < 8; limit /= 10)
        {
            places++;
        }

        var text = size.ToString("0." + new string('0', 2) + new string('#', Math.Max(0, places - 2)), CultureInfo.InvariantCulture);
        return sign + "$" + text;
    }

    /// <summary>Money for axis labels: $0, $0.30, $0.002, $12, $1.2K.</summary>
    public static string MoneyShort(decimal usd) => Math.Abs(usd) >= 1000m
        ? "$" + Short((double)usd)
        : "$" + usd.ToString(usd == Math.Truncate(usd) ? "0" : "0.00######", CultureInfo.InvariantCulture);

    /// <summary>A count in full: 12,345.</summary>
    public static string Count(long count) => count.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>A count for tiles and axes: 950, 12.3K, 4.56M.</summary>
    public static string Short(double value)
    {
        var size = Math.Abs(value);
        return size switch
        {
            < 1_000 => value.ToString(size < 10 && value % 1 != 0 ? "0.##" : "0", CultureInfo.InvariantCulture),
            < 999_950 => Scaled(value / 1e3, "K"),
            < 999_950_000 => Scaled(value / 1e6, "M"),
            < 999_950_000_000 => Scaled(value / 1e9, "B"),
            _ => Scaled(value / 1e12, "T"),
        };

        static string Scaled(double scaled, string unit) => scaled.ToString(Math.Abs(scaled) < 100 ? "0.#" : "0", CultureInfo.InvariantCulture) + unit;
    }

    /// <summary>Tokens for tiles: as <see cref="Short"/>, exact below ten thousand.</summary>
    public static string Tokens(long tokens) => tokens < 10_000 ? Count(tokens) : Short(tokens);

    /// <summary>A span given in milliseconds: 0.84 ms, 840 ms, 1.24 s, 2 min 5 s.</summary>
    public static string Duration(double? milliseconds) => milliseconds switch
    {
        null => None,
        < 0.001 => "0 ms",
        < 1 => milliseconds.Value.ToString("0.##", CultureInfo.InvariantCulture) + " ms",
        < 10 => milliseconds.Value.ToString("0.#", CultureInfo.InvariantCulture) + " ms",
        < 1000 => milliseconds.Value.ToString("0", CultureInfo.InvariantCulture) + " ms",
        < 60_000 => (milliseconds.Value / 1000).ToString("0.##", CultureInfo.InvariantCulture) + " s",
        _ => $"{(long)(milliseconds.Value / 60_000)} min {(long)(milliseconds.Value % 60_000 / 1000)} s",
    };

    /// <summary>A span given in microseconds: 84 µs, 1.2 ms.</summary>
    public static string Micros(long micros) => micros < 1000 ? $"{micros} µs" : Duration(micros / 1000.0);

    /// <summary>A share of 0..1 as per cent: 0 %, 0.4 %, 12 %; null without a whole.</summary>
    public static string Percent(double? share) => share switch
    {
        null => None,
        0 => "0%",
        < 0.001 and > 0 => "<0.1%",
        _ => (share.Value * 100).ToString(Math.Abs(share.Value) < 0.1 ? "0.#" : "0", CultureInfo.InvariantCulture) + "%",
    };

    /// <summary>part / whole, null when the whole is zero.</summary>
    public static double? Share(double part, double whole) => whole == 0 ? null : part / whole;

    /// <summary>A time of day and date in the reader's zone: 21 Nov, 14:05:09; with the year when it is not this one.</summary>
    public static string Instant(DateTimeOffset instant, DisplayZone zone, DateTimeOffset now)
    {
        var local = zone.Local(instant);
        return local.ToString(local.Year == zone.Local(now).Year ? "d MMM, HH:mm:ss" : "d MMM yyyy, HH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>A calendar day in the reader's zone: 21 Nov 2026.</summary>
    public static string Day(DateTimeOffset instant, DisplayZone zone) => zone.Local(instant).ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>How long ago, as js/shell.js goes on counting it.</summary>
    public static string Ago(DateTimeOffset instant, DateTimeOffset now)
    {
        var seconds = (long)(now - instant).TotalSeconds;
        return seconds switch
        {
            < 5 => "just now",
            < 60 => $"{seconds} s ago",
            < 3600 => $"{seconds / 60} min ago",
            < 86_400 => $"{seconds / 3600} h ago",
            < 172_800 => "yesterday",
            _ => $"{seconds / 86_400} days ago",
        };
    }

    /// <summary>The tier as people read it: ultra light, override.</summary>
    public static string Tier(string? tier) => tier is null or "" ? None : tier.Replace('_', ' ');

    /// <summary>snake_case words as a phrase: upstream cut.</summary>
    public static string Words(string? snakeCase) => snakeCase is null or "" ? None : snakeCase.Replace('_', ' ');
}
