using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using HiWay.Infrastructure.EventLoops;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace HiWay.Web.Gateway.Transport;

/// <summary>A client's connection: two pipes between Kestrel and a socket of an event loop.</summary>
internal sealed class LoopConnection : DefaultConnectionContext, IMemoryPoolFeature, IConnectionSocketFeature
{
    /// <summary>Bytes that wait unread before no more is read.</summary>
    private const int FullInput = 1024 * 1024;

    /// <summary>Bytes that wait unsent before no more is taken.</summary>
    private const int FullOutput = 64 * 1024;

    /// <summary>As much room as a read gets at least.</summary>
    private const int ReadSize = 2048;

    private static long s_last;

    private readonly LoopSocket _socket;
    private readonly CancellationTokenSource _closed = new();
    private readonly PipeReader _toSend;
    private readonly PipeWriter _received;
    private ConnectionAbortedException? _aborted;
    private Task _reading = Task.CompletedTask;
    private Task _writing = Task.CompletedTask;

    public LoopConnection(LoopSocket socket, MemoryPool<byte> memory)
        : base($"L{Interlocked.Increment(ref s_last):X}")
    {
        _socket = socket;
        MemoryPool = memory;
        LocalEndPoint = socket.Socket.LocalEndPoint;
        RemoteEndPoint = socket.Socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;

        var turn = new LoopTurn();
        var input = new Pipe(new PipeOptions(memory, readerScheduler: turn, PipeScheduler.Inline, FullInput, FullInput / 2, useSynchronizationContext: false));
        var output = new Pipe(new PipeOptions(memory, PipeScheduler.Inline, writerScheduler: turn, FullOutput, FullOutput / 2, useSynchronizationContext: false));
        (_toSend, _received) = (output.Reader, input.Writer);
        Transport = new Ends(input.Reader, output.Writer);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set(turn);
    }

    public MemoryPool<byte> MemoryPool { get; }

    public Socket Socket => _socket.Socket;

    public void Start()
    {
        _reading = ReadAsync();
        _writing = WriteAsync();
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        Interlocked.CompareExchange(ref _aborted, abortReason, null);
        _socket.Dispose();
        _toSend.CancelPendingRead();
    }

    /// <summary>What was written is sent first.</summary>
    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync();
        await Transport.Output.CompleteAsync();
        await _writing;
        await _reading;
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        Exception? why = null;
        try
        {
            while (true)
            {
                await _socket.WaitAsync();   // idle connections hold no memory
                var received = await _socket.ReceiveAsync(_received.GetMemory(ReadSize));
                if (received == 0)
                {
                    break;
                }

                _received.Advance(received);
                if (await _received.FlushAsync() is { IsCompleted: true } or { IsCanceled: true })
                {
                    break;
                }
            }
        }
        catch (SocketException broken) when (broken.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            why = new ConnectionResetException(broken.Message, broken);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            why = broken;
        }

        await _received.CompleteAsync(_aborted ?? why);

        // Aside: who listens to this ends calls, and may hold what ending them needs.
        await Task.Run(_closed.Cancel);
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                var result = await _toSend.ReadAsync();
                if (result.IsCanceled)
                {
                    break;
                }

                foreach (var segment in result.Buffer)
                {
                    await _socket.SendAsync(segment);
                }

                _toSend.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // Whoever writes is told that nobody reads any more, as by the framework's sockets; an exception would look like a fault of the call.
        }

        Close();
        await _toSend.CompleteAsync();
        _received.CancelPendingFlush();
    }

    private void Close()
    {
        try
        {
            if (_aborted is null)
            {
                _socket.Socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The other side was faster.
        }

        _socket.Dispose();
    }

    private sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
