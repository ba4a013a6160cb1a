using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace HiWay.Bench;

/// <summary>One answer as it was read.</summary>
/// <param name="Events">Server-sent events in it.</param>
/// <param name="FirstByteAt">When the first byte of the body was there, in ticks of <see cref="Stopwatch"/>.</param>
internal readonly record struct Answer(int Status, int Events, long FirstByteAt, long EndAt);

/// <summary>A kept-alive client connection on a bare socket, one request at a time; reads no more of HTTP than where an answer ends.</summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _from;
    private int _to;

    private Connection(Socket socket) => _socket = socket;

    public static async Task<Connection> OpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new(socket);
    }

    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> request) => _socket.SendAsync(request);

    public void Send(ReadOnlySpan<byte> request) => _socket.Send(request);

    public async ValueTask<Answer> ReadAsync()
    {
        int head;
        while ((head = Unread.IndexOf("\r\n\r\n"u8)) < 0)
        {
            await FillAsync();
        }

        var status = HttpBytes.Status(Unread);
        var length = HttpBytes.ContentLength(Unread[..(head + 4)]);
        _from += head + 4;
        if (length < 0)
        {
            return await ReadChunksAsync(status);
        }

        if (length > 0 && _from == _to)
        {
            await FillAsync();
        }

        var first = Stopwatch.GetTimestamp();
        while (_to - _from < length)
        {
            length -= _to - _from;
            _from = _to;
            await FillAsync();
        }

        _from += length;
        return new(status, 0, first, Stopwatch.GetTimestamp());
    }

    /// <summary>Reads until a number of events has come, for streams that stay open.</summary>
    public async Task ReadEventsAsync(int count)
    {
        var seen = 0;
        while (seen < count)
        {
            seen += Unread.Count("data: "u8);
            _from = _to;
            if (seen < count)
            {
                await FillAsync();
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_from, _to - _from);

    private async ValueTask<Answer> ReadChunksAsync(int status)
    {
        var events = 0;
        long first = 0;
        while (true)
        {
            int line;
            while ((line = Unread.IndexOf("\r\n"u8)) < 0)
            {
                await FillAsync();
            }

            if (!Utf8Parser.TryParse(Unread[..line], out int size, out _, 'x'))
            {
                throw new InvalidDataException("A chunk begins without its size.");
            }

            _from += line + 2;
            first = first == 0 ? Stopwatch.GetTimestamp() : first;
            var left = size + 2;
            while (_to - _from < left)
            {
                // The marker stands at the begin of an event and events are not cut, so looking piece by piece finds each once.
                events += Unread.Count("data: "u8);
                left -= _to - _from;
                _from = _to;
                await FillAsync();
            }

            events += Unread[..left].Count("data: "u8);
            _from += left;
            if (size == 0)
            {
                return new(status, events, first, Stopwatch.GetTimestamp());
            }
        }
    }

    private async ValueTask FillAsync()
    {
        if (_from == _to)
        {
            _from = _to = 0;
        }
        else if (_to == _buffer.Length)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            (_from, _to) = (0, _to - _from);
        }

        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_to));
        if (read == 0)
        {
            throw new IOException("The connection was closed in the middle of an answer.");
        }

        _to += read;
    }
}
