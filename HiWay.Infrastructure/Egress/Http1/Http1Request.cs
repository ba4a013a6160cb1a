using System.Buffers;
using System.Text;

namespace HiWay.Infrastructure.Egress.Http1;

/// <summary>A request's head as bytes, and behind it the body where both fit into one write. Holds rented memory.</summary>
internal sealed class Http1Request : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;

    /// <param name="host">For the Host header, where the request does not name one.</param>
    /// <param name="contentLength">Null with a body: it is sent in chunks.</param>
    /// <exception cref="HttpRequestException">A header holds what a header cannot hold.</exception>
    public Http1Request(HttpRequestMessage request, string host, long? contentLength)
    {
        var uri = request.RequestUri!;
        Ascii(request.Method.Method);
        Raw(" "u8);
        Ascii(uri.PathAndQuery);
        Raw(" HTTP/1.1\r\nHost: "u8);
        Ascii(request.Headers.Host ?? host);
        Raw("\r\n"u8);
        foreach (var header in request.Headers.NonValidated)
        {
            if (!header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                Header(header.Key, header.Value);
            }
        }

        if (request.Content is { } content)
        {
            foreach (var header in content.Headers.NonValidated)
            {
                if (!header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                {
                    Header(header.Key, header.Value);
                }
            }

            if (contentLength is { } length)
            {
                Raw("Content-Length: "u8);
                System.Buffers.Text.Utf8Formatter.TryFormat(length, Room(20), out var written);
                _length += written;
                Raw("\r\n"u8);
            }
            else
            {
                Raw("Transfer-Encoding: chunked\r\n"u8);
            }
        }
        else if (request.Method == HttpMethod.Post || request.Method == HttpMethod.Put || request.Method == HttpMethod.Patch)
        {
            Raw("Content-Length: 0\r\n"u8);
        }

        Raw("\r\n"u8);
        Body = new Tail(this);
    }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Takes the body in behind the head.</summary>
    public Stream Body { get; }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Header(string name, System.Net.Http.Headers.HeaderStringValues values)
    {
        Ascii(name);
        Raw(": "u8);
        var first = true;
        foreach (var value in values)
        {
            if (!first)
            {
                Raw(name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase) ? " "u8 : ", "u8);
            }

            first = false;
            Ascii(value);
        }

        Raw("\r\n"u8);
    }

    private void Ascii(string text)
    {
        // A line break would end the header and begin another; letters outside ASCII have no one meaning here.
        if (text.AsSpan().IndexOfAnyExceptInRange(' ', '~') is >= 0 and var at && text[at] != '\t')
        {
            throw new HttpRequestException("A header to the provider holds a character that headers cannot hold.");
        }

        _length += Encoding.ASCII.GetBytes(text, Room(text.Length));
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    private Span<byte> Room(int wanted)
    {
        if (_bytes.Length - _length < wanted)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + wanted));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(_length);
    }

    private sealed class Tail(Http1Request request) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer) => request.Raw(buffer);

        public override void Write(byte[] buffer, int offset, int count) => request.Raw(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>Sends a body of unknown length in chunks, one for each write.</summary>
internal sealed class ChunkedStream(Stream to) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return;   // an empty chunk would end the body
        }

        var framed = ArrayPool<byte>.Shared.Rent(buffer.Length + 32);
        try
        {
            System.Buffers.Text.Utf8Formatter.TryFormat(buffer.Length, framed, out var length, new StandardFormat('x'));
            "\r\n"u8.CopyTo(framed.AsSpan(length));
            buffer.Span.CopyTo(framed.AsSpan(length + 2));
            "\r\n"u8.CopyTo(framed.AsSpan(length + 2 + buffer.Length));
            await to.WriteAsync(framed.AsMemory(0, length + buffer.Length + 4), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(framed);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public async ValueTask EndAsync(CancellationToken cancellationToken) => await to.WriteAsync("0\r\n\r\n"u8.ToArray(), cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
