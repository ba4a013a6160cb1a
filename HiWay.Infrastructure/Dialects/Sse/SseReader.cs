using System.Buffers;
using System.Buffers.Text;

namespace HiWay.Infrastructure.Dialects.Sse;

/// <summary>
/// Cuts a byte stream into server-sent events as the HTML standard says: line ends CRLF, LF or CR, comments, multi-line data,
/// a byte order mark at the start. Allocates nothing per event; only data in several lines is joined in a rented buffer.
/// </summary>
/// <remarks>
/// The caller keeps the bytes: it passes all unconsumed ones, drops <see cref="SseEvent.Raw"/>'s length from the front after
/// every event, and appends what the network brings when no event is complete. Raw blocks put end to end are the stream itself,
/// so a relay can copy them. What was looked at once is not scanned again, however small the reads are.
/// A struct with state: keep it in a field or a local, never copy it.
/// </remarks>
public struct SseReader(int maxEventBytes) : IDisposable
{
    /// <summary>One event may hold a whole base64 image; more than this is no stream of a model.</summary>
    public const int DefaultMaxEventBytes = 16 * 1024 * 1024;

    private readonly int _maxEventBytes = maxEventBytes;
    private byte[]? _joined;
    private int _joinedLength;
    private bool _started;
    private bool _skipLineFeed;

    // Of the block being read; offsets count from the start of the unconsumed bytes.
    private int _lineStart;
    private int _scanned;
    private Range _name;
    private Range _id;
    private Range _data;
    private int _dataLines;
    private int? _retryMs;

    public SseReader()
        : this(DefaultMaxEventBytes)
    {
    }

    /// <summary>Reads the next block.</summary>
    /// <param name="buffer">Everything that was received and not yet consumed.</param>
    /// <returns>False when the block is not complete yet.</returns>
    /// <exception cref="InvalidDataException">A block is longer than the bound given at construction.</exception>
    public bool TryRead(ReadOnlySpan<byte> buffer, out SseEvent sse)
    {
        if (!_started && !PassByteOrderMark(buffer))
        {
            sse = default;
            return false;
        }

        // Of a CRLF that was cut between its halves; the CR already ended the line before.
        if (_skipLineFeed && _scanned == 0 && buffer.Length > 0)
        {
            _skipLineFeed = false;
            if (buffer[0] == (byte)'\n')
            {
                _lineStart = _scanned = 1;
            }
        }

        while (_scanned < buffer.Length)
        {
            var found = buffer[_scanned..].IndexOfAny((byte)'\n', (byte)'\r');
            if (found < 0)
            {
                _scanned = buffer.Length;
                break;
            }

            var lineEnd = _scanned + found;
            var next = lineEnd + 1;
            var cutAtCr = false;
            if (buffer[lineEnd] == (byte)'\r')
            {
                if (next < buffer.Length)
                {
                    next += buffer[next] == (byte)'\n' ? 1 : 0;
                }
                else
                {
                    cutAtCr = true;
                }
            }

            var empty = lineEnd == _lineStart;
            if (!empty)
            {
                if (cutAtCr)
                {
                    // The line feed may still come and belongs to this line; only a block's last CR must not wait.
                    _scanned = lineEnd;
                    break;
                }

                ReadLine(buffer, _lineStart..lineEnd);
            }

            _lineStart = _scanned = next;
            if (empty)
            {
                _skipLineFeed = cutAtCr;
                sse = Take(buffer, next);
                return true;
            }
        }

        if (buffer.Length > _maxEventBytes)
        {
            throw new InvalidDataException($"A server-sent event is longer than {_maxEventBytes} bytes.");
        }

        sse = default;
        return false;
    }

    /// <summary>
    /// Reads what is left when the stream has ended. The standard drops a block without its blank line; some servers end
    /// <c>data: [DONE]</c> so, and half a JSON text will not pass the JSON reader, so it is handed out here.
    /// </summary>
    public bool TryReadRest(ReadOnlySpan<byte> buffer, out SseEvent sse)
    {
        if (TryRead(buffer, out sse))
        {
            return true;
        }

        if (buffer.Length == 0)
        {
            return false;
        }

        _started = true;
        var end = buffer[^1] == (byte)'\r' && buffer.Length > _lineStart ? buffer.Length - 1 : buffer.Length;
        if (end > _lineStart)
        {
            ReadLine(buffer, _lineStart..end);
        }

        sse = Take(buffer, buffer.Length);
        return true;
    }

    public void Dispose()
    {
        if (_joined is { } rented)
        {
            _joined = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>False while it cannot be told yet.</summary>
    private bool PassByteOrderMark(ReadOnlySpan<byte> buffer)
    {
        var mark = "\uFEFF"u8;
        var seen = Math.Min(buffer.Length, mark.Length);
        if (!buffer[..seen].SequenceEqual(mark[..seen]))
        {
            _started = true;
        }
        else if (seen == mark.Length)
        {
            _started = true;
            _lineStart = _scanned = seen;
        }

        return _started;
    }

    private void ReadLine(ReadOnlySpan<byte> buffer, Range where)
    {
        var line = buffer[where];
        var start = where.Start.Value;
        var colon = line.IndexOf((byte)':');
        if (colon == 0)
        {
            return;
        }

        var field = colon < 0 ? line : line[..colon];
        var valueStart = colon < 0 ? line.Length : colon + 1;
        if (valueStart < line.Length && line[valueStart] == (byte)' ')
        {
            valueStart++;
        }

        var value = (start + valueStart)..where.End.Value;
        if (field.SequenceEqual("data"u8))
        {
            AddData(buffer, value);
        }
        else if (field.SequenceEqual("event"u8))
        {
            _name = value;
        }
        else if (field.SequenceEqual("id"u8))
        {
            _id = value;
        }
        else if (field.SequenceEqual("retry"u8)
            && Utf8Parser.TryParse(buffer[value], out int retry, out var used) && used == buffer[value].Length && retry >= 0)
        {
            _retryMs = retry;
        }
    }

    private void AddData(ReadOnlySpan<byte> buffer, Range value)
    {
        if (_dataLines++ == 0)
        {
            _data = value;
            return;
        }

        if (_dataLines == 2)
        {
            _joinedLength = 0;
            Append(buffer[_data]);
        }

        Append("\n"u8);
        Append(buffer[value]);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_joined is null || _joined.Length - _joinedLength < bytes.Length)
        {
            var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(1024, (_joinedLength + bytes.Length) * 2));
            _joined?.AsSpan(0, _joinedLength).CopyTo(bigger);
            Dispose();
            _joined = bigger;
        }

        bytes.CopyTo(_joined.AsSpan(_joinedLength));
        _joinedLength += bytes.Length;
    }

    private SseEvent Take(ReadOnlySpan<byte> buffer, int length)
    {
        var sse = new SseEvent
        {
            Raw = buffer[..length],
            Name = buffer[_name],
            Id = buffer[_id],
            Data = _dataLines > 1 ? _joined.AsSpan(0, _joinedLength) : buffer[_data],
            HasData = _dataLines > 0,
            RetryMs = _retryMs,
        };
        _lineStart = _scanned = _dataLines = 0;
        _name = _id = _data = default;
        _retryMs = null;
        return sse;
    }
}
