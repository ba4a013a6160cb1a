namespace HiWay.Domain.Metering;

/// <summary>
/// Counts of times in buckets that each reach 10 % further than the one before, so that any percentile is at most 5 % off
/// however many histograms are merged. Covers 0.1 ms to many days.
/// </summary>
public sealed class LatencyHistogram
{
    public const int Buckets = 256;

    private const double FirstMs = 0.1;
    private const double Growth = 1.1;
    private static readonly double s_logGrowth = Math.Log(Growth);
    private readonly long[] _counts = new long[Buckets];
    private int _lowest = Buckets;
    private int _highest = -1;

    /// <summary>Times in it.</summary>
    public long Count { get; private set; }

    /// <param name="milliseconds">Below 0.1 counts as 0.1; not a number counts nowhere.</param>
    public void Add(double milliseconds)
    {
        if (!double.IsNaN(milliseconds))
        {
            Add(BucketOf(milliseconds), 1);
        }
    }

    public void Add(LatencyHistogram other)
    {
        for (var bucket = other._lowest; bucket <= other._highest; bucket++)
        {
            if (other._counts[bucket] > 0)
            {
                Add(bucket, other._counts[bucket]);
            }
        }
    }

    /// <summary>Adds what <see cref="ToStored"/> gave.</summary>
    public void AddStored(ReadOnlySpan<int> stored)
    {
        for (var i = 1; i < stored.Length; i++)
        {
            if (stored[i] > 0 && stored[0] + i - 1 is >= 0 and < Buckets and var bucket)
            {
                Add(bucket, stored[i]);
            }
        }
    }

    /// <summary>The number of the first bucket, then the counts up to the last one that has any; empty when nothing was added.</summary>
    public int[] ToStored()
    {
        if (Count == 0)
        {
            return [];
        }

        var stored = new int[_highest - _lowest + 2];
        stored[0] = _lowest;
        for (var bucket = _lowest; bucket <= _highest; bucket++)
        {
            stored[bucket - _lowest + 1] = (int)Math.Min(int.MaxValue, _counts[bucket]);
        }

        return stored;
    }

    /// <summary>The time that a share of all times does not pass (nearest rank), at most 5 % off; null when empty.</summary>
    /// <param name="share">0..1: 0.95 for p95.</param>
    public double? Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        for (var bucket = _lowest; bucket <= _highest; bucket++)
        {
            rank -= _counts[bucket];
            if (rank <= 0)
            {
                // The geometric middle is off by the same factor, sqrt(1.1), from either end.
                return bucket == 0 ? FirstMs : FirstMs * Math.Pow(Growth, bucket - 0.5);
            }
        }

        return null;
    }

    /// <summary>Bucket n holds times above 0.1 x 1.1^(n-1) up to 0.1 x 1.1^n milliseconds.</summary>
    private static int BucketOf(double milliseconds) =>
        milliseconds <= FirstMs ? 0 : (int)Math.Min(Buckets - 1, Math.Ceiling(Math.Log(milliseconds / FirstMs) / s_logGrowth));

    private void Add(int bucket, long count)
    {
        _counts[bucket] += count;
        Count += count;
        _lowest = Math.Min(_lowest, bucket);
        _highest = Math.Max(_highest, bucket);
    }
}
