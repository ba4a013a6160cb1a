namespace HiWay.Domain.Budgets;

/// <summary>What a cap in US dollars may be: nothing at all, or an amount that the books can tell from nothing.</summary>
public static class CapAmount
{
    /// <summary>More than anybody spends; keeps sums within the columns' precision.</summary>
    public const decimal MostUsd = 1_000_000_000m;

    /// <summary>The books' smallest step. A smaller cap would be kept as 0, which refuses every call.</summary>
    public const decimal LeastUsd = 0.000001m;

    private const int Digits = 6;

    /// <summary>What is wrong with a cap; null when nothing is. No cap at all is fine.</summary>
    /// <param name="zero">What a cap of 0 does.</param>
    public static string? Wrong(decimal? capUsd, string param, string zero) => capUsd is < 0m or > MostUsd or (> 0m and < LeastUsd)
        ? FormattableString.Invariant($"'{param}' must be 0 ({zero}) or from {LeastUsd} to {MostUsd:0} US dollars, or null for no cap.")
        : null;

    /// <summary>The cap as it is kept.</summary>
    public static decimal? Kept(decimal? capUsd) => capUsd is { } cap ? Math.Round(cap, Digits, MidpointRounding.AwayFromZero) : null;
}
