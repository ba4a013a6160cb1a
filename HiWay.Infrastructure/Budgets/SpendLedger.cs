using System.Collections.Concurrent;
using System.Diagnostics;
using HiWay.Domain.Budgets;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// Spend against caps. Reserving looks at all caps in scope and sets the worst case aside in one step, so parallel calls cannot
/// pass a cap together; settling replaces the worst case by what it was. While this node holds slices of the caps in scope all
/// of it happens in this process; only a slice that runs out asks the database. Spend is counted for every workspace and key,
/// capped or not, so that a cap set today knows this month's spend; an uncapped call costs two look-ups and two locks.
/// </summary>
public sealed class SpendLedger(ISpendLeases? leases = null)
{
    /// <summary>A reservation that nobody settles (a defect, not a slow call: calls end after ten minutes) frees its amount after this.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);

    private readonly SpendSlices? _slices = leases is null ? null : new(leases);
    private readonly ConcurrentDictionary<SpendSubject, SpendAccount> _accounts = new();

    /// <summary>Told when a cap's spend reaches a verdict; called on the thread of the call, so it must be quick.</summary>
    public event Action<CapCrossing>? Crossed;

    internal IEnumerable<SpendAccount> Accounts => _accounts.Values;

    /// <summary>Sets aside the worst case of a call against every cap in scope, all or nothing.</summary>
    /// <param name="worstCaseUsd">US dollars; an estimate that is too low is the only way a cap is ever passed.</param>
    public ValueTask<ReserveOutcome> ReserveAsync(SpendScope scope, decimal worstCaseUsd, DateTimeOffset now)
    {
        var reservation = Begin(scope, now);
        return !scope.Capped || TryHold(reservation, worstCaseUsd, now, out var blocked) is CapAnswer.Allowed
            ? new(new ReserveOutcome(reservation, null))
            : _slices is null ? new(new ReserveOutcome(null, Refuse(scope, blocked, now)))
            : AskAsync(reservation, worstCaseUsd, now, blocked);
    }

    /// <summary>The call is over: what it cost takes the place of what was set aside.</summary>
    public void Settle(Reservation reservation, decimal actualUsd)
    {
        if (!reservation.End())
        {
            return;
        }

        // As the database keeps it, so that both always have the same sum.
        var usd = decimal.Round(actualUsd, 15);
        End(reservation.Workspace, reservation.At, usd);
        End(reservation.Key, reservation.At, usd);
        End(reservation.EndUser, reservation.At, usd);
        if (usd > 0m && Crossed is not null)
        {
            for (var i = 0; i < reservation.Scope.Caps.Count; i++)
            {
                Tell(reservation.Scope, reservation.Scope.Caps[i], reservation.At);
            }
        }
    }

    /// <summary>The call cost nothing.</summary>
    public void Release(Reservation reservation) => Settle(reservation, 0m);

    /// <summary>What the books have of this node in a window, at the start; a window that is over is left out.</summary>
    internal void Seed(SpendWindowKey key, decimal usd, DateTimeOffset now)
    {
        var account = AccountOf(key.Subject);
        lock (account.Gate)
        {
            var window = account.Window(key.Period, now);
            window.SettledUsd += window.Start == key.Start ? usd : 0m;
        }
    }

    /// <summary>Books spend that was not reserved here: what the journal still holds at the start.</summary>
    public void Add(SpendSubject subject, decimal usd, DateTimeOffset at)
    {
        var account = AccountOf(subject);
        lock (account.Gate)
        {
            account.Spend(usd, at);
        }
    }

    /// <summary>What this node has spent and set aside in the window that runs now.</summary>
    public (decimal SpentUsd, decimal ReservedUsd) Read(SpendSubject subject, CapPeriod period, DateTimeOffset now)
    {
        if (!_accounts.TryGetValue(subject, out var account))
        {
            return default;
        }

        lock (account.Gate)
        {
            account.ReleaseExpired(now);
            var window = account.Window(period, now);
            return (window.SettledUsd, window.ReservedUsd);
        }
    }

    /// <summary>What this node holds of a subject's caps and has not used, US dollars.</summary>
    public decimal HeldUsd(SpendSubject subject)
    {
        if (!_accounts.TryGetValue(subject, out var account))
        {
            return 0m;
        }

        lock (account.Gate)
        {
            return account.HeldUsd;
        }
    }

