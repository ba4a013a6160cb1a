using System.Globalization;
using HiWay.Web.Components;

namespace HiWay.Tests.Components;

public sealed class FormatTests
{
    [Theory]
    [InlineData("0", "$0")]
    [InlineData("0.00000001", "<$0.000001")]
    [InlineData("0.00009", "$0.00009")]
    [InlineData("0.000701425", "$0.000701")]
    [InlineData("0.0213", "$0.0213")]
    [InlineData("0.3", "$0.30")]
    [InlineData("0.304", "$0.304")]
    [InlineData("1", "$1.00")]
    [InlineData("1234.5", "$1,234.50")]
    [InlineData("-0.5", "−$0.50")]
    public void Money_ShowsAsManyPlacesAsTheAmountNeeds(string usd, string text) =>
        Assert.Equal(text, Format.Money(decimal.Parse(usd, CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(9_999, "9,999")]
    [InlineData(10_000, "10K")]
    [InlineData(12_345, "12.3K")]
    [InlineData(999_949, "1000K")]
    [InlineData(999_951, "1M")]
    [InlineData(4_560_000, "4.6M")]
    public void Tokens_AreExactWhileFew(long tokens, string text) => Assert.Equal(text, Format.Tokens(tokens));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.0, "0 ms")]
    [InlineData(0.84, "0.84 ms")]
    [InlineData(8.44, "8.4 ms")]
    [InlineData(840.4, "840 ms")]
    [InlineData(1240.0, "1.24 s")]
    [InlineData(125_000.0, "2 min 5 s")]
    public void Duration_PicksItsUnit(double? milliseconds, string text) => Assert.Equal(text, Format.Duration(milliseconds));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.0, "0%")]
    [InlineData(0.0004, "<0.1%")]
    [InlineData(0.034, "3.4%")]
    [InlineData(0.5, "50%")]
    public void Percent_TellsLittleFromNothing(double? share, string text) => Assert.Equal(text, Format.Percent(share));

    [Fact]
    public void Instant_IsInTheReadersZone_WithTheYearOnlyWhenItIsAnother()
    {
        var now = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        var berlin = DisplayZone.Of("Europe/Berlin");
        Assert.Equal("21 Nov, 00:30:00", Format.Instant(new(2026, 11, 20, 23, 30, 0, TimeSpan.Zero), berlin, now));
        Assert.Equal("31 Dec 2025, 13:00:00", Format.Instant(new(2025, 12, 31, 12, 0, 0, TimeSpan.Zero), berlin, now));
        Assert.Equal("Europe/Berlin, UTC+1", berlin.NameAt(now));
        Assert.Equal("Asia/Kolkata, UTC+5:30", DisplayZone.Of("Asia/Kolkata").NameAt(now));
        Assert.Equal("UTC", DisplayZone.Of("No/Such_Place").NameAt(now));
    }
}
