using HiWay.Web.Components.Charts;

namespace HiWay.Tests.Components.Charts;

public sealed class TimelineGeometryTests
{
    private static readonly ValueAxis s_ten = new(10, [0, 10]);

    [Fact]
    public void Line_BreaksAtAGap_AndGoesOnAfterIt() =>
        Assert.Equal("M0 100L250 50M750 0L1000 100", TimelineGeometry.Line([0, 5, null, 10, 0], s_ten));

    [Fact]
    public void LoneValue_IsADot() => Assert.Equal("M500 50h0.01", TimelineGeometry.Line([null, 5, null], s_ten));

    [Fact]
    public void OneBucket_StandsInTheMiddle() => Assert.Equal("M500 0h0.01", TimelineGeometry.Line([10], s_ten));

    [Fact]
    public void Area_ClosesEachRunDownToZero() =>
        Assert.Equal("M0 100L0 50L500 0L500 100ZM1000 100L1000 50L1000 100Z", TimelineGeometry.Area([5, 10, null, 5], new ValueAxis(10, []))
            .Replace("333.33", "500", StringComparison.Ordinal));

    [Fact]
    public void Bars_StandOnEachOther_AndTheAxisHoldsTheirSum()
    {
        var geometry = TimelineGeometry.Of([new("a", 1, [6.0, null]), new("b", 2, [4.0, 2.0])], 2, ChartKind.StackedBars);
        Assert.Equal(10, geometry.Axis.Max);
        Assert.Equal("M227 100V40H273V100Z", geometry.Areas[0].Path);
        Assert.Equal("M227 40V0H273V40ZM727 100V80H773V100Z", geometry.Areas[1].Path);
    }

    [Fact]
    public void NothingToShow_IsNoError()
    {
        Assert.Equal(1, TimelineGeometry.Of([], 0, ChartKind.Line).Axis.Max);
        Assert.Equal("", TimelineGeometry.Of([new("a", 1, [null, null])], 2, ChartKind.Area).Lines[0].Path);
    }

    [Fact]
    public void Slices_KeepTheLargestByName_AndSumUpTheRest()
    {
        var slices = ChartSlices.Largest([("a", 1, null), ("b", 5, "/b"), ("c", 3, null), ("d", 1, null), ("zero", 0, null)], most: 2);
        Assert.Equal(["b", "c", "Others (2)"], slices.Select(slice => slice.Name));
        Assert.Equal([0.5, 0.3, 0.2], slices.Select(slice => slice.Share));
        Assert.Equal("/b", slices[0].Href);
    }

    [Fact]
    public void Tips_TellGapsFromZeros()
    {
        var json = ChartTips.Json([new("a", 1, [0.0, null]), new("b", 2, [2.0, null])], ["first", "second"], value => $"{value:0}", ChartKind.StackedBars, withTotal: true);
        Assert.Equal(
            """{"bars":true,"series":[{"name":"a","color":"var(--series-1)"},{"name":"b","color":"var(--series-2)"}],"points":[{"at":"first","values":["0","2"],"total":"2"},{"at":"second","values":[null,null],"total":null}]}""",
            json);
    }
}
