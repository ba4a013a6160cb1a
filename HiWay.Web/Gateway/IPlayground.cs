using HiWay.Domain.Accounts;

namespace HiWay.Web.Gateway;

/// <summary>Calls models for a signed-in member, along the same path as a call with a key: same routing, metering and trace.</summary>
public interface IPlayground
{
    /// <param name="endpoint">The route to call: a dialect's, or <c>/v1/images/generations</c>.</param>
    /// <param name="body">A body of that route.</param>
    /// <param name="cancellationToken">Stops the call; what was produced is metered.</param>
    IAsyncEnumerable<InProcessEvent> RunAsync(Actor actor, string endpoint, byte[] body, CancellationToken cancellationToken);

    /// <param name="openAiChatBody">A body of `POST /v1/chat/completions`.</param>
    IAsyncEnumerable<InProcessEvent> ChatAsync(Actor actor, byte[] openAiChatBody, CancellationToken cancellationToken) =>
        RunAsync(actor, "/v1/chat/completions", openAiChatBody, cancellationToken);
}
