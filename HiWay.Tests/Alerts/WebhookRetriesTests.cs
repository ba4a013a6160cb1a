using HiWay.Domain.Alerts;

namespace HiWay.Tests.Alerts;

public sealed class WebhookRetriesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 15, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 30)]
    [InlineData(3, 120)]
    [InlineData(4, 600)]
    [InlineData(5, 1800)]
    [InlineData(6, 3600)]
    [InlineData(7, 7200)]
    [InlineData(30, 7200)]
    public void Pauses_GrowToTwoHours(int attempts, int seconds) =>
        Assert.Equal(Start.AddSeconds(seconds), WebhookRetries.Next(attempts, Start, Start, null, chance: 0.5));

    [Theory]
    [InlineData(0, 24)]
    [InlineData(1, 36)]
    public void Chance_MovesAPauseByAFifth(double chance, int seconds) => Assert.Equal(Start.AddSeconds(seconds), WebhookRetries.Next(2, Start, Start, null, chance));

    [Theory]
    [InlineData(3, 5)]            // sooner than we would: our pause stays
    [InlineData(60, 60)]
    [InlineData(100_000, 7200)]   // a target does not park a delivery for a day
    public void TargetThatAsksForTime_GetsIt_WithinReason(int asked, int seconds) =>
        Assert.Equal(Start.AddSeconds(seconds), WebhookRetries.Next(1, Start, Start, TimeSpan.FromSeconds(asked), 0.5));

    [Fact]
    public void AfterADay_NoAttemptFollows_AndThereWereAboutSeventeen()
    {
        var (at, attempts) = (Start, 0);
        while (WebhookRetries.Next(++attempts, Start, at, null, 0.5) is { } next)
        {
            at = next;
        }

        Assert.InRange(at - Start, TimeSpan.FromHours(22), TimeSpan.FromHours(24));
        Assert.InRange(attempts, 15, 20);
    }
}
