using HiWay.Domain.Budgets;

namespace HiWay.Infrastructure.Budgets;

/// <summary>Whether an account lets a call through.</summary>
internal enum CapAnswer
{
    Allowed,

    /// <summary>Perhaps, but this node must take a larger slice of the cap first.</summary>
    NeedsSlice,

    Full,
}

/// <summary>
/// One subject's spend on this node in the day and the month that run now. Entering a new window starts at zero; a clock that
/// jumps back does not reopen an old one. Everything is called under <see cref="Gate"/>.
/// </summary>
internal sealed class SpendAccount(SpendSubject subject)
{
    private SpendWindow _day = SpendWindow.Never(CapPeriod.Day);
    private SpendWindow _month = SpendWindow.Never(CapPeriod.Month);

    /// <summary>Running reservations, oldest first; only capped calls are in it.</summary>
    private readonly LinkedList<Hold> _holds = [];

    public SpendSubject Subject { get; } = subject;

    public Lock Gate { get; } = new();

    /// <summary>Held and not used; of two capped windows the smaller amount, since a call needs both.</summary>
    public decimal HeldUsd => (_day.LimitUsd, _month.LimitUsd) switch
    {
        (null, null) => 0m,
        (null, _) => _month.HeadroomUsd,
        (_, null) => _day.HeadroomUsd,
        _ => Math.Min(_day.HeadroomUsd, _month.HeadroomUsd),
    };

    /// <summary>The windows in which this node holds or wants a slice, without entering new ones.</summary>
    public IEnumerable<SpendWindow> Leased()
    {
        if (_day.LimitUsd is not null)
        {
            yield return _day;
        }

        if (_month.LimitUsd is not null)
        {
            yield return _month;
        }
    }

    /// <summary>Nothing is running, so the account can be made again from the books when it is needed.</summary>
    public bool IsIdle => _holds.Count == 0;

    /// <summary>When a call last used the account.</summary>
    public DateTimeOffset UsedAt { get; private set; }

    /// <summary>The running window of a period.</summary>
    public SpendWindow Window(CapPeriod period, DateTimeOffset now)
    {
        Enter(now);
        return period is CapPeriod.Day ? _day : _month;
    }

    /// <summary>Looks at one cap; one that would be passed first lets expired holds go.</summary>
    /// <param name="bySlices">False in a process that shares its caps with nobody.</param>
    public CapAnswer Check(in SpendCap cap, decimal worstCaseUsd, DateTimeOffset now, bool bySlices)
    {
        var window = Window(cap.Period, now);
        window.Obey(cap.LimitUsd);
        var answer = window.Check(cap, worstCaseUsd, bySlices);
        if (answer is not CapAnswer.Allowed && ReleaseExpired(now))
        {
            answer = window.Check(cap, worstCaseUsd, bySlices);
        }

        return answer;
    }

    public LinkedListNode<Hold> Hold(decimal amountUsd, DateTimeOffset expiresAt)
    {
        _day.ReservedUsd += amountUsd;
        _month.ReservedUsd += amountUsd;
        UsedAt = expiresAt;
        return _holds.AddLast(new Hold(amountUsd, _day, _month, expiresAt));
    }

    public void Release(LinkedListNode<Hold> node)
    {
        // A hold that expired is no longer in the list, and its amount no longer set aside.
        if (node.List is null)
        {
            return;
        }

        _holds.Remove(node);
        node.Value.Day.ReservedUsd -= node.Value.AmountUsd;
        node.Value.Month.ReservedUsd -= node.Value.AmountUsd;
    }

    /// <summary>Books spend in the windows that <paramref name="at"/> falls into; what lies before the running ones no longer matters.</summary>
    public void Spend(decimal usd, DateTimeOffset at)
    {
        Enter(at);
        UsedAt = at > UsedAt ? at : UsedAt;
        if (at >= _day.Start)
        {
            _day.SettledUsd += usd;
        }

        if (at >= _month.Start)
        {
            _month.SettledUsd += usd;
        }
    }

    /// <summary>Lets reservations go that nobody has ended in their time. True when there were any.</summary>
    public bool ReleaseExpired(DateTimeOffset now)
    {
        var any = false;
        while (_holds.First is { } oldest && oldest.Value.ExpiresAt <= now)
        {
            Release(oldest);
            any = true;
        }

        return any;
    }

    private void Enter(DateTimeOffset now)
    {
        if (now < _day.End)
        {
            return;
        }

        _day = SpendWindow.At(CapPeriod.Day, now);
        if (now >= _month.End)
        {
            _month = SpendWindow.At(CapPeriod.Month, now);
        }
    }
}

/// <summary>An amount set aside in one account, with the windows it counts in.</summary>
internal readonly record struct Hold(decimal AmountUsd, SpendWindow Day, SpendWindow Month, DateTimeOffset ExpiresAt);
