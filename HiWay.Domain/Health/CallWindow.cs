namespace HiWay.Domain.Health;

/// <summary>
/// Calls and failures of the last minute, in six slices of ten seconds. A call adds to one number without a lock; a slice that has
/// grown old is replaced whole by whoever comes first.
/// </summary>
internal sealed class CallWindow
{
    private const int Slices = 6;
    private const long SliceTicks = 10 * TimeSpan.TicksPerSecond;

    // A slice: its place in time (24 bits), failed calls (20 bits), all calls (20 bits).
    private const int FailedShift = 20;
    private const int TimeShift = 40;
    private const long Mask = (1L << FailedShift) - 1;
    private const long TimeMask = (1L << 24) - 1;

    private readonly long[] _slices = new long[Slices];

    /// <param name="now">UTC ticks.</param>
    public void Add(long now, bool failed)
    {
        var time = now / SliceTicks;
        ref var slice = ref _slices[(int)(time % Slices)];
        var one = failed ? (1L << FailedShift) + 1 : 1;
        while (true)
        {
            var seen = Volatile.Read(ref slice);
            if (seen >>> TimeShift == (time & TimeMask))
            {
                // A slice holds a million calls; beyond that the rate is known well enough.
                if ((seen & Mask) < Mask - 1_000)
                {
                    Interlocked.Add(ref slice, one);
                }

                return;
            }

            if (Interlocked.CompareExchange(ref slice, ((time & TimeMask) << TimeShift) | one, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>All calls and failed ones of the last minute.</summary>
    /// <param name="now">UTC ticks.</param>
    public (int Calls, int Failed) Read(long now)
    {
        var time = now / SliceTicks;
        var (calls, failed) = (0, 0);
        for (var back = 0; back < Slices; back++)
        {
            var slice = Volatile.Read(ref _slices[(int)((time - back) % Slices)]);
            if (slice >>> TimeShift == ((time - back) & TimeMask))
            {
                calls += (int)(slice & Mask);
                failed += (int)(slice >> FailedShift & Mask);
            }
        }

        return (calls, failed);
    }

    public void Clear() => Array.Clear(_slices);
}
