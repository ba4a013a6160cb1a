using HiWay.Domain.Guardian;

namespace HiWay.Tests.Guardian;

public sealed class RepeatWindowTests
{
    private const long Start = 1_000_000;
    private readonly RepeatWindow _window = new();

    [Fact]
    public void TheFourthWithinAMinute_IsOneTooMany_AndSaysWhenItMayComeAgain()
    {
        Assert.Equal(1, Add(1, 0).Times);
        Assert.Equal(2, Add(1, 5).Times);
        Assert.Equal(3, Add(1, 10).Times);

        var (times, wait) = Add(1, 15);

        Assert.Equal((4, 50), (times, wait));
        Assert.Equal(3, Add(1, 15 + wait).Times);   // exactly when it was told to
    }

    [Fact]
    public void ALoopThatDoesNotPause_StaysStopped()
    {
        for (var i = 0; i < 3; i++)
        {
            Add(7, i * 10);
        }

        Assert.All(Enumerable.Range(3, 1_000), i => Assert.Equal(4, Add(7, i * 10).Times));
        Assert.Equal(1, Add(7, 11_000).Times);
    }

    [Theory]
    [InlineData(19, 4)]
    [InlineData(20, 3)]
    [InlineData(61, 1)]
    public void TheWindow_IsOpenAtItsEnd(int everySeconds, int times)
    {
        for (var i = 0; i < 3; i++)
        {
            Add(1, i * everySeconds);
        }

        Assert.Equal(times, Add(1, 3 * everySeconds).Times);
    }

    [Fact]
    public void OtherPrompts_DoNotCount_AndAThousandAreToldApart()
    {
        for (var round = 0; round < 3; round++)
        {
            for (ulong prompt = 1; prompt <= 1_000; prompt++)
            {
                Assert.Equal(round + 1, Add(prompt * 0x9E3779B97F4A7C15, round).Times);
            }
        }
    }

    [Fact]
    public void OneThatRepeats_IsFoundAmongAnyNumberOfOthers()
    {
        var random = new Random(11);
        var most = 0;
        for (var i = 0; i < 20_000; i++)
        {
            Add((ulong)random.NextInt64(), i / 1_000.0);
            if (i % 50 == 0)
            {
                most = Math.Max(most, Add(42, i / 1_000.0).Times);
            }
        }

        Assert.Equal(4, most);
    }

    [Fact]
    public void AnyOrderOfPromptsAndPauses_CountsAsAListWould()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var (random, window, list, now) = (new Random(seed), new RepeatWindow(), new List<(ulong, long)>(), Start);
            var (count, windowMs) = (random.Next(1, 8), random.Next(1, 90) * 1_000L);
            for (var i = 0; i < 500; i++)
            {
                now += random.Next(0, 4_000);
                var prompt = (ulong)random.Next(1, 12) * 0xC2B2AE3D27D4EB4F;
                var expected = Math.Min(count, list.Count(one => one.Item1 == prompt && now - one.Item2 < windowMs)) + 1;

                Assert.Equal(expected, window.Add(prompt, now, count, windowMs).Times);
                list.Add((prompt, now));
            }
        }
    }

    private (int Times, int RetryAfterSeconds) Add(ulong hash, double seconds) => _window.Add(hash, Start + (long)(seconds * 1_000), 3, 60_000);
}
