using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Budgets;

/// <summary>What <see cref="SpendLedger.TryReserve(WorkspaceKey, decimal, DateTimeOffset)"/> says: one of the two is there.</summary>
public readonly record struct ReserveOutcome(Reservation? Granted, CapRefusal? Refused);

/// <summary>The worst case of one running call, set aside in every account in scope. Settle or release it once; more often does nothing.</summary>
public sealed class Reservation
{
    private int _ended;

    internal Reservation(DateTimeOffset at, SpendAccount account) => (At, First) = (at, new(account, null));

    /// <summary>When it was made; the spend is booked in the windows of this instant.</summary>
    internal DateTimeOffset At { get; }

    /// <summary>Nearly every call has one account; further ones are in <see cref="Others"/>.</summary>
    internal Entry First { get; set; }

    internal List<Entry>? Others { get; init; }

    internal bool End() => Interlocked.Exchange(ref _ended, 1) == 0;

    internal readonly record struct Entry(SpendAccount Account, LinkedListNode<Hold>? Hold);
}

/// <summary>
/// Spend against caps, in this process. Reserving looks at all caps in scope and sets the worst case aside in one step, so
/// parallel calls cannot pass a cap together; settling replaces the worst case by what it was. Spend is counted for every
/// key, capped or not, so that a cap set today knows this month's spend; an uncapped call costs one look-up and one lock.
/// </summary>
public sealed class SpendLedger
{
    /// <summary>A reservation that nobody settles (a defect, not a slow call: calls end after ten minutes) frees its amount after this.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<SpendSubject, SpendAccount> _accounts = new();

    /// <summary>Sets aside the worst case of a call against the key's caps.</summary>
    /// <param name="worstCaseUsd">US dollars; an estimate that is too low is the only way a cap is ever passed.</param>
    public ReserveOutcome TryReserve(WorkspaceKey key, decimal worstCaseUsd, DateTimeOffset now)
    {
        var subject = SpendSubject.Key(key.Id);
        if (key.DailyCapUsd is null && key.MonthlyCapUsd is null)
        {
            return new(new Reservation(now, AccountOf(subject)), null);
        }

        SpendCap[] caps = (key.DailyCapUsd, key.MonthlyCapUsd) switch
        {
            ({ } day, { } month) => [new(subject, CapPeriod.Day, day), new(subject, CapPeriod.Month, month)],
            ({ } day, null) => [new(subject, CapPeriod.Day, day)],
            (null, var month) => [new(subject, CapPeriod.Month, month!.Value)],
        };
        return TryReserve(caps, worstCaseUsd, now);
    }

    /// <summary>The same for any set of caps, all or nothing; a refusal names the first cap that is in the way.</summary>
    /// <param name="caps">At least one, ordered by kind of subject, with at most one subject of a kind.</param>
    public ReserveOutcome TryReserve(ReadOnlySpan<SpendCap> caps, decimal worstCaseUsd, DateTimeOffset now)
    {
        var accounts = new List<SpendAccount>(1);
        SpendSubject? last = null;
        foreach (ref readonly var cap in caps)
        {
            if (last is { } before && cap.Subject.Kind < before.Kind)
            {
                throw new ArgumentException("Caps are ordered by the kind of their subject, or two calls could wait for each other.", nameof(caps));
            }

            if (cap.Subject != last)
            {
                accounts.Add(AccountOf(cap.Subject));
                last = cap.Subject;
            }
        }

        foreach (var account in accounts)
        {
            account.Gate.Enter();
        }

        try
        {
            var at = -1;
            last = null;
            foreach (ref readonly var cap in caps)
            {
                at += cap.Subject != last ? 1 : 0;
                last = cap.Subject;
                if (accounts[at].Check(cap, worstCaseUsd, now) is { } refusal)
                {
                    return new(null, refusal);
                }
            }

            var reservation = new Reservation(now, accounts[0]) { Others = accounts.Count > 1 ? [] : null };
            reservation.First = new(accounts[0], accounts[0].Hold(worstCaseUsd, now + Lease));
            foreach (var other in CollectionsMarshal.AsSpan(accounts)[1..])
            {
                reservation.Others!.Add(new(other, other.Hold(worstCaseUsd, now + Lease)));
            }

            return new(reservation, null);
        }
        finally
        {
            foreach (var account in accounts)
            {
                account.Gate.Exit();
            }
        }
    }

    /// <summary>The call is over: what it cost takes the place of what was set aside.</summary>
    public void Settle(Reservation reservation, decimal actualUsd)
    {
        if (reservation.End())
        {
            End(reservation, actualUsd);
        }
    }

    /// <summary>The call cost nothing.</summary>
    public void Release(Reservation reservation) => Settle(reservation, 0m);

    /// <summary>Books spend that was not reserved here: what the database and the journal know at the start.</summary>
    public void Add(SpendSubject subject, decimal usd, DateTimeOffset at)
    {
        var account = AccountOf(subject);
        lock (account.Gate)
        {
            account.Spend(usd, at);
        }
    }

    /// <summary>What a subject has spent and set aside in the window that runs now.</summary>
    public (decimal SpentUsd, decimal ReservedUsd) Read(SpendSubject subject, CapPeriod period, DateTimeOffset now)
    {
        if (!_accounts.TryGetValue(subject, out var account))
        {
            return default;
        }

        lock (account.Gate)
        {
            return account.Read(period, now);
        }
    }

    private static void End(Reservation reservation, decimal actualUsd)
    {
        End(reservation.First, reservation.At, actualUsd);
        foreach (var other in reservation.Others ?? [])
        {
            End(other, reservation.At, actualUsd);
        }
    }

    private static void End(in Reservation.Entry entry, DateTimeOffset at, decimal actualUsd)
    {
        lock (entry.Account.Gate)
        {
            if (entry.Hold is { } hold)
            {
                entry.Account.Release(hold);
            }

            entry.Account.Spend(actualUsd, at);
        }
    }

    private SpendAccount AccountOf(SpendSubject subject) => _accounts.GetOrAdd(subject, static _ => new SpendAccount());
}
