using HiWay.Infrastructure.Dialects.Sse;

namespace HiWay.Infrastructure.Dialects.Framing;

/// <summary>Cuts a stream into its lines; each is one event. What was looked at once is not scanned again.</summary>
internal struct JsonLinesReader
{
    private int _scanned;

    /// <exception cref="InvalidDataException">A line is longer than any event of a model.</exception>
    public bool TryRead(ReadOnlySpan<byte> buffer, out SseEvent line)
    {
        var end = buffer[_scanned..].IndexOf((byte)'\n');
        if (end >= 0)
        {
            line = Line(buffer[..(_scanned + end + 1)]);
            _scanned = 0;
            return true;
        }

        if (buffer.Length > SseReader.DefaultMaxEventBytes)
        {
            throw new InvalidDataException($"A line of the stream is longer than {SseReader.DefaultMaxEventBytes} bytes.");
        }

        _scanned = buffer.Length;
        line = default;
        return false;
    }

    public bool TryReadRest(ReadOnlySpan<byte> buffer, out SseEvent line)
    {
        if (TryRead(buffer, out line))
        {
            return true;
        }

        _scanned = 0;
        if (buffer.IsEmpty)
        {
            return false;
        }

        line = Line(buffer);
        return true;
    }

    private static SseEvent Line(ReadOnlySpan<byte> raw)
    {
        var data = raw.Trim(" \t\r\n"u8);
        return new() { Raw = raw, Data = data, HasData = data.Length > 0 };
    }
}
