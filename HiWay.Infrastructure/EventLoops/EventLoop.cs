using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// A thread that waits for many sockets and runs what waits for them, on itself. Code that runs here must not wait for anything but
/// sockets of event loops: while it runs, nothing else of this loop does.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    private const int EventsPerWait = 128;

    /// <summary>A round in which less has happened than this gathers nothing: whoever is alone is not to wait for the other.</summary>
    private const int FullRound = 4;

    [ThreadStatic]
    private static EventLoop? t_current;

    private readonly ConcurrentDictionary<long, LoopSocket> _sockets = new();
    private readonly int _epoll = Epoll.Create();
    private readonly int _stop = Epoll.CreateEvent();
    private readonly List<(Action<object, object> Work, object Owner, object State)> _later = [];
    private readonly List<LoopSocket> _toSend = [];
    private bool _gathers;
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

    /// <summary>How long the first that was gathered waits, if the round lasts longer.</summary>
    public TimeSpan LongestGathering { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Counts how often the system was asked what has happened. For its own thread.</summary>
    public long Round { get; private set; }

    /// <summary>
    /// Runs this on the loop's own thread once all that has happened by now was answered. What every call ends with runs many times in a row
    /// then, out of the processor's caches, and no caller waits for it. Must not throw.
    /// </summary>
    public void Later(Action<object, object> work, object owner, object state) => _later.Add((work, owner, state));

    /// <summary>
    /// Whether this socket, of this loop, is to send together with the others of this round; <see cref="LoopSocket.SendGathered"/> is called
    /// then. One after the other they find the system's code in the processor's caches, and the other side, where it is on this machine, is
    /// woken once for many and not in the middle of a call.
    /// </summary>
    internal bool Gathers(LoopSocket socket)
    {
        if (!_gathers || t_current != this)
        {
            return false;
        }

        _toSend.Add(socket);
        return true;
    }

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
            var since = Stopwatch.GetTimestamp();
            _gathers = count >= FullRound;
            for (var i = 0; i < count; i++)
            {
                var happened = events[(i * Epoll.EventSize)..];
                var id = MemoryMarshal.Read<long>(happened[Epoll.DataOffset..]);
                if (id == 0)
                {
                    SendGathered();
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

                if (_toSend.Count > 0 && Stopwatch.GetElapsedTime(since) > LongestGathering)
                {
                    SendGathered();
                    since = Stopwatch.GetTimestamp();
                    _gathers = true;
                }
            }

            SendGathered();
            RunLater();
        }
    }

    private void SendGathered()
    {
        _gathers = false;
        for (var i = 0; i < _toSend.Count; i++)
        {
            _toSend[i].SendGathered();
        }

        _toSend.Clear();
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
