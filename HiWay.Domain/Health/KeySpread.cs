namespace HiWay.Domain.Health;

/// <summary>Which of several credentials takes the next call.</summary>
public static class KeySpread
{
    /// <summary>A credential that fails half of its calls keeps a trickle, or nobody would see it recover.</summary>
    private const double LeastShare = 0.05;

    /// <summary>The golden ratio's fraction: multiples of it fill 0..1 evenly, so that ten calls already show the weights.</summary>
    private const double Step = 0.618033988749894848;

    /// <summary>A credential's share before it is compared with the others'.</summary>
    /// <param name="weight">What the workspace set; 0 is a reserve that only takes calls when no other can.</param>
    /// <param name="errorRate">0..1 of the last minute.</param>
    public static double Share(int weight, double errorRate) => weight * Math.Max(LeastShare, 1 - (errorRate * 2));

    /// <summary>The index that the nth call takes.</summary>
    /// <param name="shares">At least one; not all zero, or the first is taken.</param>
    public static int Pick(ReadOnlySpan<double> shares, uint nth)
    {
        var total = 0.0;
        foreach (var share in shares)
        {
            total += share;
        }

        var at = nth * Step % 1.0 * total;
        for (var i = 0; i < shares.Length; i++)
        {
            at -= shares[i];
            if (at < 0)
            {
                return i;
            }
        }

        return 0;
    }
}
