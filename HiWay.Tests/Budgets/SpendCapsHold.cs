using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Budgets;

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
            if (Reserve(key, 0.03m, Noon).Granted is not { } reservation)
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
        Assert.Equal((0.99m, 0m), _ledger.Read(SpendSubject.Key("key_1"), CapPeriod.Month, Noon));
    }

    [Fact]
    public async Task EstimateTooLow_OvershootIsOneCallsError()
    {
        var key = Key(monthly: 1.00m);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() =>
        {
            if (Reserve(key, 0.01m, Noon).Granted is { } reservation)
            {
                _ledger.Settle(reservation, 0.02m);
            }
        })));

        // How many run at once decides how many estimates are open when the cap is reached; none starts after it.
        var (spent, reserved) = _ledger.Read(SpendSubject.Key("key_1"), CapPeriod.Month, Noon);
        Assert.Equal(0m, reserved);
        Assert.True(spent >= 0.99m);
        Assert.NotNull(Reserve(key, 0.01m, Noon).Refused);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 0.5, false)]
    [InlineData(1, 0, true)]
    [InlineData(1, 0.99, true)]
    [InlineData(1, 1, true)]
    [InlineData(1, 1.01, false)]
    public void FirstCall_AgainstACap(double cap, double worstCase, bool granted) =>
        Assert.Equal(granted, Reserve(Key(monthly: (decimal)cap), (decimal)worstCase, Noon).Granted is not null);

    [Fact]
    public void Refusal_NamesTheCapInTheWay_AndWhenItReopens()
    {
        var key = Key(daily: 0.50m, monthly: 10m);
        _ledger.Settle(Reserve(key, 0.30m, Noon).Granted!, 0.20m);
        _ = Reserve(key, 0.10m, Noon);

        var refused = Reserve(key, 0.25m, Noon).Refused!;

        Assert.Equal(CapPeriod.Day, refused.Cap.Period);
        Assert.Equal((0.20m, 0.10m, 0.50m), (refused.SpentUsd, refused.ReservedUsd, refused.Cap.CapUsd));
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero), refused.ResetAt);
    }

    [Fact]
    public void ReleasedAndExpiredReservations_FreeTheirAmount_AndLateSettlingStillCounts()
    {
        var key = Key(monthly: 1m);
        _ledger.Release(Reserve(key, 1m, Noon).Granted!);
        var lost = Reserve(key, 1m, Noon).Granted!;
        Assert.NotNull(Reserve(key, 0.4m, Noon).Refused);

        var next = Reserve(key, 0.4m, Noon + SpendLedger.Lease).Granted;
        _ledger.Settle(lost, 0.3m);

        Assert.NotNull(next);
        Assert.Equal((0.3m, 0.4m), _ledger.Read(SpendSubject.Key("key_1"), CapPeriod.Month, Noon + SpendLedger.Lease));
    }

    [Fact]
    public void SettledTwice_CountsOnce()
    {
        var key = Key(monthly: 1m);
        var reservation = Reserve(key, 0.5m, Noon).Granted!;

        _ledger.Settle(reservation, 0.2m);
        _ledger.Settle(reservation, 0.2m);
        _ledger.Release(reservation);

        Assert.Equal((0.2m, 0m), _ledger.Read(SpendSubject.Key("key_1"), CapPeriod.Month, Noon));
    }

    [Fact]
    public void NewDayAndNewMonth_StartAtZero_AndWhatRanOverMidnightBelongsToTheOldOnes()
    {
        var lastSecond = new DateTimeOffset(2026, 11, 30, 23, 59, 59, TimeSpan.Zero);
        var key = Key(daily: 1m, monthly: 1m);
        var overMidnight = Reserve(key, 0.9m, lastSecond).Granted!;

        var first = Reserve(key, 1m, lastSecond.AddSeconds(1)).Granted;
        _ledger.Settle(overMidnight, 0.9m);

        Assert.NotNull(first);
        Assert.Equal((0m, 1m), _ledger.Read(SpendSubject.Key("key_1"), CapPeriod.Day, lastSecond.AddSeconds(2)));
        Assert.Equal((0m, 1m), _ledger.Read(SpendSubject.Key("key_1"), CapPeriod.Month, lastSecond.AddSeconds(2)));
    }

    [Fact]
    public void CapSetLater_KnowsWhatTheKeySpentBefore()
    {
        _ledger.Settle(Reserve(Key(), 0m, Noon).Granted!, 0.8m);

        Assert.NotNull(Reserve(Key(monthly: 1m), 0.3m, Noon).Refused);
        Assert.NotNull(Reserve(Key(monthly: 1m), 0.2m, Noon).Granted);
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

        Assert.Equal(caps[2], Reserve(caps, 0.6m, Noon).Refused!.Cap);
        Assert.Equal((0m, 0m), _ledger.Read(caps[0].Subject, CapPeriod.Month, Noon));

        var reservation = Reserve(caps, 0.4m, Noon).Granted!;
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

    [Fact]
    public void Strictest_IsTheCapNearestToItsEnd_AndCountsWhatRuns()
    {
        var scope = Scope([new(SpendSubject.Workspace("ws_1"), CapPeriod.Month, 10m), new(SpendSubject.Key("key_1"), CapPeriod.Month, 1m)]);
        _ledger.Settle(Reserve(scope, 0.5m, Noon).Granted!, 0.5m);
        _ = Reserve(scope, 0.3m, Noon);

        var standing = _ledger.Strictest(scope, Noon)!.Value;

        Assert.Equal((SpendSubjectKind.Key, BudgetVerdict.Warn, 0.5m, 0.8m), (standing.Cap.Subject.Kind, standing.Verdict, standing.SpentUsd, standing.CommittedUsd));
    }

    [Fact]
    public void Thresholds_AreToldOnce_InTheOrderInWhichTheyAreReached_AndAgainInTheNextMonth()
    {
        var heard = new List<(BudgetVerdict, decimal)>();
        _ledger.Crossed += crossing => heard.Add((crossing.Verdict, crossing.SpentUsd));
        var scope = Scope([new(SpendSubject.Workspace("ws_1"), CapPeriod.Month, 1m)]);
        foreach (var usd in new[] { 0.7m, 0.06m, 0.01m, 0.14m, 0.05m })
        {
            _ledger.Settle(Reserve(scope, usd, Noon).Granted!, usd);
        }

        Assert.NotNull(Reserve(scope, 0.1m, Noon).Refused);
        Assert.NotNull(Reserve(scope, 0.1m, Noon).Refused);
        _ledger.Settle(Reserve(scope, 0.8m, Noon.AddMonths(1)).Granted!, 0.8m);

        Assert.Equal(
            [(BudgetVerdict.Warn, 0.76m), (BudgetVerdict.Downgrade, 0.91m), (BudgetVerdict.LightOnly, 0.96m), (BudgetVerdict.Block, 0.96m), (BudgetVerdict.Warn, 0.8m)], heard);
    }

    [Fact]
    public void CallTooLargeForAnEmptyCap_IsRefused_WithoutCallingTheCapReached()
    {
        var heard = 0;
        _ledger.Crossed += _ => heard++;

        Assert.NotNull(Reserve(Key(monthly: 1m), 5m, Noon).Refused);
        Assert.Equal(0, heard);
    }

    private static SpendScope Key(decimal? daily = null, decimal? monthly = null)
    {
        var caps = new List<SpendCap>();
        if (daily is { } day)
        {
            caps.Add(new(SpendSubject.Key("key_1"), CapPeriod.Day, day));
        }

        if (monthly is { } month)
        {
            caps.Add(new(SpendSubject.Key("key_1"), CapPeriod.Month, month));
        }

        return Scope(caps);
    }

    private static SpendScope Scope(IReadOnlyList<SpendCap> caps) => new("ws_1", "key_1", "anna", caps, WorkspaceBudget.None);

    /// <summary>Without a database every answer is there at once.</summary>
    private ReserveOutcome Reserve(SpendScope scope, decimal worstCaseUsd, DateTimeOffset now)
    {
        var reserved = _ledger.ReserveAsync(scope, worstCaseUsd, now);
        Assert.True(reserved.IsCompletedSuccessfully);
        return reserved.Result;
    }

    private ReserveOutcome Reserve(SpendCap[] caps, decimal worstCaseUsd, DateTimeOffset now) => Reserve(Scope(caps), worstCaseUsd, now);
}
