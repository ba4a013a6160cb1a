using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Limits;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Limits;

public sealed class SlidingWindowTests
{
    [Fact]
    public void WhatIsUsed_CountsForSixtySeconds_AndThenNoLonger()
    {
        var window = new SlidingWindow();
        window.Advance(100);
        window.Add(3);

        window.Advance(160);
        Assert.Equal(3, window.Used);
        window.Advance(161);
        Assert.Equal(0, window.Used);
    }

    [Fact]
    public void ALongPause_ForgetsEverything()
    {
        var window = new SlidingWindow();
        window.Advance(5);
        window.Add(7);

        window.Advance(10_000);

        Assert.Equal(0, window.Used);
        Assert.Equal(0, window.SecondsUntilEmpty());
    }

    [Fact]
    public void SecondsUntilFree_IsWhenEnoughHasLeft()
    {
        var window = new SlidingWindow();
        window.Advance(10);
        window.Add(1);
        window.Advance(20);
        window.Add(4);

        Assert.Equal(51, window.SecondsUntilFree(1));   // the first leaves at second 71
        Assert.Equal(61, window.SecondsUntilFree(2));   // the second slot at 81
        window.Advance(20 + 51);
        Assert.Equal(4, window.Used);
    }

    [Fact]
    public void ACorrection_FindsItsSecond_AndNeverGoesBelowZero()
    {
        var window = new SlidingWindow();
        window.Advance(10);
        window.Add(100);
        window.Advance(15);
        window.Add(50);

        window.Correct(10, -70);
        Assert.Equal(80, window.Used);
        window.Correct(10, -70);
        Assert.Equal(50, window.Used);
        window.Advance(200);
        window.Correct(15, 10);
        Assert.Equal(0, window.Used);
    }

    [Fact]
    public void AtAnyTime_UsedIsTheSumOfTheLastSixtyOneSlots()
    {
        // Steps of time and amounts at random, against a plain list.
        var steps = Gen.Two(Gen.Choose(0, 40)).ListOf();
        Prop.ForAll(steps.ToArbitrary(), list =>
        {
            var window = new SlidingWindow();
            var all = new List<(long Second, long Amount)>();
            long second = 1_000;
            foreach (var (pause, amount) in list)
            {
                second += pause;
                window.Advance(second);
                window.Add(amount);
                all.Add((second, amount));
                Assert.Equal(all.Where(one => second - one.Second <= SlidingWindow.Seconds).Sum(one => one.Amount), window.Used);
            }
        }).Hold();
    }
}
