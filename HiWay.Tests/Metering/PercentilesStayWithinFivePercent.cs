using HiWay.Domain.Metering;

namespace HiWay.Tests.Metering;

public sealed class PercentilesStayWithinFivePercent
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void OfManyTimes_MergedAndStored_AsOfOne(int seed)
    {
        var random = new Random(seed);
        var times = Enumerable.Range(0, random.Next(1, 3_000)).Select(_ => Math.Exp(random.NextDouble() * 14 - 2)).ToArray();   // 0.14 ms to 160 s
        var merged = new LatencyHistogram();
        foreach (var part in times.Chunk(97))
        {
            var histogram = new LatencyHistogram();
            Array.ForEach(part, histogram.Add);
            if (random.Next(2) == 0)
            {
                merged.Add(histogram);
            }
            else
            {
                merged.AddStored(histogram.ToStored());
            }
        }

        Array.Sort(times);
        Assert.Equal(times.Length, merged.Count);
        foreach (var share in new[] { 0.01, 0.5, 0.9, 0.95, 0.99, 1.0 })
        {
            var exact = times[Math.Max(0, (int)Math.Ceiling(share * times.Length) - 1)];
            Assert.InRange(merged.Percentile(share)!.Value, exact * 0.95, exact * 1.05);
        }
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(0.1, 0.1)]
    [InlineData(-1, 0.1)]
    [InlineData(0.1001, 0.105)]
    [InlineData(1_000, 1_000)]
    public void OfOneTime_IsThatTime(double time, double expected)
    {
        var histogram = new LatencyHistogram();
        histogram.Add(time);

        Assert.InRange(histogram.Percentile(0.5)!.Value, expected * 0.95, expected * 1.05);
        Assert.Equal(histogram.Percentile(0), histogram.Percentile(1));
    }

    [Fact]
    public void OfNothing_IsNull_AndNotANumberCountsNowhere()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(double.NaN);
        histogram.AddStored([]);

        Assert.Null(histogram.Percentile(0.5));
        Assert.Empty(histogram.ToStored());
    }

    [Fact]
    public void EndlessTime_LandsInTheLastBucket()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(double.PositiveInfinity);

        Assert.Equal([LatencyHistogram.Buckets - 1, 1], histogram.ToStored());
    }
}
