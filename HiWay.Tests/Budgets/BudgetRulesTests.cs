using HiWay.Domain.Budgets;
using HiWay.Domain.Catalogue;

namespace HiWay.Tests.Budgets;

public sealed class BudgetRulesTests
{
    [Theory]
    [InlineData(10, 0, BudgetVerdict.Ok)]
    [InlineData(10, 7.499999, BudgetVerdict.Ok)]
    [InlineData(10, 7.5, BudgetVerdict.Warn)]
    [InlineData(10, 8.999999, BudgetVerdict.Warn)]
    [InlineData(10, 9, BudgetVerdict.Downgrade)]
    [InlineData(10, 9.499999, BudgetVerdict.Downgrade)]
    [InlineData(10, 9.5, BudgetVerdict.LightOnly)]
    [InlineData(10, 9.999999, BudgetVerdict.LightOnly)]
    [InlineData(10, 10, BudgetVerdict.Block)]
    [InlineData(10, 11, BudgetVerdict.Block)]
    [InlineData(0, 0, BudgetVerdict.Block)]
    public void DefaultThresholds_OneBelowAtAndAbove(double cap, double committed, BudgetVerdict expected) =>
        Assert.Equal(expected, BudgetRules.Judge(BudgetThresholds.Default, (decimal)cap, (decimal)committed));

    [Fact]
    public void AnyThresholds_SpendingMoreNeverMakesTheVerdictMilder()
    {
        var random = new Random(7);
        for (var round = 0; round < 2_000; round++)
        {
            var shares = Enumerable.Range(0, 4).Select(_ => random.Next(1, 1001) / 1000m).Order().ToArray();
            var at = new BudgetThresholds(shares[0], shares[1], shares[2], shares[3]);
            Assert.Null(BudgetRules.Check(at));
            var cap = random.Next(0, 10_000) / 100m;
            var less = cap * random.Next(0, 1300) / 1000m;
            var more = less + random.Next(0, 1000) / 1000m;

            var (mild, strict) = (BudgetRules.Judge(at, cap, less), BudgetRules.Judge(at, cap, more));

            Assert.True(strict >= mild);
            Assert.True(less >= cap * at.ShareOf(mild));
            Assert.True(mild is BudgetVerdict.Block || less < cap * at.ShareOf(mild + 1));
        }
    }

    [Theory]
    [InlineData(0.75, 0.9, 0.95, 1, null)]
    [InlineData(0.5, 0.5, 0.5, 0.5, null)]
    [InlineData(0, 0.9, 0.95, 1, "warn_at")]
    [InlineData(0.75, 0.7, 0.95, 1, "downgrade_at")]
    [InlineData(0.75, 0.9, 0.89, 1, "light_only_at")]
    [InlineData(0.75, 0.9, 0.95, 0.94, "block_at")]
    [InlineData(0.75, 0.9, 0.95, 1.01, "block_at")]
    [InlineData(75, 90, 95, 100, "warn_at")]
    public void Thresholds_RiseFromAboveZeroToOne(double warn, double downgrade, double lightOnly, double block, string? wrong) =>
        Assert.Equal(wrong, BudgetRules.Check(new((decimal)warn, (decimal)downgrade, (decimal)lightOnly, (decimal)block))?.Param);

    [Theory]
    [InlineData(BudgetVerdict.Warn, Tier.Heavy, Tier.Heavy)]
    [InlineData(BudgetVerdict.Downgrade, Tier.Heavy, Tier.Standard)]
    [InlineData(BudgetVerdict.Downgrade, Tier.Standard, Tier.Light)]
    [InlineData(BudgetVerdict.Downgrade, Tier.Light, Tier.Light)]
    [InlineData(BudgetVerdict.Downgrade, Tier.WebSearch, Tier.WebSearch)]
    [InlineData(BudgetVerdict.LightOnly, Tier.Heavy, Tier.Light)]
    [InlineData(BudgetVerdict.LightOnly, Tier.Standard, Tier.Light)]
    [InlineData(BudgetVerdict.LightOnly, Tier.UltraLight, Tier.UltraLight)]
    [InlineData(BudgetVerdict.LightOnly, Tier.Image, Tier.Image)]
    public void Verdict_LowersTheTierARequestStartsAt(BudgetVerdict verdict, Tier asked, Tier expected) =>
        Assert.Equal(expected, BudgetRules.TierUnder(verdict, asked));

    [Fact]
    public void Forecast_GoesOnAtThePaceOfTheLastWeek_EvenOverAMonthsBorder()
    {
        // The 4th at noon: a week back reaches into the month before, and 7.5 days at 2 dollars were seen.
        var now = new DateTimeOffset(2026, 11, 4, 12, 0, 0, TimeSpan.Zero);
        var days = Enumerable.Range(0, 8).Select(back => (new DateOnly(2026, 11, 4).AddDays(-back), back == 0 ? 1m : 2m)).ToList();

        var forecast = BudgetForecast.Of(days, new DateOnly(2026, 1, 1), 7m, 20m, now);

        Assert.Equal(7m + 2m * 26.5m, forecast.MonthEndUsd);
        Assert.Equal(now.AddDays(6.5), forecast.BlockAt);
    }

    [Fact]
    public void Forecast_OfANewWorkspace_IsNotDilutedByDaysBeforeIt_NorTakesTenMinutesForAPace()
    {
        var now = new DateTimeOffset(2026, 11, 10, 0, 10, 0, TimeSpan.Zero);

        var forecast = BudgetForecast.Of([(new DateOnly(2026, 11, 10), 1m)], new DateOnly(2026, 11, 10), 1m, 1000m, now);

        Assert.Equal(1m + (decimal)(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero) - now).TotalDays, forecast.MonthEndUsd, 9);
        Assert.Null(forecast.BlockAt);
    }

    [Fact]
    public void Forecast_WithoutSpend_IsZero_AndAReachedCapBlocksNow()
    {
        var now = new DateTimeOffset(2026, 11, 10, 0, 0, 0, TimeSpan.Zero);

        Assert.Equal(new BudgetForecast(0m, null), BudgetForecast.Of([], null, 0m, 10m, now));
        Assert.Equal(now, BudgetForecast.Of([(new DateOnly(2026, 11, 9), 10m)], new DateOnly(2026, 11, 9), 10m, 10m, now).BlockAt);
    }
}
