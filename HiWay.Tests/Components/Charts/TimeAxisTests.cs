using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using HiWay.Web.Components.Charts;

namespace HiWay.Tests.Components.Charts;

public sealed class TimeAxisTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 21, 13, 37, 12, TimeSpan.Zero);

    [Fact]
    public void Buckets_CoverTheRangeWithoutHoles_TheRunningOneIncluded()
    {
        var buckets = TimeAxis.Buckets(s_now.AddHours(-3), s_now, UsageInterval.Hour);
        Assert.Equal([10, 11, 12, 13], buckets.Select(start => start.Hour));
        Assert.All(buckets, start => Assert.Equal(TimeSpan.Zero, start.TimeOfDay - TimeSpan.FromHours(start.Hour)));
    }

    [Theory]
    [InlineData("1h", UsageInterval.Minute, 60)]
    [InlineData("24h", UsageInterval.Hour, 24)]
    [InlineData("7d", UsageInterval.Hour, 168)]
    [InlineData("30d", UsageInterval.Day, 30)]
    public void Presets_AreWholeBuckets(string preset, UsageInterval interval, int count)
    {
        var range = DateRange.Parse(preset, null, null, s_now);
        Assert.Equal(interval, range.Interval);
        Assert.Equal(count, TimeAxis.Buckets(range.From, range.To, range.Interval).Count);
    }

    [Theory]
    [InlineData("1h")]
    [InlineData("24h")]
    [InlineData("7d")]
    [InlineData("30d")]
    public void Labels_AreFew_AndStandAtRoundTimesOfTheReader(string preset)
    {
        var range = DateRange.Parse(preset, null, null, s_now);
        var kolkata = DisplayZone.Of("Asia/Kolkata");   // UTC+5:30: no UTC hour is round there
        var ticks = TimeAxis.Ticks(TimeAxis.Buckets(range.From, range.To, range.Interval), range.Interval, kolkata);
        Assert.InRange(ticks.Count, 3, 9);
        Assert.Equal(ticks.Count, ticks.Select(tick => tick.Text).Distinct().Count());
    }

    [Fact]
    public void DayBuckets_AreNamedAsUtcDays_WhereverTheReaderIs()
    {
        var midnight = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal("Sat 21 Nov 2026 (UTC)", TimeAxis.Name(midnight, UsageInterval.Day, DisplayZone.Of("America/Los_Angeles")));
        Assert.Equal("Sat 21 Nov, 01:00–02:00", TimeAxis.Name(midnight, UsageInterval.Hour, DisplayZone.Of("Europe/Berlin")));
    }

    [Theory]
    [InlineData("2026-11-01T00:00Z", "2026-11-02T00:00Z", "2026-11-01T00:00", "2026-11-02T00:00")]
    [InlineData("2026-11-01T00:00Z", "2026-10-01T00:00Z", "2026-11-01T00:00", "2026-11-21T13:37")]   // the end before the start: until now
    [InlineData("2026-11-01T00:00Z", null, "2026-11-01T00:00", "2026-11-21T13:37")]
    [InlineData("2020-01-01T00:00Z", "2026-11-21T00:00Z", "2025-10-17T00:00", "2026-11-21T00:00")]   // cut to 400 days
    public void CustomRange_IsReadFromTheAddress(string from, string? to, string start, string end)
    {
        var range = DateRange.Parse("7d", from, to, s_now);
        Assert.Null(range.Preset);
        Assert.Equal((start, end), (range.From.ToString("yyyy-MM-dd'T'HH:mm"), range.To.ToString("yyyy-MM-dd'T'HH:mm")));
    }

    [Theory]
    [InlineData("nonsense", null)]
    [InlineData(null, "yesterday")]
    [InlineData(null, "2030-01-01T00:00Z")]   // the future
    public void AddressThatMakesNoSense_FallsBackOnThePreset(string? range, string? from) =>
        Assert.Equal("24h", DateRange.Parse(range, from, null, s_now).Preset);
}
