using HiWay.Domain.Guardian;
using HiWay.Domain.Guardian.Rules;

namespace HiWay.Tests.Guardian;

public sealed class CostWindowTests
{
    private const long Start = 5_000_000;
    private static readonly CostSpikeLimits s_default = new(CostSpikeRule.Info.Defaults);
    private readonly CostWindow _window = new();

    [Theory]
    [InlineData(0, 2.00, false)]     // no history: the floor
    [InlineData(0, 2.01, true)]
    [InlineData(100, 3.47, false)]   // 100 USD a day are 0.347 in five minutes, ten times that is 3.47
    [InlineData(100, 3.48, true)]
    public void TenTimesTheDaysAverage_OrTheFloor_IsTheLimit(double dayUsd, double spentUsd, bool isSpike)
    {
        _window.Know((decimal)dayUsd, 0, Start, 300);
        _window.Add((decimal)spentUsd, Start, 300);

        Assert.Equal(isSpike, _window.Judge(s_default, Start) is not null);
    }

    [Fact]
    public void WithoutWhatTheBooksSay_NothingIsASpike()
    {
        _window.Add(1_000, Start, 300);

        Assert.Null(_window.Judge(s_default, Start));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SlowCalls_ThatSpendTwiceTheLimit_AreHeldUntilTheyPause_FastOnesOnlyThrottled(bool slow)
    {
        _window.Know(0, 0, Start, 300);
        _window.Add(4.01m, Start, 300);

        var hit = _window.Judge(s_default, Start, slow)!.Value;

        Assert.Equal(slow ? (GuardianAction.Block, 300) : (GuardianAction.Throttle, hit.RetryAfterSeconds), (hit.Action, hit.RetryAfterSeconds));
        for (var minute = 1; minute <= 60; minute++)
        {
            Assert.Equal(slow || minute < 6, _window.Judge(s_default, Start + minute * 60_000, slow) is not null);
        }

        Assert.Null(_window.Judge(s_default, Start + 66 * 60_000, slow));
    }

    [Fact]
    public void WhatOthersSpent_CountsUntilItHasLeftTheWindow()
    {
        _window.Add(1, Start, 300);
        _window.Know(0, 3, Start, 300);

        Assert.Equal(3, _window.Judge(s_default, Start)!.Value.Value);
        Assert.Null(_window.Judge(s_default, Start + 300_000));
    }

    [Fact]
    public void ARestoredKey_BeginsAnew_WhateverTheBooksSay()
    {
        _window.Know(0, 0, Start, 300);
        _window.Add(9, Start, 300);
        _window.Clear(Start, 300);
        _window.Know(9, 9, Start + 1_000, 300);

        Assert.Null(_window.Judge(s_default, Start + 1_000));
        _window.Add(2.5m, Start + 2_000, 300);
        Assert.NotNull(_window.Judge(s_default, Start + 2_000));
    }

    [Fact]
    public void AnySpending_StaysCountedForTheWindow_AndAtMostAThirtiethMore()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var (windowSeconds, now) = (random.Next(10, 3_600), Start);
            var limits = new CostSpikeLimits(CostSpikeRule.Info.Defaults with { Values = [1m, windowSeconds, 0m] });
            var (window, spent) = (new CostWindow(), new List<(decimal Usd, long At)>());
            window.Know(0, 0, now, windowSeconds);
            for (var i = 0; i < 300; i++)
            {
                now += random.Next(0, windowSeconds * 100);
                var usd = random.Next(1, 100) / 100m;
                window.Add(usd, now, windowSeconds);
                spent.Add((usd, now));

                var counted = window.Judge(limits, now)!.Value.Value;

                var least = spent.Where(one => now - one.At < windowSeconds * 1_000L).Sum(one => one.Usd);
                var most = spent.Where(one => now - one.At <= windowSeconds * 1_000L * 31 / 30 + 1).Sum(one => one.Usd);
                Assert.InRange(counted, least, most);
            }
        }
    }
}
