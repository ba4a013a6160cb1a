using HiWay.Domain.Accounts;
using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Alerts;

/// <summary>Makes one attempt of a delivery and says what follows from it.</summary>
internal sealed class WebhookAttempts(
    IDbContextFactory<HiWayDb> contexts, CredentialVault vault, WebhookQueue queue, WebhookSender sender, AlertsMetrics metrics, IAuditLog audit, TimeProvider clock)
{
    /// <summary>To one address. Mail goes through the operator's server to anybody, so that a workspace must not be able to flood an inbox with it.</summary>
    private const int MostMailsPerHour = 60;

    /// <summary>Sends and notes in the row how it went; the caller writes the row.</summary>
    /// <param name="delivery">Its <see cref="WebhookDeliveryRow.Attempts"/> counts this one already.</param>
    /// <param name="retries">False when nobody waits for another attempt: the test button.</param>
    public async Task RunAsync(WebhookRow webhook, WebhookDeliveryRow delivery, bool retries, CancellationToken cancellationToken)
    {
        var result = await SendAsync(webhook, delivery, cancellationToken);
        var now = clock.GetUtcNow();
        (delivery.LastAttemptAt, delivery.ResponseStatus, delivery.ResponseBody, delivery.Error, delivery.DurationMs) = (now, result.Status, result.Body, result.Error, result.DurationMs);
        if (result.Error is null)
        {
            (delivery.Status, delivery.DeliveredAt, delivery.NextAttemptAt) = (DeliveryStatus.Delivered, now, null);
        }
        else
        {
            delivery.NextAttemptAt = retries && !result.IsGone
                ? WebhookRetries.Next(delivery.Attempts, delivery.CreatedAt, now, result.RetryAfter, Random.Shared.NextDouble())
                : null;
            delivery.Status = delivery.NextAttemptAt is null ? DeliveryStatus.GivenUp : DeliveryStatus.Failed;
        }

        metrics.Attempted(webhook.Kind, delivery.Status);
        if (result.IsGone)
        {
            await PauseAsync(webhook, CancellationToken.None);
        }
    }

    private async Task<AttemptResult> SendAsync(WebhookRow webhook, WebhookDeliveryRow delivery, CancellationToken cancellationToken)
    {
        var kind = WebhookShapes.KindOf(webhook);
        if (kind is WebhookKind.Email && await queue.DeliveredSinceAsync(webhook.Id, clock.GetUtcNow().AddHours(-1), cancellationToken) >= MostMailsPerHour)
        {
            return new($"This address has had {MostMailsPerHour} mails within an hour, which is as many as it gets.");
        }

        WebhookAddress address;
        try
        {
            address = WebhookAddress.Open(webhook, vault);
        }
        catch (CredentialUnreadableException e)
        {
            return new(e.Message);
        }

        return await sender.SendAsync(
            kind, address.Url, address.SecretsAt(clock.GetUtcNow(), webhook.PreviousSecretExpiresAt), delivery.EventId, delivery.Payload, cancellationToken);
    }

    /// <summary>A target that says 410 wants to hear no more; a person switches it on again, or enters another address.</summary>
    private async Task PauseAsync(WebhookRow webhook, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Webhooks.SingleOrDefaultAsync(row => row.Id == webhook.Id, cancellationToken) is not { Enabled: true } row || row.Ciphertext.AsSpan().SequenceEqual(webhook.Ciphertext) is false)
        {
            return;   // it has another address by now
        }

        row.Enabled = false;
        row.PausedReason = "The target answered 410: it is gone. Enter its new address, or switch the webhook on again.";
        row.UpdatedAt = clock.GetUtcNow();
        var hiway = new Actor(row.WorkspaceId, null, null, WorkspaceRole.Admin, "HiWay", null);
        audit.Record(db, hiway, "webhook.paused", row.Id, row.Name, null, new Dictionary<string, string?> { ["reason"] = row.PausedReason });
        await db.SaveChangesAsync(cancellationToken);
    }
}
