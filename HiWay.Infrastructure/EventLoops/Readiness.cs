using System.Threading.Tasks.Sources;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>One direction of a socket: says to the one who waits that it may try again. Remembers what was said while nobody waited.</summary>
internal sealed class Readiness : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Nothing = 0;
    private const int Said = 1;
    private const int Awaited = 2;
    private const int Over = 3;

    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <summary>Nothing has been said since the last wait.</summary>
    public bool IsQuiet => Volatile.Read(ref _state) == Nothing;

    /// <summary>Completes when something is said, at once when it was already. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Nothing, Said) == Said)
        {
            return default;
        }

        _core.Reset();
        var before = Interlocked.CompareExchange(ref _state, Awaited, Nothing);
        if (before == Nothing)
        {
            return new ValueTask(this, _core.Version);
        }

        Interlocked.CompareExchange(ref _state, Nothing, Said);
        return default;
    }

    /// <summary>Runs the one who waits, on this thread.</summary>
    public void Say()
    {
        while (true)
        {
            var before = Volatile.Read(ref _state);
            if (before is Said or Over)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _state, before == Awaited ? Nothing : Said, before) == before)
            {
                if (before == Awaited)
                {
                    _core.SetResult(true);
                }

                return;
            }
        }
    }

    /// <summary>Lets everybody go, now and later; the one who waits goes on elsewhere, as whoever closes may hold what it needs.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _state, Over) == Awaited)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => _core.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
