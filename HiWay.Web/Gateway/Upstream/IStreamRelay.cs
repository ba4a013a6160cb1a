using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Resuming;
using HiWay.Infrastructure.Dialects.Sse;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// Turns one upstream stream into the client's: copies bytes where both speak the same dialect, translates where they do not. Holds
/// the last chunk back until it is told what the call cost, so that `_hiway` can ride on it.
/// </summary>
internal interface IStreamRelay : IDisposable
{
    /// <summary>Takes one upstream event; what the client shall see of it goes to <paramref name="to"/>.</summary>
    /// <exception cref="System.Text.Json.JsonException">The event is malformed: the stream is broken.</exception>
    void Take(in SseEvent sse, IBufferWriter<byte> to);

    /// <summary>The upstream closed its stream properly.</summary>
    void Closed(IBufferWriter<byte> to);

    /// <summary>The first meaningful delta was seen (not just a role).</summary>
    bool HasContent { get; }

    /// <summary>The answer is whole: its terminal event, or every finish reason and a proper end, was seen.</summary>
    bool IsComplete { get; }

    /// <summary>The upstream said inside the stream that it failed.</summary>
    UpstreamError? Failure { get; }

    /// <summary>Null while the upstream has not told.</summary>
    TokenUsage? Usage { get; }

    /// <summary>Bytes of content relayed so far, for an estimate when usage never comes.</summary>
    long ContentBytes { get; }

    /// <summary>Writes what was held back with `_hiway` in it, and the dialect's terminator.</summary>
    void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to);

    /// <summary>Set where the answer may be taken up elsewhere when it breaks off: keeps what the client has. A relay that cannot keep it stays null.</summary>
    DeliveredText? Delivered
    {
        get => null;
        set { }
    }

    /// <summary>A relay that goes on writing this answer from another upstream's events; null where this one's dialect cannot.</summary>
    /// <param name="expected">The text that the other upstream says before anything new.</param>
    /// <param name="optional">It may leave that out.</param>
    /// <exception cref="InvalidChatRequestException">The request cannot be put into the inner form.</exception>
    IStreamRelay? GoOn(GatewayCall call, Attempt attempt, string expected, bool optional) => null;

    /// <summary>Ends a stream that broke off, where the dialect's events of failure belong to the stream's own count and state.</summary>
    /// <returns>False where the dialect's plain error event will do.</returns>
    bool WriteFailure(string code, string message, IBufferWriter<byte> to) => false;
}

/// <summary>The same for an answer that comes whole.</summary>
internal interface IAnswerRelay
{
    /// <summary>Reads a 2xx body.</summary>
    /// <exception cref="System.Text.Json.JsonException">The body is not what the API promises.</exception>
    void Read(ReadOnlySpan<byte> body);

    bool HasContent { get; }

    UpstreamError? Failure { get; }

    TokenUsage? Usage { get; }

    long ContentBytes { get; }

    /// <summary>Writes the client's body with `_hiway` as its last member.</summary>
    void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to);
}
