namespace HiWay.Web.Gateway;

/// <summary>Section `Gateway` of the settings.</summary>
public sealed class GatewayOptions
{
    /// <summary>Largest request body.</summary>
    public int BodyLimitBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>Largest upload that is handed on as it arrives: forms with pictures, files for a provider's own API.</summary>
    public long UploadLimitBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>Largest answer that is held in memory (not streamed).</summary>
    public int AnswerLimitBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Calls in flight before new ones get 503 `overloaded`.</summary>
    public int MaxConcurrentCalls { get; set; } = 20_000;

    /// <summary>From the request sent to the answer's headers.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>From a stream's headers to its first meaningful content; the next deployment is tried then.</summary>
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two reads of an answer.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The whole call with all its attempts.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Calls run from socket to socket on one thread (Linux); docs/decisions/0018-event-loops.md.</summary>
    public bool EventLoops { get; set; } = true;

    /// <summary>
    /// How long conversations of the Responses API are kept (encrypted) for <c>previous_response_id</c>, where no provider keeps them; zero keeps none.
    /// A call with <c>store: false</c> is never kept.
    /// </summary>
    public TimeSpan KeepResponsesFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Silence after which a comment keeps the client's connection alive.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);
}
