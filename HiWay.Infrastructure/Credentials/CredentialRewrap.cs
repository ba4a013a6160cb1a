using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Credentials;

/// <summary>
/// Looks at every stored credential once after the start: what an older master key sealed is sealed anew with the current one, so
/// that the older one can be taken away; what does not open is said loudly, in the log and beside the provider in the dashboard.
/// </summary>
internal sealed partial class CredentialRewrap(IDbContextFactory<HiWayDb> contexts, CredentialVault vault, TimeProvider clock, ILogger<CredentialRewrap> log) : BackgroundService
{
    private const int BatchSize = 200;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var done = await RunAsync(stoppingToken);
            if (done > 0)
            {
                LogRewrapped(log, done, vault.CurrentVersion);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Nothing is lost: all versions still open, and the next start tries again.
            LogStopped(log, e);
        }
    }

    /// <returns>How many credentials were sealed anew.</returns>
    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var rewrapped = 0;
        for (var after = ""; ;)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            var batch = await db.Credentials.AsNoTracking().Where(row => row.Id.CompareTo(after) > 0).OrderBy(row => row.Id).Take(BatchSize).ToListAsync(cancellationToken);
            foreach (var row in batch)
            {
                rewrapped += await LookAtAsync(db, row, cancellationToken);
            }

            if (batch.Count < BatchSize)
            {
                return rewrapped;
            }

            after = batch[^1].Id;
        }
    }

    private async Task<int> LookAtAsync(HiWayDb db, CredentialRow row, CancellationToken cancellationToken)
    {
        try
        {
            var text = vault.Open(row);
            if (row.KeyVersion == vault.CurrentVersion)
            {
                return 0;
            }

            // Only if nobody saved a new key meanwhile; the ciphertext says so.
            var fresh = vault.Seal(row.WorkspaceId, row.Provider, text);
            return await db.Credentials.Where(other => other.Id == row.Id && other.Ciphertext == row.Ciphertext && other.Nonce == row.Nonce).ExecuteUpdateAsync(set => set
                .SetProperty(other => other.Ciphertext, fresh.Ciphertext)
                .SetProperty(other => other.Nonce, fresh.Nonce)
                .SetProperty(other => other.AuthTag, fresh.AuthTag)
                .SetProperty(other => other.KeyVersion, fresh.KeyVersion), cancellationToken);
        }
        catch (CredentialUnreadableException e)
        {
            LogUnreadable(log, row.Id, row.WorkspaceId, e.Message);
            var now = clock.GetUtcNow();
            await db.Credentials.Where(other => other.Id == row.Id && other.Nonce == row.Nonce).ExecuteUpdateAsync(set => set
                .SetProperty(other => other.TestedAt, now)
                .SetProperty(other => other.TestError, e.Message), cancellationToken);
            return 0;
        }
    }

    [LoggerMessage(LogLevel.Error, "Credential {CredentialId} of workspace {WorkspaceId} cannot be opened: {Problem}")]
    private static partial void LogUnreadable(ILogger log, string credentialId, string workspaceId, string problem);

    [LoggerMessage(LogLevel.Information, "Sealed {Count} credentials anew with master key version {Version}.")]
    private static partial void LogRewrapped(ILogger log, int count, int version);

    [LoggerMessage(LogLevel.Warning, "The look at the stored credentials stopped; the next start does it again.")]
    private static partial void LogStopped(ILogger log, Exception e);
}