    /// <summary>The strictest of the caps in scope; of equally strict ones the one that is fullest. Null without a cap.</summary>
    public CapStanding? Strictest(SpendScope scope, DateTimeOffset now)
    {
        CapStanding? strictest = null;
        for (var i = 0; i < scope.Caps.Count; i++)
        {
            var standing = Stand(scope, scope.Caps[i], now);
            if (strictest is not { } other || standing.Verdict > other.Verdict
                || (standing.Verdict == other.Verdict && standing.CommittedUsd * other.Cap.CapUsd > other.CommittedUsd * standing.Cap.CapUsd))
            {
                strictest = standing;
            }
        }

        return strictest;
    }

    /// <summary>The cap in scope with the least room left; null without a cap.</summary>
    public CapStanding? Tightest(SpendScope scope, DateTimeOffset now)
    {
        CapStanding? tightest = null;
        for (var i = 0; i < scope.Caps.Count; i++)
        {
            var standing = Stand(scope, scope.Caps[i], now);
            tightest = tightest is { } other && other.LeftUsd <= standing.LeftUsd ? other : standing;
        }

        return tightest;
    }

    /// <summary>Asks the database about caps in scope of which this node knows nothing yet. Completes at once when there is none.</summary>
    public ValueTask KnowAsync(SpendScope scope, DateTimeOffset now)
    {
        if (_slices is not null)
        {
            for (var i = 0; i < scope.Caps.Count; i++)
            {
                var cap = scope.Caps[i];
                var account = AccountOf(cap.Subject);
                lock (account.Gate)
                {
                    var window = account.Window(cap.Period, now);
                    window.Obey(cap.LimitUsd);
                    if (window.AskedAt == 0)
                    {
                        return LearnAsync(scope, now);
                    }
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Takes an account away that nothing needs any more: no cap, no reservation, and its spend is in the database.</summary>
    internal void Forget(SpendAccount account) => _accounts.TryRemove(new(account.Subject, account));

    internal SpendAccount AccountOf(SpendSubject subject) => _accounts.TryGetValue(subject, out var known) ? known : _accounts.GetOrAdd(subject, static key => new SpendAccount(key));

    private Reservation Begin(SpendScope scope, DateTimeOffset now) => new(scope, now)
    {
        Workspace = new(AccountOf(SpendSubject.Workspace(scope.WorkspaceId)), null),
        Key = new(scope.KeyId is { } key ? AccountOf(SpendSubject.Key(key)) : null, null),
        EndUser = new(scope.EndUser is { } user ? AccountOf(SpendSubject.EndUser(scope.WorkspaceId, user)) : null, null),
    };

    /// <summary>Checks every cap and sets the amount aside under the gates of all accounts, taken in the order of their kinds.</summary>
    private CapAnswer TryHold(Reservation reservation, decimal worstCaseUsd, DateTimeOffset now, out SpendCap blocked)
    {
        var (workspace, key, user) = (reservation.Workspace.Account!, reservation.Key.Account, reservation.EndUser.Account);
        workspace.Gate.Enter();
        key?.Gate.Enter();
        user?.Gate.Enter();
        try
        {
            var caps = reservation.Scope.Caps;
            for (var i = 0; i < caps.Count; i++)
            {
                var cap = caps[i];
                var account = cap.Subject.Kind switch { SpendSubjectKind.Workspace => workspace, SpendSubjectKind.Key => key!, _ => user! };
                var answer = account.Check(cap, worstCaseUsd, now, _slices is not null);
                if (answer is not CapAnswer.Allowed)
                {
                    blocked = cap;
                    return answer;
                }

                _slices?.Refill(account, cap, now);
            }

            var until = now + Lease;
            reservation.Workspace = new(workspace, workspace.Hold(worstCaseUsd, until));
            reservation.Key = new(key, key?.Hold(worstCaseUsd, until));
            reservation.EndUser = new(user, user?.Hold(worstCaseUsd, until));
            blocked = default;
            return CapAnswer.Allowed;
        }
        finally
        {
            user?.Gate.Exit();
            key?.Gate.Exit();
            workspace.Gate.Exit();
        }
    }

    /// <summary>Takes slices until the call fits, or the database says that it never will.</summary>
    private async ValueTask<ReserveOutcome> AskAsync(Reservation reservation, decimal worstCaseUsd, DateTimeOffset now, SpendCap blocked)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var account = AccountOf(blocked.Subject);
            if (!SpendSlices.IsRefused(account, blocked, worstCaseUsd, now, out var final))
            {
                await _slices!.TakeAsync(account, blocked, worstCaseUsd, now);
            }

            var answer = TryHold(reservation, worstCaseUsd, now, out var next);
            if (answer is CapAnswer.Allowed)
            {
                return new(reservation, null);
            }

            if (answer is CapAnswer.Full || (next == blocked && SpendSlices.IsRefused(account, blocked, worstCaseUsd, now, out final) && final))
            {
                return new(null, Refuse(reservation.Scope, next, now));
            }

            if (next == blocked && SpendSlices.IsAway(account, blocked, now))
            {
                return new(null, null, blocked);
            }

            if (next == blocked && SpendSlices.IsRefused(account, blocked, worstCaseUsd, now, out _))
            {
                // Others hold what they do not use and have been told; near the cap that is what a call has to wait for.
                if (Stopwatch.GetElapsedTime(began) > _slices!.Patience)
                {
                    return new(null, Refuse(reservation.Scope, blocked, now));
                }

                await SpendSlices.PauseAsync(account, blocked, now);
            }

            blocked = next;
        }
    }

    private async ValueTask LearnAsync(SpendScope scope, DateTimeOffset now)
    {
        for (var i = 0; i < scope.Caps.Count; i++)
        {
            var cap = scope.Caps[i];
            var account = AccountOf(cap.Subject);
            bool unknown;
            lock (account.Gate)
            {
                unknown = account.Window(cap.Period, now).AskedAt == 0;
            }

            if (unknown)
            {
                await _slices!.TakeAsync(account, cap, 0m, now);
            }
        }
    }

    private CapStanding Stand(SpendScope scope, in SpendCap cap, DateTimeOffset now)
    {
        var account = AccountOf(cap.Subject);
        lock (account.Gate)
        {
            account.ReleaseExpired(now);
            var window = account.Window(cap.Period, now);
            var committed = window.UsedUsd + window.OthersUsedUsd;
            return new(cap, BudgetRules.Judge(scope.ThresholdsOf(cap), cap.CapUsd, committed), window.SettledUsd + window.OthersSpentUsd, committed, window.End);
        }
    }

    /// <summary>Why a cap lets nothing through now; whoever watches caps hears of it.</summary>
    public CapRefusal Refuse(SpendScope scope, in SpendCap cap, DateTimeOffset now)
    {
        var account = AccountOf(cap.Subject);
        lock (account.Gate)
        {
            var window = account.Window(cap.Period, now);
            var reserved = window.ReservedUsd + Math.Max(0m, window.OthersUsedUsd - window.OthersSpentUsd);
            var refusal = new CapRefusal(cap, window.SettledUsd + window.OthersSpentUsd, reserved, window.End);

            // One call that is too large for a cap that is nearly unused says nothing of the cap.
            var verdict = BudgetRules.Judge(scope.ThresholdsOf(cap), cap.CapUsd, refusal.SpentUsd + reserved);
            Tell(scope, cap, window, verdict >= BudgetVerdict.Warn ? BudgetVerdict.Block : BudgetVerdict.Ok, now);
            return refusal;
        }
    }

    private void Tell(SpendScope scope, in SpendCap cap, DateTimeOffset at)
    {
        var account = AccountOf(cap.Subject);
        lock (account.Gate)
        {
            var window = account.Window(cap.Period, at);
            if (at >= window.Start)
            {
                Tell(scope, cap, window, BudgetRules.Judge(scope.ThresholdsOf(cap), cap.CapUsd, window.SettledUsd + window.OthersSpentUsd), at);
            }
        }
    }

    private void Tell(SpendScope scope, in SpendCap cap, SpendWindow window, BudgetVerdict verdict, DateTimeOffset at)
    {
        if (verdict > window.Told)
        {
            var spent = window.SettledUsd + window.OthersSpentUsd;
            Crossed?.Invoke(new(scope.WorkspaceId, cap, window.Told, BudgetRules.Judge(scope.ThresholdsOf(cap), cap.CapUsd, spent), verdict, spent, window.Start, at));
            window.Told = verdict;
        }
    }

    private static void End(in Reservation.Entry entry, DateTimeOffset at, decimal actualUsd)
    {
        if (entry.Account is not { } account)
        {
            return;
        }

        lock (account.Gate)
        {
            if (entry.Hold is { } hold)
            {
                account.Release(hold);
            }

            account.Spend(actualUsd, at);
        }
    }
}
