using HiWay.Domain.Budgets;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// One subject's spend in the day and the month that run now. Entering a new window starts at zero; a clock that jumps
/// back does not reopen an old one. Everything is called under <see cref="Gate"/>.
/// </summary>
internal sealed class SpendAccount
{
    private Window _day;
    private Window _month;

    /// <summary>Running reservations, oldest first; only capped calls are in it.</summary>
    private readonly LinkedList<Hold> _holds = [];

    public Lock Gate { get; } = new();

    /// <summary>Sets an amount aside; a cap that would be passed first lets expired holds go, then refuses.</summary>
    public CapRefusal? Check(in SpendCap cap, decimal worstCaseUsd, DateTimeOffset now)
    {
        Enter(now);
        ref var window = ref WindowOf(cap.Period);
        if (!CapRules.Allows(cap.CapUsd, window.SpentUsd, window.ReservedUsd, worstCaseUsd))
        {
            ReleaseExpired(now);
        }

        return CapRules.Allows(cap.CapUsd, window.SpentUsd, window.ReservedUsd, worstCaseUsd)
            ? null
            : new(cap, window.SpentUsd, window.ReservedUsd, SpendWindows.EndOf(cap.Period, window.Start));
    }

    public LinkedListNode<Hold> Hold(decimal amountUsd, DateTimeOffset expiresAt)
    {
        _day.ReservedUsd += amountUsd;
        _month.ReservedUsd += amountUsd;
        return _holds.AddLast(new Hold(amountUsd, _day.Start, _month.Start, expiresAt));
    }

    public void Release(LinkedListNode<Hold> node)
    {
        // A hold that expired is no longer in the list, and its amount no longer set aside.
        if (node.List is null)
        {
            return;
        }

        _holds.Remove(node);
        if (node.Value.Day == _day.Start)
        {
            _day.ReservedUsd -= node.Value.AmountUsd;
        }

        if (node.Value.Month == _month.Start)
        {
            _month.ReservedUsd -= node.Value.AmountUsd;
        }
    }

    /// <summary>Books spend in the windows that <paramref name="at"/> falls into; what lies before the running ones no longer matters.</summary>
    public void Spend(decimal usd, DateTimeOffset at)
    {
        Enter(at);
        if (at >= _day.Start)
        {
            _day.SpentUsd += usd;
        }

        if (at >= _month.Start)
        {
            _month.SpentUsd += usd;
        }
    }

    public (decimal SpentUsd, decimal ReservedUsd) Read(CapPeriod period, DateTimeOffset now)
    {
        Enter(now);
        ReleaseExpired(now);
        ref var window = ref WindowOf(period);
        return (window.SpentUsd, window.ReservedUsd);
    }

    private void Enter(DateTimeOffset now)
    {
        if (now < _day.End)
        {
            return;
        }

        _day = Window.At(CapPeriod.Day, now);
        if (now >= _month.End)
        {
            _month = Window.At(CapPeriod.Month, now);
        }
    }

    private void ReleaseExpired(DateTimeOffset now)
    {
        while (_holds.First is { } oldest && oldest.Value.ExpiresAt <= now)
        {
            Release(oldest);
        }
    }

    private ref Window WindowOf(CapPeriod period)
    {
        if (period is CapPeriod.Day)
        {
            return ref _day;
        }

        return ref _month;
    }

    private struct Window
    {
        public DateTimeOffset Start;
        public DateTimeOffset End;
        public decimal SpentUsd;
        public decimal ReservedUsd;

        public static Window At(CapPeriod period, DateTimeOffset now)
        {
            var start = SpendWindows.StartOf(period, now);
            return new() { Start = start, End = SpendWindows.EndOf(period, start) };
        }
    }
}

/// <summary>An amount set aside in one account, with the windows it counts in.</summary>
internal readonly record struct Hold(decimal AmountUsd, DateTimeOffset Day, DateTimeOffset Month, DateTimeOffset ExpiresAt);
