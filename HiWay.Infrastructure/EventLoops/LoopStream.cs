using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>A <see cref="LoopSocket"/> for code that works on streams, TLS above all. Failures of the connection are <see cref="IOException"/>s.</summary>
internal sealed class LoopStream(LoopSocket socket) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>An empty <paramref name="buffer"/> waits until there is something to read.</summary>
    /// <remarks>A read under way ends when the socket is closed; the token is looked at before.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (buffer.IsEmpty)
            {
                await socket.WaitAsync();
                return 0;
            }

            // In place of the socket's own method that waits: one less under every answer.
            int received;
            while (!socket.TryReceive(buffer.Span, out received))
            {
                await socket.ReadableAsync();
            }

            return received;
        }
        catch (SocketException broken)
        {
            throw new IOException($"The connection broke off while reading: {broken.Message}.", broken);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await socket.SendAsync(buffer);
        }
        catch (SocketException broken)
        {
            throw new IOException($"The connection broke off while writing: {broken.Message}.", broken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Sockets of event loops are read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Sockets of event loops are written asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }
}
