using System.Buffers.Text;
using System.Net;

namespace HiWay.Infrastructure.Egress.Http1;

/// <summary>The body of an answer, read as it arrives. Its connection goes back to the pool at the body's end, or is closed.</summary>
/// <param name="length">Bytes still to come; null when chunks or the end of the connection say where it ends.</param>
/// <param name="keepAlive">The connection may be used again afterwards.</param>
internal sealed class Http1Body(Http1Connection connection, long? length, bool chunked, bool keepAlive) : Stream
{
    /// <summary>
    /// What a finished answer still owes (its last, empty chunk) is here before this. One that is given up is not read on for the sake of
    /// its connection: the provider would go on writing it.
    /// </summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMilliseconds(50);

    private const int LongestChunkLine = 4 * 1024;

    private long _left = length ?? 0;
    private bool _inChunk;
    private bool _inTrailers;
    private int _ended = length == 0 ? 1 : 0;
    private int _released;
    private int _disposed;
    private bool _broken;
    private bool _stoppable;

    /// <summary>The caller has given up, and the provider was told. What had arrived is still handed out, then reading fails.</summary>
    public bool IsHungUp { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>An empty <paramref name="buffer"/> waits until there is something to read, and holds no memory meanwhile.</summary>
    /// <exception cref="HttpIOException">The connection ended before the body.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended != 0)
        {
            Release();
            return new(0);
        }

        if (buffer.IsEmpty && !connection.Buffered.IsEmpty)
        {
            return new(0);
        }

        var taken = Take(buffer.Span);
        return taken > 0 || _ended != 0 ? new(taken) : ReadMoreAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // Who holds the stream and who holds the response both dispose it. A second drain would read beside the first, which then never
        // hears of the end, and whose limit would close the connection under the next call.
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0 && _released == 0)
        {
            if (_ended == 0 && !_broken && !IsHungUp && keepAlive)
            {
                _ = DrainAsync();
            }
            else
            {
                Release();
            }
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadMoreAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var stop = cancellationToken.UnsafeRegister(static connection => ((Http1Connection)connection!).HangUp(), connection);
        _stoppable = true;
        try
        {
            if (buffer.IsEmpty)
            {
                await connection.WaitAsync();
                return 0;
            }

            while (true)
            {
                if (!chunked && connection.Buffered.IsEmpty)
                {
                    return await ReadPastBufferAsync(buffer, cancellationToken);
                }

                if (!await connection.FillAsync())
                {
                    throw Cut();
                }

                var taken = Take(buffer.Span);
                if (taken > 0 || _ended != 0)
                {
                    return taken;
                }
            }
        }
        catch (Exception failed)
        {
            _broken = true;
            cancellationToken.ThrowIfCancellationRequested();
            throw failed is ObjectDisposedException ? new IOException("The connection to the provider was closed.", failed) : failed;
        }
        finally
        {
            // Whoever ends this call may be hanging up in this very moment. The connection must not be another call's by then, so it goes
            // back to the pool only when that can no longer happen.
            IsHungUp |= !stop.Unregister() && cancellationToken.CanBeCanceled;
            _stoppable = false;
            if (_ended != 0 || _broken)
            {
                Release();
            }
        }
    }

    private async ValueTask<int> ReadPastBufferAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await connection.ReadAsync(length is null || buffer.Length < _left ? buffer : buffer[..(int)_left]);
        if (length is null)
        {
            if (read == 0)
            {
                if (IsHungUp || cancellationToken.IsCancellationRequested)
                {
                    throw Cut();   // the end may be the one that was made here
                }

                End();
            }

            return read;
        }

        if (read == 0)
        {
            throw Cut();
        }

        _left -= read;
        if (_left == 0)
        {
            End();
        }

        return read;
    }

    /// <summary>Takes what is buffered, as much as fits. 0 when more must arrive first, or at the end.</summary>
    private int Take(Span<byte> to)
    {
        if (!chunked)
        {
            var some = (int)Math.Min(Math.Min(connection.Buffered.Length, to.Length), length is null ? int.MaxValue : _left);
            connection.Buffered[..some].CopyTo(to);
            connection.Consume(some);
            _left -= length is null ? 0 : some;
            if (length is not null && _left == 0)
            {
                End();
            }

            return some;
        }

        var taken = 0;
        while (_ended == 0)
        {
            if (_inChunk && _left > 0)
            {
                var some = (int)Math.Min(Math.Min(connection.Buffered.Length, to.Length - taken), _left);
                if (some == 0)
                {
                    break;
                }

                connection.Buffered[..some].CopyTo(to[taken..]);
                connection.Consume(some);
                _left -= some;
                taken += some;
            }
            else if (!TakeChunkLine())
            {
                break;
            }
        }

        return taken;
    }

    /// <summary>One line between the data: a chunk's end, a chunk's size, a trailer, the blank line at the end. False when it is not here yet.</summary>
    private bool TakeChunkLine()
    {
        var end = connection.Buffered.IndexOf((byte)'\n');
        if (end < 0)
        {
            return connection.Buffered.Length <= LongestChunkLine ? false : throw Http1Response.Invalid("The provider's chunk size is no size.");
        }

        var line = connection.Buffered[..end].TrimEnd((byte)'\r');
        if (_inChunk)
        {
            if (!line.IsEmpty)
            {
                throw Http1Response.Invalid("A chunk of the provider's answer is longer than it says.");
            }

            _inChunk = false;
        }
        else if (_inTrailers)
        {
            if (line.IsEmpty)
            {
                connection.Consume(end + 1);
                End();
                return true;
            }
        }
        else
        {
            if (!Utf8Parser.TryParse(line, out _left, out var digits, 'x') || _left < 0 || (digits < line.Length && line[digits] is not ((byte)';' or (byte)' ' or (byte)'\t')))
            {
                throw Http1Response.Invalid("The provider's chunk size is no size.");
            }

            _inChunk = _left > 0;
            _inTrailers = _left == 0;
        }

        connection.Consume(end + 1);
        return true;
    }

    private void End()
    {
        _ended = 1;
        if (!_stoppable)
        {
            Release();
        }
    }

    private void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0)
        {
            return;
        }

        if (_ended != 0 && keepAlive && !_broken && !IsHungUp)
        {
            connection.Return();
        }
        else
        {
            connection.Dispose();
        }
    }

    private async Task DrainAsync()
    {
        using var limit = new CancellationTokenSource(DrainLimit);
        var unwanted = new byte[1024];
        try
        {
            while (await ReadAsync(unwanted, limit.Token) > 0)
            {
            }
        }
        catch (Exception failed) when (failed is OperationCanceledException or IOException or HttpRequestException or System.Net.Sockets.SocketException)
        {
            Release();
        }
    }

    private static HttpIOException Cut() => new(HttpRequestError.ResponseEnded, "The provider's answer broke off.");
}

/// <summary>Hands the body out as it is; nothing is buffered.</summary>
internal sealed class Http1Content : HttpContent
{
    /// <summary>Set once, before anybody sees the response.</summary>
    public Http1Body Body { get; set; } = null!;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(Body);

    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => Task.FromResult<Stream>(Body);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Body.CopyToAsync(stream);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => Body.CopyToAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Body.Dispose();
        }

        base.Dispose(disposing);
    }
}
