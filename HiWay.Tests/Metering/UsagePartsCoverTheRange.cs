using HiWay.Infrastructure.Metering.Reading;
using HiWay.Infrastructure.Metering.Rollups;

namespace HiWay.Tests.Metering;

public sealed class UsagePartsCoverTheRange
{
    private static readonly DateTime Long = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void AnyRange_IsCoveredOnce_InWholeBuckets_ToTheMinute()
    {
        var random = new Random(7);
        for (var i = 0; i < 2_000; i++)
        {
            var from = Long.AddSeconds(random.NextInt64(200_000_000));
            var to = from.AddSeconds(1 + random.NextInt64(random.Next(2) == 0 ? 9_000 : 900_000));
            var coarsest = random.Next(3) switch { 0 => "minute", 1 => "hour", _ => "day" };

            var parts = UsageParts.Of(from, to, coarsest, Long);

            Assert.Equal(RollupBatch.StartOf("minute", from), parts[0].From);
            Assert.InRange((parts[^1].To - to).TotalSeconds, 0, 59.999);
            Assert.All(parts, part => Assert.True(part.From < part.To && RollupBatch.StartOf(part.Granularity, part.From) == part.From && RollupBatch.StartOf(part.Granularity, part.To) == part.To));
            Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
            Assert.True(parts.Count <= 5);
        }
    }

    [Fact]
    public void MonthByDay_ReadsItsDays_AndFinerOnlyAtTheEdges()
    {
        var parts = UsageParts.Of(At("2026-10-01T22:30:00Z"), At("2026-11-01T01:00:00Z"), "day", Long);

        Assert.Equal(
            [("minute", At("2026-10-01T22:30:00Z")), ("hour", At("2026-10-01T23:00:00Z")), ("day", At("2026-10-02T00:00:00Z")), ("hour", At("2026-11-01T00:00:00Z"))],
            parts.Select(part => (part.Granularity, part.From)));
    }

    [Fact]
    public void EdgesBeforeTheMinutesThatAreKept_AreWidenedToWholeHours()
    {
        var part = Assert.Single(UsageParts.Of(At("2026-10-01T22:30:00Z"), At("2026-10-01T23:30:00Z"), "hour", minutesKeptFrom: At("2026-11-01T00:00:00Z")));

        Assert.Equal(new UsagePart("hour", At("2026-10-01T22:00:00Z"), At("2026-10-02T00:00:00Z")), part);
    }

    private static DateTime At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture).UtcDateTime;
}
