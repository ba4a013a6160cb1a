using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.StoredResponses;

/// <summary>The rows of <c>stored_responses</c>, sealed and opened.</summary>
internal sealed class SealedResponses(IDbContextFactory<HiWayDb> contexts, TextVault vault, TimeProvider clock) : IStoredResponses
{
    private const string Purpose = "response";

    public async Task SaveAsync(string workspaceId, string id, ReadOnlyMemory<byte> conversation, TimeSpan keepFor, CancellationToken cancellationToken)
    {
        var text = vault.Seal(Purpose, workspaceId, id, conversation.Span);
        var now = clock.GetUtcNow();
        var row = new StoredResponseRow
        {
            WorkspaceId = workspaceId,
            Id = id,
            CreatedAt = now,
            ExpiresAt = now + keepFor,
            KeyVersion = text.KeyVersion,
            Nonce = text.Nonce,
            Ciphertext = text.Ciphertext,
            AuthTag = text.AuthTag,
        };
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.StoredResponses.Add(row);
        await db.SaveChangesAsync(cancellationToken);
    }

    public async Task<byte[]?> FindAsync(string workspaceId, string id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.StoredResponses.AsNoTracking()
            .FirstOrDefaultAsync(row => row.WorkspaceId == workspaceId && row.Id == id && row.ExpiresAt > now, cancellationToken);
        return row is null ? null : vault.Open(Purpose, workspaceId, id, new(row.KeyVersion, row.Nonce, row.Ciphertext, row.AuthTag));
    }

    public async Task<bool> DeleteAsync(string workspaceId, string id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.StoredResponses.Where(row => row.WorkspaceId == workspaceId && row.Id == id && row.ExpiresAt > now).ExecuteDeleteAsync(cancellationToken) > 0;
    }

    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.StoredResponses.Where(row => row.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
    }
}
