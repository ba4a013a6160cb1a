using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Tests.Budgets;

public sealed class SpendCapsHold
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private readonly SpendLedger _ledger = new();

    [Fact]
    public async Task TwoHundredParallelCalls_NeverPassTheCap()
    {
        var key = Key(monthly: 1.00m);
        var running = 0m;
        var most = 0m;
        var gate = new Lock();

        var granted = (await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            if (_ledger.TryReserve(key, 0.03m, Noon).Granted is not { } reservation)
            {
                return false;
            }

            lock (gate)
            {
                most = Math.Max(most, running += 0.03m);
            }

            await Task.Yield();
            _ledger.Settle(reservation, 0.03m);
            return true;
        })))).Count(granted => granted);

        Assert.Equal(33, granted);   // 33 x 0.03 = 0.99; a 34th would be 1.02
        Assert.Equal(0.99m, most);
        Assert.Equal((0.99m, 0m), _ledger.Read(SpendSubject.Key(key.Id), CapPeriod.Month, Noon));
    }

    [Fact]
    public async Task EstimateTooLow_OvershootIsOneCallsError()
    {
        var key = Key(monthly: 1.00m);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() =>
        {
            if (_ledger.TryReserve(key, 0.01m, Noon).Granted is { } reservation)
            {
                _ledger.Settle(reservation, 0.02m);
            }
        })));

        // How many run at once decides how many estimates are open when the cap is reached; none starts after it.
        var (spent, reserved) = _ledger.Read(SpendSubject.Key(key.Id), CapPeriod.Month, Noon);
        Assert.Equal(0m, reserved);
        Assert.True(spent >= 0.99m);
        Assert.NotNull(_ledger.TryReserve(key, 0.01m, Noon).Refused);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 0.5, false)]
    [InlineData(1, 0, true)]
    [InlineData(1, 0.99, true)]
    [InlineData(1, 1, true)]
    [InlineData(1, 1.01, false)]
    public void FirstCall_AgainstACap(double cap, double worstCase, bool granted) =>
        Assert.Equal(granted, _ledger.TryReserve(Key(monthly: (decimal)cap), (decimal)worstCase, Noon).Granted is not null);

    [Fact]
    public void Refusal_NamesTheCapInTheWay_AndWhenItReopens()
    {
        var key = Key(daily: 0.50m, monthly: 10m);
        _ledger.Settle(_ledger.TryReserve(key, 0.30m, Noon).Granted!, 0.20m);
        _ = _ledger.TryReserve(key, 0.10m, Noon);

        var refused = _ledger.TryReserve(key, 0.25m, Noon).Refused!;

        Assert.Equal(CapPeriod.Day, refused.Cap.Period);
        Assert.Equal((0.20m, 0.10m, 0.50m), (refused.SpentUsd, refused.ReservedUsd, refused.Cap.CapUsd));
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero), refused.ResetAt);
    }

    [Fact]
    public void ReleasedAndExpiredReservations_FreeTheirAmount_AndLateSettlingStillCounts()
    {
        var key = Key(monthly: 1m);
        _ledger.Release(_ledger.TryReserve(key, 1m, Noon).Granted!);
        var lost = _ledger.TryReserve(key, 1m, Noon).Granted!;
        Assert.NotNull(_ledger.TryReserve(key, 0.4m, Noon).Refused);

        var next = _ledger.TryReserve(key, 0.4m, Noon + SpendLedger.Lease).Granted;
        _ledger.Settle(lost, 0.3m);

        Assert.NotNull(next);
        Assert.Equal((0.3m, 0.4m), _ledger.Read(SpendSubject.Key(key.Id), CapPeriod.Month, Noon + SpendLedger.Lease));
    }

    [Fact]
    public void SettledTwice_CountsOnce()
    {
        var key = Key(monthly: 1m);
        var reservation = _ledger.TryReserve(key, 0.5m, Noon).Granted!;

        _ledger.Settle(reservation, 0.2m);
        _ledger.Settle(reservation, 0.2m);
        _ledger.Release(reservation);

        Assert.Equal((0.2m, 0m), _ledger.Read(SpendSubject.Key(key.Id), CapPeriod.Month, Noon));
    }

    [Fact]
    public void NewDayAndNewMonth_StartAtZero_AndWhatRanOverMidnightBelongsToTheOldOnes()
    {
        var lastSecond = new DateTimeOffset(2026, 11, 30, 23, 59, 59, TimeSpan.Zero);
        var key = Key(daily: 1m, monthly: 1m);
        var overMidnight = _ledger.TryReserve(key, 0.9m, lastSecond).Granted!;

        var first = _ledger.TryReserve(key, 1m, lastSecond.AddSeconds(1)).Granted;
        _ledger.Settle(overMidnight, 0.9m);

        Assert.NotNull(first);
        Assert.Equal((0m, 1m), _ledger.Read(SpendSubject.Key(key.Id), CapPeriod.Day, lastSecond.AddSeconds(2)));
        Assert.Equal((0m, 1m), _ledger.Read(SpendSubject.Key(key.Id), CapPeriod.Month, lastSecond.AddSeconds(2)));
    }

    [Fact]
    public void CapSetLater_KnowsWhatTheKeySpentBefore()
    {
        _ledger.Settle(_ledger.TryReserve(Key(), 0m, Noon).Granted!, 0.8m);

        Assert.NotNull(_ledger.TryReserve(Key(monthly: 1m), 0.3m, Noon).Refused);
        Assert.NotNull(_ledger.TryReserve(Key(monthly: 1m), 0.2m, Noon).Granted);
    }

    [Fact]
    public void SpendFromBeforeTheStart_CountsInTheWindowsItFallsInto()
    {
        _ledger.Add(SpendSubject.Key("key_1"), 5m, Noon.AddDays(-30));
        _ledger.Add(SpendSubject.Key("key_1"), 3m, Noon.AddDays(-2));
        _ledger.Add(SpendSubject.Key("key_1"), 1m, Noon.AddHours(-1));

        Assert.Equal(1m, _ledger.Read(SpendSubject.Key("key_1"), CapPeriod.Day, Noon).SpentUsd);
        Assert.Equal(4m, _ledger.Read(SpendSubject.Key("key_1"), CapPeriod.Month, Noon).SpentUsd);
    }

    [Fact]
    public void SeveralSubjects_AreReservedTogetherOrNotAtAll()
    {
        SpendCap[] caps =
        [
            new(SpendSubject.Workspace("ws_1"), CapPeriod.Month, 10m),
            new(SpendSubject.Key("key_1"), CapPeriod.Month, 1m),
            new(SpendSubject.EndUser("ws_1", "anna"), CapPeriod.Month, 0.5m),
        ];

        Assert.Equal(caps[2], _ledger.TryReserve(caps, 0.6m, Noon).Refused!.Cap);
        Assert.Equal((0m, 0m), _ledger.Read(caps[0].Subject, CapPeriod.Month, Noon));

        var reservation = _ledger.TryReserve(caps, 0.4m, Noon).Granted!;
        Assert.All(caps, cap => Assert.Equal((0m, 0.4m), _ledger.Read(cap.Subject, CapPeriod.Month, Noon)));
        _ledger.Settle(reservation, 0.3m);
        Assert.All(caps, cap => Assert.Equal((0.3m, 0m), _ledger.Read(cap.Subject, CapPeriod.Month, Noon)));
    }

    [Theory]
    [InlineData("2026-03-29T00:59:59.999Z", "2026-03-29", "2026-03-01")]   // clocks go forward in Europe this night
    [InlineData("2026-10-25T01:30:00+02:00", "2026-10-24", "2026-10-01")]
    [InlineData("2028-02-29T23:59:59.999Z", "2028-02-29", "2028-02-01")]
    [InlineData("2026-12-31T23:00:00-02:00", "2027-01-01", "2027-01-01")]
    public void Windows_AreCalendarDaysAndMonthsInUtc(string at, string day, string month)
    {
        var instant = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(Utc(day), SpendWindows.StartOf(CapPeriod.Day, instant));
        Assert.Equal(Utc(month), SpendWindows.StartOf(CapPeriod.Month, instant));
        Assert.Equal(TimeSpan.FromDays(1), SpendWindows.EndOf(CapPeriod.Day, Utc(day)) - Utc(day));

        static DateTimeOffset Utc(string date) => new(DateTime.Parse(date, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero);
    }

    private static WorkspaceKey Key(decimal? daily = null, decimal? monthly = null) =>
        new() { Id = "key_1", Name = "Agent", Prefix = "hw_live_0000", DailyCapUsd = daily, MonthlyCapUsd = monthly };
}
