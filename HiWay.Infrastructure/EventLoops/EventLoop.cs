using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// A thread that waits for many sockets and runs what waits for them, on itself. Code that runs here must not wait for anything but
/// sockets of event loops: while it runs, nothing else of this loop does.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    private const int EventsPerWait = 128;

    [ThreadStatic]
    private static EventLoop? t_current;

    private readonly ConcurrentDictionary<long, LoopSocket> _sockets = new();
    private readonly int _epoll = Epoll.Create();
    private readonly int _stop = Epoll.CreateEvent();
    private readonly List<(Action<object, object> Work, object Owner, object State)> _later = [];
    private long _lastId;

    /// <param name="processor">Null when loops and processors do not come out even.</param>
    public EventLoop(int number, EventLoopGroup group, OwnProcessor? processor)
    {
        Group = group;
        Epoll.Control(_epoll, Epoll.Add, _stop, Epoll.Readable, 0);
        new Thread(() => Run(processor)) { IsBackground = true, Name = $"loop {number}" }.Start();
    }

    /// <summary>The loop on whose thread this is; null on any other.</summary>
    public static EventLoop? Current => t_current;

    public EventLoopGroup Group { get; }

    /// <summary>Counts how often the system was asked what has happened. For its own thread.</summary>
    public long Round { get; private set; }

    /// <summary>
    /// Runs this on the loop's own thread once all that has happened by now was answered. What every call ends with runs many times in a row
    /// then, out of the processor's caches, and no caller waits for it. Must not throw.
    /// </summary>
    public void Later(Action<object, object> work, object owner, object state) => _later.Add((work, owner, state));

    /// <summary>Watches a socket from now on; what can be read already is said at once.</summary>
    /// <returns>The number under which <see cref="Forget"/> knows it.</returns>
    internal long Watch(LoopSocket socket, int descriptor)
    {
        var id = Interlocked.Increment(ref _lastId);
        _sockets[id] = socket;
        try
        {
            Epoll.Control(_epoll, Epoll.Add, descriptor, Epoll.Readable | Epoll.Writable | Epoll.PeerClosed | Epoll.EdgeTriggered, id);
        }
        catch
        {
            _sockets.TryRemove(id, out _);
            throw;
        }

        return id;
    }

    /// <summary>Watches a socket no longer. Closing one does the rest by itself.</summary>
    /// <param name="descriptor">Of a socket that stays open; null for one that is closed next.</param>
    internal void Forget(long id, int? descriptor)
    {
        _sockets.TryRemove(id, out _);
        if (descriptor is { } open)
        {
            Epoll.Control(_epoll, Epoll.Delete, open, 0, 0);
        }
    }

    /// <summary>Ends the thread soon; what waits for a socket then waits until the socket is closed.</summary>
    public void Dispose() => Epoll.Signal(_stop);

    private void Run(OwnProcessor? processor)
    {
        t_current = this;
        Span<byte> events = new byte[EventsPerWait * Epoll.EventSize];
        while (true)
        {
            var count = Epoll.Wait(_epoll, events);
            Round++;
            processor?.Look();
            for (var i = 0; i < count; i++)
            {
                var happened = events[(i * Epoll.EventSize)..];
                var id = MemoryMarshal.Read<long>(happened[Epoll.DataOffset..]);
                if (id == 0)
                {
                    RunLater();
                    _ = Epoll.Close(_epoll);
                    _ = Epoll.Close(_stop);
                    return;
                }

                // One that is not known any more was closed in this very round.
                if (_sockets.TryGetValue(id, out var socket))
                {
                    socket.Happened(MemoryMarshal.Read<uint>(happened));
                }
            }

            RunLater();
        }
    }

    private void RunLater()
    {
        for (var i = 0; i < _later.Count; i++)
        {
            var (work, owner, state) = _later[i];
            work(owner, state);
        }

        _later.Clear();
    }
}
