using System.Diagnostics;
using HiWay.Web.Telemetry;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>Which of a call's time budgets ran out.</summary>
internal enum TimeBudget
{
    None,
    Headers,
    FirstToken,
    Idle,
    Total,

    /// <summary>This process is leaving and has waited as long as it may.</summary>
    Shutdown,
}

/// <summary>
/// Ends calls whose time budgets have run out. One ticker looks at all of them ten times a second, so that a call that reads a
/// thousand chunks arms no thousand timers: moving a deadline is one write.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>How late a budget may be noticed.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly HashSet<Watch> _watches = [];
    private readonly List<Watch> _due = [];
    private readonly Timer _timer;

    private readonly CancellationToken _shutdown;

    public Watchdog(Drain drain)
    {
        _shutdown = drain.LimitReached;
        _timer = new Timer(_ => Look(), null, Tick, Tick);
    }

    /// <summary>Starts to watch one call.</summary>
    /// <param name="clientGone">Also ends the call.</param>
    public Watch Start(TimeSpan total, CancellationToken clientGone)
    {
        var watch = new Watch(this, total, clientGone, _shutdown);
        lock (_gate)
        {
            _watches.Add(watch);
        }

        return watch;
    }

    public void Dispose() => _timer.Dispose();

    internal void Forget(Watch watch)
    {
        lock (_gate)
        {
            _watches.Remove(watch);
        }
    }

    private void Look()
    {
        var now = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            // The ticker may overlap itself on a starved machine; the list is only used under the lock.
            _due.Clear();
            foreach (var watch in _watches)
            {
                if (watch.IsDue(now))
                {
                    _due.Add(watch);
                }
            }

            foreach (var watch in _due)
            {
                // Cancellation callbacks run elsewhere: one that blocks must not hold up the others.
                ThreadPool.UnsafeQueueUserWorkItem(static due => due.Fire(), watch, preferLocal: false);
            }
        }
    }
}

/// <summary>The time budgets of one call. Setting one replaces the one before; the total runs beside them.</summary>
internal sealed class Watch : IDisposable
{
    private readonly Watchdog _owner;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _shutdown;
    private readonly long _totalDeadline;
    private long _deadline = long.MaxValue;
    private int _budget;
    private int _expired;
    private long _heartbeatEvery = long.MaxValue;
    private long _heartbeatAt = long.MaxValue;
    private Action? _heartbeat;

    internal Watch(Watchdog owner, TimeSpan total, CancellationToken clientGone, CancellationToken shutdown)
    {
        _owner = owner;
        _shutdown = shutdown;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(clientGone, shutdown);
        _totalDeadline = Stopwatch.GetTimestamp() + Ticks(total);
    }

    /// <summary>Cancelled when a budget runs out or the client has gone.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Why <see cref="Token"/> fired; <see cref="TimeBudget.None"/> when it was the client.</summary>
    public TimeBudget Expired => (TimeBudget)Volatile.Read(ref _expired) is var expired and not TimeBudget.None ? expired
        : _shutdown.IsCancellationRequested ? TimeBudget.Shutdown
        : TimeBudget.None;

    /// <summary>From now on this budget runs.</summary>
    public void Set(TimeBudget budget, TimeSpan limit)
    {
        Volatile.Write(ref _budget, (int)budget);
        Volatile.Write(ref _deadline, Stopwatch.GetTimestamp() + Ticks(limit));
    }

    /// <summary>No budget but the total runs.</summary>
    public void Pause() => Volatile.Write(ref _deadline, long.MaxValue);

    /// <summary>Calls <paramref name="heartbeat"/> whenever nothing was written for so long.</summary>
    public void BeatEvery(TimeSpan silence, Action heartbeat)
    {
        _heartbeat = heartbeat;
        _heartbeatEvery = Ticks(silence);
        Wrote();
    }

    /// <summary>Something was written to the client just now.</summary>
    public void Wrote()
    {
        if (_heartbeat is not null)
        {
            Volatile.Write(ref _heartbeatAt, Stopwatch.GetTimestamp() + _heartbeatEvery);
        }
    }

    public void StopBeating() => Volatile.Write(ref _heartbeatAt, long.MaxValue);

    public void Dispose()
    {
        _owner.Forget(this);
        _stop.Dispose();
    }

    internal bool IsDue(long now) =>
        Volatile.Read(ref _expired) == 0
        && (now >= Volatile.Read(ref _deadline) || now >= _totalDeadline || now >= Volatile.Read(ref _heartbeatAt));

    internal void Fire()
    {
        var now = Stopwatch.GetTimestamp();
        if (now >= Volatile.Read(ref _heartbeatAt))
        {
            Wrote();
            _heartbeat?.Invoke();
        }

        var budget = now >= _totalDeadline ? TimeBudget.Total
            : now >= Volatile.Read(ref _deadline) ? (TimeBudget)Volatile.Read(ref _budget)
            : TimeBudget.None;
        if (budget == TimeBudget.None)
        {
            return;
        }

        if (Interlocked.CompareExchange(ref _expired, (int)budget, 0) == 0)
        {
            try
            {
                _stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The call ended in the same moment.
            }
        }
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
