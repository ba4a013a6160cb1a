namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>What PostgreSQL refuses (a NUL character, an over-long index entry) must not hold up a batch.</summary>
internal static class Stored
{
    public static string Clean(string text, int most)
    {
        if (text.Length > most)
        {
            // Not between the halves of a surrogate pair.
            text = text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
        }

        return text.Contains('\0') ? text.Replace("\0", "", StringComparison.Ordinal) : text;
    }

    public static string? CleanOptional(string? text, int most) => text is null ? null : Clean(text, most);

    public static double Finite(double value) => double.IsFinite(value) ? value : 0;

    /// <summary>To 15 decimals: far below any price list, and short enough that the sum of any number of rows still fits a decimal.</summary>
    public static decimal Money(decimal usd) => decimal.Round(usd, 15);
}
