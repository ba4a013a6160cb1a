using HiWay.Domain.Guardian.Rules;

namespace HiWay.Domain.Guardian;

/// <summary>
/// What a key has spent within the rule's window, in 30 slots of it, so something stays counted for the window and at most a thirtieth more;
/// and what is known of the last 24 hours. Not thread-safe: its owner locks.
/// </summary>
public sealed class CostWindow
{
    private const int Slots = 31;

    private readonly decimal[] _slots = new decimal[Slots];
    private long _slotMs;
    private long _slot = long.MinValue;
    private decimal _usd;
    private decimal _othersUsd;
    private long _othersAtMs;
    private long _cleanUntilMs = long.MinValue;
    private long _heldUntilMs = long.MinValue;
    private decimal _heldUsd;

    /// <summary>Spent within the last 24 hours by this key wherever it was used, in US dollars; null while that has not been read.</summary>
    public decimal? DayUsd { get; private set; }

    public void Add(decimal usd, long nowMs, int windowSeconds)
    {
        Advance(nowMs, windowSeconds);
        _slots[Index(_slot)] += usd;
        _usd += usd;
    }

    /// <summary>Takes in what the books say of the key.</summary>
    /// <param name="windowUsd">In the books for the window, all nodes and earlier processes together.</param>
    public void Know(decimal dayUsd, decimal windowUsd, long nowMs, int windowSeconds)
    {
        Advance(nowMs, windowSeconds);
        DayUsd = dayUsd;
        _othersUsd = nowMs < _cleanUntilMs ? 0 : Math.Max(0, windowUsd - _usd);
        _othersAtMs = nowMs;
    }

    /// <summary>What was spent so far has been answered for: a restored key begins anew.</summary>
    public void Clear(long nowMs, int windowSeconds)
    {
        Array.Clear(_slots);
        (_usd, _othersUsd, _heldUntilMs) = (0, 0, long.MinValue);
        _cleanUntilMs = nowMs + (windowSeconds * 1000L);
    }

    /// <summary>Null while all is in line. Without a history to compare with nothing is a spike.</summary>
    /// <param name="slow">The key's calls come too slowly for throttling to refuse any.</param>
    public GuardianHit? Judge(in CostSpikeLimits limits, long nowMs, bool slow = false)
    {
        Advance(nowMs, limits.WindowSeconds);
        if (DayUsd is not { } dayUsd)
        {
            return null;
        }

        var spent = _usd + (nowMs - _othersAtMs < limits.WindowSeconds * 1000L ? _othersUsd : 0);
        var limit = CostSpikeRule.LimitUsd(limits, dayUsd);
        var throttles = limits.Action is GuardianAction.Throttle;
        if (throttles && (nowMs < _heldUntilMs || (slow && spent > limit * CostSpikeRule.ThrottleFails)))
        {
            _heldUsd = nowMs < _heldUntilMs ? Math.Max(_heldUsd, spent) : spent;
            Hold(nowMs, limits.WindowSeconds);
            return new(GuardianRule.CostSpike, GuardianAction.Block, Stops: true, limits.WindowSeconds, _heldUsd, limit, limits.WindowSeconds);
        }

        return spent <= limit ? null : new(GuardianRule.CostSpike, limits.Action, limits.Action is not GuardianAction.Alert, RetryAfter(spent - limit), spent, limit, limits.WindowSeconds);
    }

    /// <summary>Another node saw a call of the key: one that is held has not been silent.</summary>
    public void Hear(long nowMs, int windowSeconds)
    {
        if (nowMs < _heldUntilMs)
        {
            Hold(nowMs, windowSeconds);
        }
    }

    private void Hold(long nowMs, int windowSeconds) => _heldUntilMs = nowMs + (windowSeconds * 1000L);

    /// <summary>Until so much has left the window; what other nodes spent leaves it when nobody knows.</summary>
    private int RetryAfter(decimal over)
    {
        decimal freed = 0;
        for (var age = Slots - 1; age >= 0; age--)
        {
            freed += _slots[Index(_slot - age)];
            if (freed >= over)
            {
                return (int)Math.Max(1, (Slots - age) * _slotMs / 1000);
            }
        }

        return (int)Math.Max(1, Slots * _slotMs / 1000);
    }

    private void Advance(long nowMs, int windowSeconds)
    {
        var slotMs = Math.Max(1, windowSeconds * 1000L / (Slots - 1));
        var slot = nowMs / slotMs;
        if (slotMs != _slotMs || slot - _slot >= Slots || _slot == long.MinValue)
        {
            Array.Clear(_slots);
            (_slotMs, _slot, _usd) = (slotMs, slot, 0);
            return;
        }

        while (_slot < slot)
        {
            _slot++;
            ref var oldest = ref _slots[Index(_slot)];
            _usd -= oldest;
            oldest = 0;
        }
    }

    private static int Index(long slot) => (int)((slot % Slots + Slots) % Slots);
}
