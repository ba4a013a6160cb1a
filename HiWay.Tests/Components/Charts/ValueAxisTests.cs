using HiWay.Web.Components.Charts;

namespace HiWay.Tests.Components.Charts;

public sealed class ValueAxisTests
{
    [Theory]
    [InlineData(0.0, 1.0, "0 1")]
    [InlineData(-3.0, 1.0, "0 1")]
    [InlineData(double.NaN, 1.0, "0 1")]
    [InlineData(1.4, 1.5, "0 0.5 1 1.5")]
    [InlineData(0.3, 0.3, "0 0.1 0.2 0.3")]
    [InlineData(4.0, 4.0, "0 1 2 3 4")]
    [InlineData(4.01, 6.0, "0 2 4 6")]
    [InlineData(950.0, 1000.0, "0 250 500 750 1000")]
    [InlineData(0.00009, 0.0001, "0 2.5E-05 5E-05 7.5E-05 0.0001")]
    public void Steps_AreRound_AndTheLargestValueFits(double largest, double max, string ticks)
    {
        var axis = ValueAxis.For(largest);
        Assert.Equal(max, axis.Max);
        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(tick => tick.ToString(System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void Counts_AreNotSplit() => Assert.Equal([0, 1, 2], ValueAxis.For(2, whole: true).Ticks);

    [Fact]
    public void AnyScale_HasFewSteps()
    {
        for (var largest = 1e-9; largest < 1e12; largest *= 1.37)
        {
            var axis = ValueAxis.For(largest);
            Assert.InRange(axis.Ticks.Count, 3, 6);
            Assert.InRange(axis.Max, largest, largest * 2);
        }
    }
}
