using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// A connected TCP or Unix socket of an event loop. Reads and writes that can be done at once are done at once; others go on, on the
/// loop's thread, when the system says that they can. One reader and one writer at a time.
/// </summary>
internal sealed class LoopSocket : IDisposable
{
    private readonly Readiness _readable = new();
    private readonly Readiness _writable = new();
    private readonly Readiness _gathered = new();
    private EventLoop _loop;
    private long _id;
    private bool _drained;
    private volatile bool _over;
    private int _closed;

    /// <param name="socket">Is this object's from now on.</param>
    public LoopSocket(Socket socket, EventLoop loop)
    {
        Socket = socket;
        _loop = loop;
        socket.Blocking = false;
        _id = loop.Watch(this, Descriptor);
    }

    public Socket Socket { get; }

    public EventLoop Loop => _loop;

    /// <summary>All that came was read, and nothing has come since. The system is asked only when what it said leaves that open.</summary>
    public bool IsQuiet => _closed == 0 && !_over && ((_drained && _readable.IsQuiet) || !Socket.Poll(0, SelectMode.SelectRead));

    private int Descriptor => (int)Socket.SafeHandle.DangerousGetHandle();

    /// <summary>A connection to this address.</summary>
    /// <exception cref="SocketException">There is nobody, or no way there.</exception>
    /// <exception cref="OperationCanceledException">It took longer than the caller waits.</exception>
    public static async Task<LoopSocket> ConnectAsync(EndPoint address, EventLoop loop, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
        try
        {
            socket.Connect(address);
        }
        catch (SocketException underWay) when (underWay.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress or SocketError.IOPending)
        {
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new LoopSocket(socket, loop);
        await using var stop = cancellationToken.UnsafeRegister(static connection => ((LoopSocket)connection!).Dispose(), connection);
        try
        {
            while (true)
            {
                await connection._writable.WaitAsync();
                cancellationToken.ThrowIfCancellationRequested();
                var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
                if (error != SocketError.Success)
                {
                    throw new SocketException((int)error);
                }

                if (socket.Poll(0, SelectMode.SelectWrite))
                {
                    return connection;
                }
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            connection.Dispose();
            throw new OperationCanceledException(cancellationToken);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Waits until there may be something to read, or the end; holds no memory meanwhile.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WaitAsync()
    {
        if (_drained)
        {
            await ReadableAsync();
        }
        else
        {
            while (!Socket.Poll(0, SelectMode.SelectRead))
            {
                await _readable.WaitAsync();
            }
        }
    }

    /// <summary>What has come, at least a byte; 0 at the end.</summary>
    /// <exception cref="SocketException">The connection broke off.</exception>
    /// <exception cref="ObjectDisposedException">It was closed here.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer) =>
        TryReceive(buffer.Span, out var received) ? new(received) : ReceiveLaterAsync(buffer);

    /// <summary>As <see cref="ReceiveAsync"/> does, but false where that would wait; then <see cref="ReadableAsync"/> says when to try again.</summary>
    /// <inheritdoc cref="ReceiveAsync" path="/exception"/>
    public bool TryReceive(Span<byte> buffer, out int received)
    {
        received = 0;
        if (_drained)
        {
            return false;
        }

        received = Socket.Receive(buffer, SocketFlags.None, out var error);
        if (error == SocketError.Success)
        {
            // Less than asked for is all there is, and more will be said (epoll(7), question 9); an end that was said already will not be again.
            _drained = received < buffer.Length && !_over;
            return true;
        }

        _drained = !_over;
        return error is SocketError.WouldBlock or SocketError.TryAgain ? false : throw new SocketException((int)error);
    }

    /// <summary>Waits until the system says that something has come.</summary>
    public ValueTask ReadableAsync()
    {
        _drained = false;   // when it says so
        return _readable.WaitAsync();
    }

    /// <summary>Sends all of it.</summary>
    /// <inheritdoc cref="ReceiveAsync" path="/exception"/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_loop.Gathers(this))
        {
            return SendGatheredAsync(bytes);
        }

        var sent = TrySend(bytes.Span);
        return sent == bytes.Length ? default : SendRestAsync(bytes[sent..]);
    }

    /// <summary>Comes over to another loop. Nobody may be reading or writing.</summary>
    public void MoveTo(EventLoop loop)
    {
        _loop.Forget(_id, Descriptor);
        _loop = loop;
        _id = loop.Watch(this, Descriptor);
    }

    /// <summary>Called on the loop's thread.</summary>
    internal void Happened(uint flags)
    {
        if ((flags & (Epoll.PeerClosed | Epoll.Error | Epoll.HangUp)) != 0)
        {
            _over = true;
        }

        if ((flags & (Epoll.Writable | Epoll.Error | Epoll.HangUp)) != 0)
        {
            _writable.Say();
        }

        if ((flags & (Epoll.Readable | Epoll.PeerClosed | Epoll.Error | Epoll.HangUp)) != 0)
        {
            _readable.Say();
        }
    }

    /// <summary>The end of a round has come in which <see cref="EventLoop.Gathers"/> was asked. Called on the loop's thread.</summary>
    internal void SendGathered() => _gathered.Say();

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _loop.Forget(_id, null);
            Socket.Dispose();
            _readable.End();
            _writable.End();
            _gathered.End();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveLaterAsync(Memory<byte> buffer)
    {
        while (true)
        {
            await ReadableAsync();
            if (TryReceive(buffer.Span, out var received))
            {
                return received;
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendGatheredAsync(ReadOnlyMemory<byte> bytes)
    {
        await _gathered.WaitAsync();
        bytes = bytes[TrySend(bytes.Span)..];
        if (!bytes.IsEmpty)
        {
            await SendRestAsync(bytes);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            await _writable.WaitAsync();
            bytes = bytes[TrySend(bytes.Span)..];
        }
    }

    /// <summary>As much as the system takes now.</summary>
    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        var all = 0;
        while (all < bytes.Length)
        {
            var sent = Socket.Send(bytes[all..], SocketFlags.None, out var error);
            if (error != SocketError.Success)
            {
                return error is SocketError.WouldBlock or SocketError.TryAgain ? all : throw new SocketException((int)error);
            }

            all += sent;
        }

        return all;
    }
}
