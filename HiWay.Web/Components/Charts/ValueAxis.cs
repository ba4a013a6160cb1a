namespace HiWay.Web.Components.Charts;

/// <summary>A value axis from zero with round steps.</summary>
/// <param name="Max">The top of the plot; at least the largest value, never zero.</param>
/// <param name="Ticks">From zero to <paramref name="Max"/>.</param>
public sealed record ValueAxis(double Max, IReadOnlyList<double> Ticks)
{
    /// <summary>Steps of 1, 2, 2.5 or 5 times a power of ten, so labels never read 1.4000000000000001.</summary>
    /// <param name="largest">The largest value that has to fit; negative and NaN count as zero.</param>
    /// <param name="steps">About how many steps to aim for.</param>
    /// <param name="whole">Only whole numbers: requests are not split.</param>
    public static ValueAxis For(double largest, int steps = 4, bool whole = false)
    {
        if (double.IsNaN(largest) || largest <= 0)
        {
            return new(1, [0, 1]);
        }

        var step = RoundUp((decimal)Math.Clamp(largest, 1e-12, 1e15) / steps);
        if (whole && step < 1)
        {
            step = 1;
        }

        List<double> ticks = [0];
        for (var tick = step; ; tick += step)
        {
            ticks.Add((double)tick);
            if ((double)tick >= largest)
            {
                return new((double)tick, ticks);
            }
        }
    }

    // Decimal: adding 0.1 three times is 0.3.
    private static decimal RoundUp(decimal rough)
    {
        var power = 1m;
        while (power > rough)
        {
            power /= 10;
        }

        while (power * 10 <= rough)
        {
            power *= 10;
        }

        foreach (var factor in (ReadOnlySpan<decimal>)[1m, 2m, 2.5m, 5m])
        {
            if (rough <= factor * power)
            {
                return factor * power;
            }
        }

        return 10 * power;
    }
}
