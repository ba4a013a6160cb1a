using HiWay.Domain.Fallback;

namespace HiWay.Tests.Fallback;

/// <summary>When the same deployment is asked once more.</summary>
public sealed class RepeatRulesTests
{
    [Theory]
    [InlineData(FailureClass.ServerError, null, true)]
    [InlineData(FailureClass.ConnectionFailed, null, true)]
    [InlineData(FailureClass.ServerError, 30.0, false)]          // it says itself that it needs longer
    [InlineData(FailureClass.RateLimited, null, false)]
    [InlineData(FailureClass.RateLimited, 1.0, true)]
    [InlineData(FailureClass.RateLimited, 1.1, false)]
    [InlineData(FailureClass.Overloaded, 0.5, true)]
    [InlineData(FailureClass.Overloaded, null, false)]
    [InlineData(FailureClass.Timeout, null, false)]              // no second try on a silent one
    [InlineData(FailureClass.BrokenAnswer, null, false)]
    [InlineData(FailureClass.ContentFilter, null, false)]
    [InlineData(FailureClass.RequestRejected, null, false)]
    [InlineData(FailureClass.ContextLength, null, false)]
    [InlineData(FailureClass.CredentialRejected, null, false)]
    public void OnlyWhatPassesInAMoment_IsAskedAgain(FailureClass failure, double? retryAfterSeconds, bool again)
    {
        var wait = retryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;

        Assert.Equal(again, RepeatRules.AskAgain(failure, wait, repeated: false, ownUsd: 1m, nextUsd: null, attemptsLeft: 2, untried: 0));
        Assert.False(RepeatRules.AskAgain(failure, wait, repeated: true, ownUsd: 1m, nextUsd: null, attemptsLeft: 2, untried: 0));
    }

    [Theory]
    [InlineData(1.0, 2.0, false)]
    [InlineData(1.0, 2.1, true)]
    [InlineData(1.0, 0.5, false)]
    [InlineData(0.0, 0.0, false)]
    public void TheNextDeployment_IsAskedInstead_UnlessItIsMuchDearer(double own, double next, bool again) =>
        Assert.Equal(again, RepeatRules.AskAgain(FailureClass.ServerError, null, repeated: false, (decimal)own, (decimal)next, attemptsLeft: 2, untried: 1));

    [Theory]
    [InlineData(2, 1, true)]
    [InlineData(2, 2, false)]
    [InlineData(1, 1, false)]
    [InlineData(1, 0, true)]
    public void ARepeat_NeverTakesTheAttemptOfADeploymentThatHasNotBeenAsked(int attemptsLeft, int untried, bool again) =>
        Assert.Equal(again, RepeatRules.AskAgain(FailureClass.ServerError, null, repeated: false, ownUsd: 1m, untried == 0 ? null : 100m, attemptsLeft, untried));

    [Fact]
    public void ThePause_IsTheUpstreamsOwn_ElseShortAndDifferentForEachCaller()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), RepeatRules.Pause(TimeSpan.FromSeconds(1), 0.9));
        Assert.Equal(TimeSpan.FromMilliseconds(50), RepeatRules.Pause(null, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(250), RepeatRules.Pause(null, 1));
    }
}
