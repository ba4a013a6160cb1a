using System.Diagnostics;
using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Metering;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// Says twice a second that this node lives. With others on the same database it also tells them what it has used of each
/// cap, hears what they have used, and gives back what it holds and others need. Alone it does nothing more.
/// </summary>
internal sealed class SpendExchange(
    SpendLedger ledger, SpendShares shares, BudgetHealth health, DatabaseState database, IUsageJournal journal, IOptions<BudgetOptions> options, TimeProvider clock,
    ILogger<SpendExchange> log) : BackgroundService
{
    private static readonly TimeSpan s_alone = TimeSpan.FromMilliseconds(500);

    /// <summary>A slice that nobody has needed for so long goes back, so that it is not lost with the node.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_housekeeping = TimeSpan.FromMinutes(1);

    /// <summary>A database that has not answered for so long is away, whether it is gone or hangs.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private readonly BudgetOptions _options = options.Value;
    private long _heardAt = Stopwatch.GetTimestamp();
    private long _keptHouseAt;
    private bool _givenUp;
    private Task<int>? _beat;

    /// <summary>The usage drain has made its last pass by now, so what is not used of the slices goes back.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await shares.LeaveAsync(Settled(), cancellationToken);
        }
        catch (Exception away) when (away is OperationCanceledException || DatabaseFault.IsPassing(away))
        {
            BudgetLog.NotGivenBack(log, away.GetBaseException().Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await TickAsync(stoppingToken);
                await Task.Delay(health.HasCompany ? _options.ExchangeInterval : s_alone, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // StopAsync gives back what is held.
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_limit);
            var others = await BeatAsync(cancellationToken);
            database.MarkAnswering(true);
            var lostAt = health.Heard(others + 1);
            _heardAt = Stopwatch.GetTimestamp();
            _givenUp = false;
            if (others > 0 || lostAt is not null)
            {
                await ExchangeAsync(limit.Token);
            }

            if (lostAt is { } since)
            {
                BudgetLog.DatabaseRegained(log, (clock.GetUtcNow() - since).TotalSeconds, health.State.HeldUsd);
            }

            if (_keptHouseAt == 0 || Stopwatch.GetElapsedTime(_keptHouseAt) > s_housekeeping)
            {
                _keptHouseAt = Stopwatch.GetTimestamp();
                await KeepHouseAsync(limit.Token);
            }
        }
        catch (Exception away) when (!cancellationToken.IsCancellationRequested && (DatabaseFault.IsAway(away) || away is OperationCanceledException))
        {
            database.MarkAnswering(false);
            if (health.Lost(clock.GetUtcNow()))
            {
                BudgetLog.DatabaseLost(log, away.GetBaseException().Message, health.State.ExposureUsd);
            }

            GiveUpWhenCutOff();
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            BudgetLog.ExchangeFailed(log, defect);
        }
    }

    /// <summary>A beat that hangs with the database is waited for again, rather than joined by others that hang too.</summary>
    private async Task<int> BeatAsync(CancellationToken cancellationToken)
    {
        _beat ??= shares.BeatAsync(cancellationToken);
        try
        {
            return await _beat.WaitAsync(s_limit, cancellationToken);
        }
        finally
        {
            _beat = _beat.IsCompleted ? null : _beat;
        }
    }

    /// <summary>Hears of the others first, so that what they ask back goes with this node's own news.</summary>
    private async Task ExchangeAsync(CancellationToken cancellationToken)
    {
        var leases = Leases(lease => lease.AskedAt != 0);
        if (leases.Count == 0)
        {
            return;
        }

        var heard = await shares.HearAsync([.. leases.Select(lease => lease.Key)], cancellationToken);
        var news = new List<ShareNews>(leases.Count);
        var givingBack = new List<(SpendAccount Account, SpendWindow Window, TaskCompletionSource Done)>();
        var now = clock.GetUtcNow();
        for (var i = 0; i < leases.Count; i++)
        {
            var (account, window) = (leases[i].Account, leases[i].Window);
            lock (account.Gate)
            {
                account.ReleaseExpired(now);
                window.OthersSpentUsd = heard[i].OthersSpentUsd;
                window.OthersUsedUsd = heard[i].OthersUsedUsd;
                decimal? keep = null;
                if (window.Asking is null)
                {
                    // Less in the database than here: the slice was written off while this node was away.
                    window.GrantedUsd = Math.Min(window.GrantedUsd, heard[i].GrantedUsd);
                    if (window.GrantedUsd > window.UsedUsd && (heard[i].Recalled || window.Tight || now - window.UsedAt > s_idle))
                    {
                        // Taken away here before the database hears of it, so that nobody spends what another node may get.
                        window.GrantedUsd = window.UsedUsd;
                        keep = window.GrantedUsd;
                        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                        window.Asking = done.Task;
                        givingBack.Add((account, window, done));
                    }
                }

                news.Add(new(leases[i].Key, window.SettledUsd, window.ReservedUsd, keep));
            }
        }

        try
        {
            await shares.TellAsync(news, cancellationToken);
        }
        finally
        {
            foreach (var (account, window, done) in givingBack)
            {
                lock (account.Gate)
                {
                    window.Asking = null;
                }

                done.SetResult();
            }
        }
    }

    private async Task KeepHouseAsync(CancellationToken cancellationToken)
    {
        var (usd, nodes) = await shares.WriteOffAsync(_options.WriteOffAfter, cancellationToken);
        if (usd > 0m)
        {
            BudgetLog.WrittenOff(log, usd, nodes, _options.WriteOffAfter);
        }

        // End users come and go without number; one whose spend is in the books is made again from there.
        var now = clock.GetUtcNow();
        var drainedTo = journal.State.OldestPendingAt ?? now;
        foreach (var account in ledger.Accounts)
        {
            if (account.Subject.Kind is not SpendSubjectKind.EndUser)
            {
                continue;
            }

            lock (account.Gate)
            {
                if (account.IsIdle && account.UsedAt < now - TimeSpan.FromMinutes(10) && account.UsedAt < drainedTo - TimeSpan.FromMinutes(10)
                    && account.Leased().All(window => window.Asking is null && window.HeadroomUsd == 0m))
                {
                    ledger.Forget(account);
                }
            }
        }
    }

    /// <summary>Others will write this node's slices off; it must have stopped using them by then.</summary>
    private void GiveUpWhenCutOff()
    {
        var away = Stopwatch.GetElapsedTime(_heardAt);
        if (_givenUp || away < _options.WriteOffAfter * 0.9)
        {
            return;
        }

        _givenUp = true;
        foreach (var lease in Leases(_ => true))
        {
            lock (lease.Account.Gate)
            {
                lease.Window.GrantedUsd = Math.Min(lease.Window.GrantedUsd, lease.Window.UsedUsd);
            }
        }

        BudgetLog.SlicesGivenUp(log, away.TotalHours);
    }

    private List<ShareNews> Settled() =>
        [.. Leases(_ => true).Select(lease => new ShareNews(lease.Key, lease.Window.SettledUsd, 0m, lease.Window.SettledUsd))];

    private List<Lease> Leases(Func<SpendWindow, bool> wanted)
    {
        var leases = new List<Lease>();
        foreach (var account in ledger.Accounts)
        {
            lock (account.Gate)
            {
                foreach (var window in account.Leased())
                {
                    if (wanted(window))
                    {
                        leases.Add(new(account, window, new(account.Subject, window.Period, window.Start)));
                    }
                }
            }
        }

        return leases;
    }
}

/// <summary>A window in which this node may hold a slice.</summary>
internal sealed record Lease(SpendAccount Account, SpendWindow Window, SpendWindowKey Key);
