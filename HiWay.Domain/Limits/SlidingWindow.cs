namespace HiWay.Domain.Limits;

/// <summary>
/// How much was used during the last 60 seconds, kept in one-second slots. What was used stays counted for 60 to 61 seconds, so
/// a limit is never passed within any 60 seconds. Not thread-safe: its owner locks.
/// </summary>
public sealed class SlidingWindow
{
    /// <summary>Seconds that something stays counted.</summary>
    public const int Seconds = 60;

    // One more than the window: the slot of the running second and 60 whole ones before it.
    private const int Slots = Seconds + 1;
    private readonly long[] _slots = new long[Slots];
    private long _second = long.MinValue;

    /// <summary>What was used within the window, as of the last <see cref="Advance"/>.</summary>
    public long Used { get; private set; }

    /// <summary>Forgets what has left the window. Time never runs backwards here: an earlier second changes nothing.</summary>
    /// <param name="second">Whole seconds of a monotonic clock.</param>
    public void Advance(long second)
    {
        if (_second == long.MinValue || second - _second >= Slots)
        {
            Array.Clear(_slots);
            Used = 0;
            _second = Math.Max(_second, second);
            return;
        }

        while (_second < second)
        {
            _second++;
            ref var slot = ref _slots[Index(_second)];
            Used -= slot;
            slot = 0;
        }
    }

    /// <summary>Counts an amount at the current second.</summary>
    public void Add(long amount)
    {
        _slots[Index(_second)] += amount;
        Used += amount;
    }

    /// <summary>Corrects what was counted at an earlier second, as long as that is still in the window.</summary>
    public void Correct(long second, long delta)
    {
        if (second > _second || _second - second >= Slots)
        {
            return;
        }

        ref var slot = ref _slots[Index(second)];
        var corrected = Math.Max(0, slot + delta);
        Used += corrected - slot;
        slot = corrected;
    }

    /// <summary>Whole seconds until at least <paramref name="amount"/> less is counted; 0 when it is already free, 61 when it never will be.</summary>
    public int SecondsUntilFree(long amount)
    {
        if (amount <= 0)
        {
            return 0;
        }

        long freed = 0;
        for (var age = Slots - 1; age >= 0; age--)
        {
            freed += _slots[Index(_second - age)];
            if (freed >= amount)
            {
                return Slots - age;
            }
        }

        return Slots;
    }

    /// <summary>Whole seconds until nothing is counted any more.</summary>
    public int SecondsUntilEmpty()
    {
        for (var age = 0; age < Slots; age++)
        {
            if (_slots[Index(_second - age)] > 0)
            {
                return Slots - age;
            }
        }

        return 0;
    }

    private static int Index(long second) => (int)((second % Slots + Slots) % Slots);
}
