namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// Keeps a loop on one processor while it is busy, where what it works with is in the caches; the system would move it about, as every
/// answer that comes in wakes it beside whoever sent it. A loop with time to spare goes wherever there is room, so it never waits for
/// another program that happens to be on its processor. Made for a thread that is about to begin.
/// </summary>
/// <param name="own">The system's number of the processor to stay on.</param>
/// <param name="all">Those that the loop may run on otherwise.</param>
internal sealed class OwnProcessor(int own, IReadOnlyList<int> all)
{
    /// <summary>From this share of the time on a loop is busy, until it falls below <see cref="SpareShare"/>.</summary>
    private const double BusyShare = 0.25;

    private const double SpareShare = 0.15;

    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromMilliseconds(100);

    private TimeSpan _looked = Now;
    private TimeSpan _worked;
    private bool _stays;

    private static TimeSpan Now => TimeSpan.FromMilliseconds(Environment.TickCount64);

    /// <summary>Stays or leaves, by how busy the thread was since the last look; does nothing when that was a moment ago. For that thread.</summary>
    public void Look()
    {
        var now = Now;
        if (now - _looked < s_betweenLooks)
        {
            return;
        }

        var worked = Scheduler.ThreadTime();
        var busy = (worked - _worked) / (now - _looked);
        (_looked, _worked) = (now, worked);
        var stays = busy > (_stays ? SpareShare : BusyShare);
        if (stays != _stays)
        {
            Scheduler.RunOn(stays ? [own] : all);
            _stays = stays;
        }
    }
}
