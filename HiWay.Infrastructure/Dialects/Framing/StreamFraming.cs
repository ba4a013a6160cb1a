namespace HiWay.Infrastructure.Dialects.Framing;

/// <summary>How the bytes of a streamed answer are cut into events.</summary>
public enum StreamFraming
{
    /// <summary><c>text/event-stream</c>, as nearly everybody sends.</summary>
    ServerSentEvents,

    /// <summary><c>application/vnd.amazon.eventstream</c>: binary frames with checksums (AWS Bedrock).</summary>
    AwsEventStream,

    /// <summary>One JSON value a line (Ollama's own API).</summary>
    JsonLines,
}
