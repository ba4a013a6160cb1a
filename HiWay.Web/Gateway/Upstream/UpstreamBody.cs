using System.Buffers;
using System.IO.Compression;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>An upstream's answer as bytes, decompressed where it was compressed. Owns the response.</summary>
internal sealed class UpstreamBody(HttpResponseMessage response, Stream stream, StreamFraming framing = StreamFraming.ServerSentEvents) : IDisposable
{
    private const int ReadSize = 8 * 1024;

    private StreamEventReader _events = new(framing);
    private byte[]? _buffer;
    private int _start;
    private int _end;

    public HttpResponseMessage Response { get; } = response;

    public static async ValueTask<UpstreamBody> OpenAsync(
        HttpResponseMessage response, CancellationToken stop, StreamFraming framing = StreamFraming.ServerSentEvents) =>
        new(response, await DecompressedAsync(response, stop), framing);

    /// <summary>The bytes of an answer as if nobody had compressed them.</summary>
    /// <exception cref="InvalidDataException">Compressed in a way that HiWay does not know.</exception>
    public static async ValueTask<Stream> DecompressedAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var stream = await response.Content.ReadAsStreamAsync(stop);
        var headers = response.Content.Headers;
        if (!headers.NonValidated.Contains("Content-Encoding"))
        {
            return stream;
        }

        // HiWay asks for identity; some servers compress all the same.
        foreach (var encoding in headers.ContentEncoding.Reverse())
        {
            stream = encoding.ToLowerInvariant() switch
            {
                "gzip" or "x-gzip" => new GZipStream(stream, CompressionMode.Decompress),
                "br" => new BrotliStream(stream, CompressionMode.Decompress),
                "deflate" => new ZLibStream(stream, CompressionMode.Decompress),
                "identity" => stream,
                _ => throw new InvalidDataException($"The upstream compressed its answer as '{encoding}', which HiWay did not ask for."),
            };
        }

        return stream;
    }

    /// <summary>Reads everything, up to a limit.</summary>
    /// <exception cref="InvalidDataException">The answer is larger than the limit.</exception>
    public async ValueTask<RentedBuffer> ReadAllAsync(int limitBytes, Action onRead, CancellationToken stop)
    {
        var expected = Response.Content.Headers.ContentLength is { } length and > 0 && length < limitBytes ? (int)length + 1 : 4 * 1024;
        var all = new RentedBuffer(expected);
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(all.GetMemory(256), stop);
                if (read == 0)
                {
                    if (all.Span.StartsWith("\uFEFF"u8))
                    {
                        all.Consume(3);     // a byte order mark, which JSON does not have and proxies add
                    }

                    return all;
                }

                onRead();
                all.Advance(read);
                if (all.Length > limitBytes)
                {
                    throw new InvalidDataException($"The upstream's answer is larger than {limitBytes} bytes.");
                }
            }
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <summary>The next whole event among the bytes that are here; false when more must be read.</summary>
    /// <remarks>The event's spans are valid until the next call of anything here.</remarks>
    public bool TryNext(out SseEvent sse)
    {
        if (_start < _end && _events.TryRead(_buffer.AsSpan(_start, _end - _start), out sse))
        {
            _start += sse.Raw.Length;
            return true;
        }

        sse = default;
        return false;
    }

    /// <summary>What is left without its blank line once the stream has ended.</summary>
    public bool TryRest(out SseEvent sse)
    {
        if (_start < _end && _events.TryReadRest(_buffer.AsSpan(_start, _end - _start), out sse))
        {
            _start += sse.Raw.Length;
            return true;
        }

        sse = default;
        return false;
    }

    /// <summary>Waits for more bytes; false at the end of the stream.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken stop)
    {
        if (_start == _end && _buffer is not null)
        {
            // Nothing is kept: an idle stream holds no buffer while it waits for its next chunk.
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }

        if (_buffer is null)
        {
            _start = _end = 0;
            _ = await stream.ReadAsync(Memory<byte>.Empty, stop);
            _buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), stop);
        _end += read;
        return read > 0;
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }

        _events.Dispose();
        Response.Dispose();
    }
}
