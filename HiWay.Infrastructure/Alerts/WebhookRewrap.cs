using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Alerts;

/// <summary>After the start, seals anew with the current master key what an older one sealed, so that the older one can be taken away.</summary>
internal sealed partial class WebhookRewrap(IDbContextFactory<HiWayDb> contexts, CredentialVault vault, ILogger<WebhookRewrap> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (await RunAsync(stoppingToken) is var done and > 0)
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

    /// <returns>How many webhooks were sealed anew.</returns>
    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var current = vault.CurrentVersion;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rewrapped = 0;
        foreach (var row in await db.Webhooks.AsNoTracking().Where(row => row.KeyVersion != current).ToListAsync(cancellationToken))
        {
            try
            {
                // Only if nobody saved another address meanwhile; the nonce says so.
                var before = row.Nonce;
                WebhookAddress.Open(row, vault).SealInto(row, vault);
                rewrapped += await db.Webhooks.Where(other => other.Id == row.Id && other.Nonce == before).ExecuteUpdateAsync(set => set
                    .SetProperty(other => other.Ciphertext, row.Ciphertext)
                    .SetProperty(other => other.Nonce, row.Nonce)
                    .SetProperty(other => other.AuthTag, row.AuthTag)
                    .SetProperty(other => other.KeyVersion, row.KeyVersion), cancellationToken);
            }
            catch (CredentialUnreadableException e)
            {
                LogUnreadable(log, row.Id, row.WorkspaceId, e.Message);
            }
        }

        return rewrapped;
    }

    [LoggerMessage(LogLevel.Error, "Webhook {WebhookId} of workspace {WorkspaceId} cannot be opened: {Problem}")]
    private static partial void LogUnreadable(ILogger log, string webhookId, string workspaceId, string problem);

    [LoggerMessage(LogLevel.Information, "Sealed {Count} webhooks anew with master key version {Version}.")]
    private static partial void LogRewrapped(ILogger log, int count, int version);

    [LoggerMessage(LogLevel.Warning, "The look at the stored webhooks stopped; the next start does it again.")]
    private static partial void LogStopped(ILogger log, Exception e);
}
