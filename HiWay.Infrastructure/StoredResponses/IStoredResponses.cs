namespace HiWay.Infrastructure.StoredResponses;

/// <summary>
/// Conversations that <c>previous_response_id</c> goes on from, where the provider keeps none: encrypted per workspace, for a short time, and only where the
/// caller does not say <c>store: false</c>.
/// </summary>
public interface IStoredResponses
{
    /// <param name="conversation">JSON: <c>{"input":[…],"response":{…}}</c>.</param>
    Task SaveAsync(string workspaceId, string id, ReadOnlyMemory<byte> conversation, TimeSpan keepFor, CancellationToken cancellationToken);

    /// <returns>The conversation as it was saved; null when there is none of this id in this workspace, or its time is over.</returns>
    Task<byte[]?> FindAsync(string workspaceId, string id, CancellationToken cancellationToken);

    /// <returns>False when there was none.</returns>
    Task<bool> DeleteAsync(string workspaceId, string id, CancellationToken cancellationToken);

    /// <summary>Deletes what is past its time.</summary>
    Task<int> PurgeAsync(CancellationToken cancellationToken);
}
