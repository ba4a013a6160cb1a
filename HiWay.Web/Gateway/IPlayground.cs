using HiWay.Domain.Accounts;

namespace HiWay.Web.Gateway;

/// <summary>One thing that a playground call has to show.</summary>
/// <param name="Status">HTTP status of the call; the same on every event.</param>
/// <param name="Json">
/// A whole JSON text: the data of one event of the route's dialect (one of the last with `_hiway`), a whole answer when the body did not ask for a stream,
/// or an error envelope.
/// </param>
public readonly record struct PlaygroundEvent(int Status, string Json)
{
    public bool IsError => Status >= 400 || Json.StartsWith("{\"error\"", StringComparison.Ordinal) || Json.StartsWith("{\"type\":\"error\"", StringComparison.Ordinal);
}

/// <summary>Calls models for a signed-in member, along the same path as a call with a key: same routing, metering and trace.</summary>
public interface IPlayground
{
    /// <param name="endpoint">The route to call: a dialect's, or <c>/v1/images/generations</c>.</param>
    /// <param name="body">A body of that route.</param>
    /// <param name="cancellationToken">Stops the call; what was produced is metered.</param>
    IAsyncEnumerable<PlaygroundEvent> RunAsync(Actor actor, string endpoint, byte[] body, CancellationToken cancellationToken);

    /// <param name="openAiChatBody">A body of `POST /v1/chat/completions`.</param>
    IAsyncEnumerable<PlaygroundEvent> ChatAsync(Actor actor, byte[] openAiChatBody, CancellationToken cancellationToken) =>
        RunAsync(actor, "/v1/chat/completions", openAiChatBody, cancellationToken);
}
