using System.Globalization;

namespace HiWay.Web.Components.Forms;

/// <summary>Reads what people type into fields. Blank is "not set"; anything else that cannot be read is an error at the field.</summary>
public static class FieldText
{
    /// <summary>A whole number of at least one.</summary>
    public static int? Count(string? text, string field, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            return number;
        }

        errors.Add(field, "A whole number above 0, or leave it empty for no limit.");
        return null;
    }

    /// <summary>US dollars; a leading dollar sign is fine.</summary>
    /// <remarks>A comma is refused: it is a decimal sign to some readers and a separator of thousands to others, a factor of a thousand apart.</remarks>
    public static decimal? Usd(string? text, string field, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (decimal.TryParse(text.Trim().TrimStart('$').Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd))
        {
            return usd;
        }

        errors.Add(field, "An amount such as 25 or 12.50, with a point and no thousands separator.");
        return null;
    }

    /// <summary>Words between commas, blanks or line ends, each once, in the order given.</summary>
    public static IReadOnlyList<string> Words(string? text) => text is null
        ? []
        : [.. text.Split([',', ';', '\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];

    public static string Of(decimal? number) => number?.ToString("0.##########", CultureInfo.InvariantCulture) ?? "";

    public static string Of(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
