using HiWay.Domain.Fallback;
using HiWay.Domain.Health;

namespace HiWay.Tests.Health;

/// <summary>A broken target is left alone, tried by one call at a time, and restored.</summary>
public sealed class DeploymentHealthTests
{
    private readonly DeploymentHealth _health = new(new HealthSubject("ws_1", "acme", "acme/m1", "cred_1"));
    private long _now = new DateTimeOffset(2026, 11, 15, 12, 0, 0, TimeSpan.Zero).UtcTicks;

    [Fact]
    public void ThreeFailuresInARow_OpenIt_AndOneCallAtATimeTriesIt()
    {
        Assert.Equal(CircuitChange.None, Fail());
        Assert.Equal(CircuitChange.None, Fail());
        Assert.True(_health.IsUsable(_now));
        Assert.Equal(CircuitChange.Opened, Fail());

        Assert.False(_health.IsUsable(_now));
        Assert.False(_health.TryEnter(_now));
        Assert.Equal(CircuitState.Open, _health.Read(_now).State);

        Wait(BreakerRules.OpenFor(1));
        Assert.Equal(CircuitState.HalfOpen, _health.Read(_now).State);
        Assert.True(_health.IsUsable(_now));
        Assert.True(_health.TryEnter(_now));
        Assert.False(_health.TryEnter(_now));
        Assert.False(_health.IsUsable(_now));

        Assert.Equal(CircuitChange.Closed, _health.Began(120, _now));
        Assert.True(_health.TryEnter(_now));
        Assert.True(_health.TryEnter(_now));
    }

    [Fact]
    public void AFailedTry_DoublesTheTime_UpToHalfAMinute()
    {
        Fail(3);
        foreach (var nth in Enumerable.Range(1, 6))
        {
            Wait(BreakerRules.OpenFor(nth) - TimeSpan.FromMilliseconds(1));
            Assert.False(_health.TryEnter(_now));
            Wait(TimeSpan.FromMilliseconds(1));
            Assert.True(_health.TryEnter(_now));
            Assert.Equal(CircuitChange.None, Fail());
        }

        Assert.Equal(TimeSpan.FromSeconds(30), BreakerRules.OpenFor(7));
        Assert.Equal(TimeSpan.FromSeconds(30), BreakerRules.OpenFor(int.MaxValue));
    }

    [Fact]
    public void ATryThatNeverReportsBack_DoesNotKeepItOpenForEver()
    {
        Fail(3);
        Wait(BreakerRules.OpenFor(1));
        Assert.True(_health.TryEnter(_now));

        Wait(BreakerRules.ProbeLease);
        Assert.True(_health.TryEnter(_now));
        _health.Left();
        Assert.True(_health.TryEnter(_now));
    }

