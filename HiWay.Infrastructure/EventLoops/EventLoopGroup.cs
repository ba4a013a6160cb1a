using System.Runtime.InteropServices;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// The threads on which calls run from socket to socket without changing threads; docs/decisions/0018-event-loops.md. Two ends of
/// a call find themselves on one loop by <see cref="Current"/>.
/// </summary>
public sealed class EventLoopGroup : IDisposable
{
    private const int MostLoops = 16;

    private readonly EventLoop[] _loops;
    private uint _turn;

    public EventLoopGroup()
    {
        var loops = Math.Clamp(Environment.ProcessorCount, 1, MostLoops);
        var processors = Scheduler.Processors();

        // With fewer loops than processors, say in a container with a share of many, every such program would crowd on the first of them.
        var even = processors.Count == loops;
        _loops = [.. Enumerable.Range(0, loops).Select(number => new EventLoop(number, this, even ? new OwnProcessor(processors[number], processors) : null))];
    }

    /// <summary>Whether this system has what event loops are made of.</summary>
    public static bool AreSupported =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>The loop of this group on whose thread this is; null on any other. One of another group may have ended.</summary>
    internal EventLoop? Current => EventLoop.Current is { } loop && loop.Group == this ? loop : null;

    /// <summary>The loop that the caller runs on, or the one whose turn it is.</summary>
    internal EventLoop CurrentOrNext => Current ?? Next;

    internal EventLoop Next => _loops[Interlocked.Increment(ref _turn) % (uint)_loops.Length];

    public void Dispose()
    {
        foreach (var loop in _loops)
        {
            loop.Dispose();
        }
    }
}
