using HiWay.Infrastructure.Dialects.Sse;

namespace HiWay.Infrastructure.Dialects.Framing;

/// <summary>
/// Cuts a stream into events, whatever frames them. All framings hand out the same <see cref="SseEvent"/>, so that relays need not know which
/// one it was. The caller keeps the bytes, as <see cref="SseReader"/> says. A struct with state: keep it in a field or a local, never copy it.
/// </summary>
public struct StreamEventReader(StreamFraming framing) : IDisposable
{
    private readonly StreamFraming _framing = framing;
    private SseReader _sse = new();
    private JsonLinesReader _lines;

    public StreamEventReader()
        : this(StreamFraming.ServerSentEvents)
    {
    }

    /// <summary>Reads the next event; false when it is not complete yet.</summary>
    /// <param name="buffer">Everything that was received and not yet consumed.</param>
    /// <exception cref="InvalidDataException">The event is larger than any model's, or its checksum is wrong.</exception>
    public bool TryRead(ReadOnlySpan<byte> buffer, out SseEvent found) => _framing switch
    {
        StreamFraming.ServerSentEvents => _sse.TryRead(buffer, out found),
        StreamFraming.AwsEventStream => AwsEventStream.TryRead(buffer, out found),
        StreamFraming.JsonLines => _lines.TryRead(buffer, out found),
    };

    /// <summary>What is left when the stream has ended. Half a binary frame is nothing.</summary>
    public bool TryReadRest(ReadOnlySpan<byte> buffer, out SseEvent found) => _framing switch
    {
        StreamFraming.ServerSentEvents => _sse.TryReadRest(buffer, out found),
        StreamFraming.AwsEventStream => AwsEventStream.TryRead(buffer, out found),
        StreamFraming.JsonLines => _lines.TryReadRest(buffer, out found),
    };

    public void Dispose() => _sse.Dispose();
}
