using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using HiWay.Infrastructure.EventLoops;

namespace HiWay.Infrastructure.Egress.Http1;

/// <summary>One connection to a provider, used by one call at a time.</summary>
/// <param name="looped">The same socket where an event loop watches it; null where the framework does.</param>
/// <param name="stream">The socket, or TLS over it.</param>
internal sealed class Http1Connection(Http1Pool pool, Socket socket, LoopSocket? looped, Stream stream) : IDisposable
{
    private const int ReadSize = 8 * 1024;
    private const int LargestHead = 64 * 1024;

    /// <summary>Bodies up to here travel with their head in one write.</summary>
    private const int LargestJoinedBody = 128 * 1024;

    private byte[]? _buffer;
    private int _start;
    private int _end;
    private int _closed;

    /// <summary>Stopwatch ticks.</summary>
    public long OpenedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>Stopwatch ticks of the last return to the pool.</summary>
    public long IdleSince { get; set; } = Stopwatch.GetTimestamp();

    /// <summary>The round of <see cref="Loop"/> in which it was returned; null when that was on another thread.</summary>
    public long? IdleRound { get; set; }

    /// <summary>The loop that watches it, or null.</summary>
    public EventLoop? Loop => looped?.Loop;

    /// <summary>Bytes that have arrived and were not read yet.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Nothing has come in while it was idle: what comes unasked is the other side closing.</summary>
    /// <param name="askSystem">Not only by what has been said so far.</param>
    public bool IsQuiet(bool askSystem)
    {
        try
        {
            return _closed == 0 && (looped is null || looped.IsQuiet) && ((looped is not null && !askSystem) || !socket.Poll(0, SelectMode.SelectRead));
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Lets the caller's loop watch it, where both are of one.</summary>
    public void ComeTo(EventLoop? loop)
    {
        if (looped is not null && loop is not null && looped.Loop != loop)
        {
            looped.MoveTo(loop);
        }
    }

    /// <summary>Sends a request and reads the head of its answer; the body is read by whoever holds the response.</summary>
    /// <remarks>An answer whose head had arrived before the caller gave up is returned all the same, with as much of its body as had come.</remarks>
    /// <param name="mayBeStale">The other side may have closed before it saw the request; then null is returned instead of an exception.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HttpResponseMessage?> SendAsync(HttpRequestMessage request, bool mayBeStale, CancellationToken cancellationToken)
    {
        // One registration for the whole exchange: what ends the call ends the connection, and with it any read or write under way.
        var stop = cancellationToken.UnsafeRegister(static connection => ((Http1Connection)connection!).HangUp(), this);
        try
        {
            await WriteAsync(request, cancellationToken);
            var response = await ReadHeadAsync(request);
            if (!stop.Unregister() && cancellationToken.CanBeCanceled && response.Content is Http1Content { Body: var begun })
            {
                begun.IsHungUp = true;
            }

            return response;
        }
        catch (Exception failed)
        {
            stop.Unregister();
            Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (mayBeStale && _end == 0 && failed is IOException or SocketException or ObjectDisposedException)
            {
                return null;
            }

            if (failed is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } && _end == 0)
            {
                throw new HttpRequestException(HttpRequestError.ResponseEnded, failed.Message, failed);   // no answer at all, rather than a broken one
            }

            if (failed is HttpIOException or HttpRequestException)
            {
                throw;
            }

            throw failed is IOException or SocketException or ObjectDisposedException
                ? new HttpRequestException(HttpRequestError.ConnectionError, "The connection broke off.", failed) : failed;
        }
    }

    /// <summary>Drops bytes from the front of <see cref="Buffered"/>; memory is held only while something is buffered.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end && _buffer is not null)
        {
            _start = _end = 0;
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    /// <summary>Waits until something has arrived, holding no memory meanwhile.</summary>
    public ValueTask<int> WaitAsync() => stream.ReadAsync(Memory<byte>.Empty);

    /// <summary>Reads past the buffer; for bodies of known length.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> to) => stream.ReadAsync(to);

    /// <summary>Reads more into the buffer; false at the end of the connection.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync()
    {
        var read = await stream.ReadAsync(Room());
        _end += read;
        return read > 0;
    }

    /// <summary>The answer was read to its end; the next call may use the connection.</summary>
    public void Return()
    {
        if (_start != _end)
        {
            // More than the answer came: nothing that follows could be told from an answer to the next call.
            Dispose();
            return;
        }

        Consume(0);
        pool.Return(this);
    }

    /// <summary>
    /// Tells the provider that nobody wants more, while what has arrived can still be read up to its end: the provider bills it. What it
    /// sends from now on is refused by the system, as on a closed connection.
    /// </summary>
    public void HangUp()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The other side has closed too by now. What it had sent before can still be read.
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            // The buffer is left to the collector: a read under way may still write into it.
            if (looped is not null)
            {
                looped.Dispose();
            }
            else
            {
                socket.Dispose();
            }

            pool.Closed();
        }
    }

    /// <summary>Behind what is buffered, never none.</summary>
    private Memory<byte> Room()
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
            _start = _end = 0;
        }
        else if (_end == _buffer.Length)
        {
            Grow();
        }

        return _buffer.AsMemory(_end);
    }

    private void Grow()
    {
        var held = _end - _start;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer!.Length * 2);
            _buffer.AsSpan(0, held).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        (_start, _end) = (0, held);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var content = request.Content;
        var length = content?.Headers.ContentLength;
        using var head = new Http1Request(request, pool.Host, length);
        if (content is null || (length <= LargestJoinedBody && Http1Handler.IsInMemory(content)))
        {
            content?.CopyTo(head.Body, null, CancellationToken.None);
            await stream.WriteAsync(head.Bytes, CancellationToken.None);
            return;
        }

        await stream.WriteAsync(head.Bytes, CancellationToken.None);
        if (length is not null)
        {
            await content.CopyToAsync(stream, cancellationToken);
            return;
        }

        await using var chunks = new ChunkedStream(stream);
        await content.CopyToAsync(chunks, cancellationToken);
        await chunks.EndAsync(cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> ReadHeadAsync(HttpRequestMessage request)
    {
        var searched = 0;
        while (true)
        {
            var end = Buffered[searched..].IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var head = searched + end + 4;
                var response = Http1Response.Read(Buffered[..head], this, request, out var interim);
                Consume(head);
                if (!interim)
                {
                    return response!;
                }

                searched = 0;
                continue;
            }

            searched = Math.Max(0, _end - _start - 3);
            if (_end - _start > LargestHead)
            {
                throw new HttpRequestException(HttpRequestError.InvalidResponse, $"The provider's headers are larger than {LargestHead} bytes.");
            }

            var read = await stream.ReadAsync(Room());
            if (read == 0)
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, "The provider closed the connection without answering.");
            }

            _end += read;
        }
    }
}