    [Fact]
    public void ASuccessBetween_StartsTheCountAnew_ButTheErrorRateOpensItToo()
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(CircuitChange.None, Fail());
            _health.Succeeded(100, _now);
        }

        Assert.Equal(CircuitChange.None, Fail());       // 5 of 9: too few to say
        _health.Succeeded(100, _now);
        Assert.Equal(CircuitChange.Opened, Fail());     // 6 of 11
    }

    [Fact]
    public void FailuresOfMoreThanAMinuteAgo_AreForgotten()
    {
        for (var i = 0; i < 5; i++)
        {
            Fail();
            _health.Succeeded(100, _now);
        }

        Wait(TimeSpan.FromSeconds(70));
        Assert.Equal((0, 0), (_health.Read(_now).Calls, _health.Read(_now).Failed));
        Assert.Equal(CircuitChange.None, Fail());
    }

    [Fact]
    public void TwoSilences_AreEnough() =>
        Assert.Equal((CircuitChange.None, CircuitChange.Opened), (Fail(FailureClass.Timeout), Fail(FailureClass.Timeout)));

    [Fact]
    public void ARateLimit_IsSatOut_AndIsNoOutage()
    {
        Assert.Equal(CircuitChange.None, _health.Failed(FailureClass.RateLimited, TimeSpan.FromSeconds(7), "slow down", _now));
        Assert.Equal(CircuitState.Cooling, _health.Read(_now).State);
        Assert.False(_health.IsUsable(_now));

        Wait(TimeSpan.FromSeconds(7));
        Assert.True(_health.TryEnter(_now));
        Assert.True(_health.TryEnter(_now));
    }

    [Fact]
    public void AWaitOfADay_IsNotBelieved()
    {
        _health.Failed(FailureClass.RateLimited, TimeSpan.FromDays(1), null, _now);

        Wait(BreakerRules.LongestWait);
        Assert.True(_health.IsUsable(_now));
    }

    [Theory]
    [InlineData(FailureClass.RequestRejected)]
    [InlineData(FailureClass.ContentFilter)]
    [InlineData(FailureClass.ContextLength)]
    [InlineData(FailureClass.CredentialRejected)]
    [InlineData(FailureClass.EmptyAnswer)]
    [InlineData(FailureClass.Conflict)]
    public void WhatIsNotTheDeploymentsFault_SaysNothingAboutIt(FailureClass failure)
    {
        for (var i = 0; i < 50; i++)
        {
            Fail(failure);
        }

        Assert.True(_health.TryEnter(_now));
        Assert.Equal(0, _health.Read(_now).Failed);
    }

    [Fact]
    public void Latencies_AreSmoothed_AndTotalsAddUp()
    {
        _health.Began(100, _now);
        _health.Succeeded(1000, _now);
        _health.Began(200, _now);
        _health.Succeeded(2000, _now);
        Fail();

        var reading = _health.Read(_now);
        Assert.Equal((1200, 120), (reading.LatencyMs!.Value, reading.FirstContentMs!.Value));
        Assert.Equal(new HealthTotals(3, 1, 0, 3_000_000), _health.Totals);
    }

    [Fact]
    public async Task ManyCallsAtOnce_AreAllCounted()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                _health.Succeeded(1, _now);
            }
        })));

        Assert.Equal((40_000, 40_000), (_health.Totals.Calls, _health.Read(_now).Calls));
    }

    [Fact]
    public void OfManyWaitingCalls_ExactlyOneTries()
    {
        Fail(3);
        Wait(BreakerRules.OpenFor(1));
        var entered = 0;

        Parallel.For(0, 64, _ => Interlocked.Add(ref entered, _health.TryEnter(_now) ? 1 : 0));

        Assert.Equal(1, entered);
    }

    [Fact]
    public void ARefusedCredential_CoolsLongerEachTime_UntilItWorks()
    {
        var credential = new CredentialHealth();
        Assert.True(credential.Refused("no money", _now));
        Assert.False(credential.Refused("no money", _now));   // under way at the same time
        Assert.Equal("no money", credential.Cooling(_now)!.Value.Error);
        Wait(TimeSpan.FromMinutes(1));
        Assert.True(credential.IsUsable(_now));
        Assert.False(credential.Refused("no money", _now));
        Wait(TimeSpan.FromMinutes(1));
        Assert.False(credential.IsUsable(_now));
        Wait(TimeSpan.FromMinutes(1));

        Assert.True(credential.Accepted());
        Assert.False(credential.Accepted());
        Assert.True(credential.Refused("again", _now));
    }

    [Theory]
    [InlineData(100, 1, 1, 1)]
    [InlineData(400, 3, 1, 0)]
    [InlineData(1000, 7, 2, 1)]
    public void CallsSpread_AsTheWeightsSay(int calls, params int[] weights)
    {
        var shares = weights.Select(weight => KeySpread.Share(weight, 0)).ToArray();
        var taken = new int[weights.Length];
        for (var nth = 1u; nth <= calls; nth++)
        {
            taken[KeySpread.Pick(shares, nth)]++;
        }

        Assert.All(weights.Zip(taken), pair => Assert.InRange(pair.Second, (calls * pair.First / weights.Sum()) - 2, (calls * pair.First / weights.Sum()) + 2));
    }

    [Fact]
    public void ACredentialThatFails_KeepsATrickle() =>
        Assert.Equal((10.0, 0.5, 0.0), (KeySpread.Share(10, 0), Math.Round(KeySpread.Share(10, 0.6), 6), KeySpread.Share(0, 0)));

    private CircuitChange Fail(FailureClass failure = FailureClass.ServerError) => _health.Failed(failure, null, "broken", _now);

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Fail();
        }
    }

    private void Wait(TimeSpan time) => _now += time.Ticks;
}
