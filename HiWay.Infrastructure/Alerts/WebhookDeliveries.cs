using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Alerts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Alerts;

/// <inheritdoc cref="IWebhookDeliveries"/>
internal sealed class WebhookDeliveries(IDbContextFactory<HiWayDb> contexts, WebhookAttempts attempts, DeliveryMaker maker, AlertSignal signal, IAuditLog audit, TimeProvider clock)
    : IWebhookDeliveries
{
    /// <summary>Of one workspace within a minute: a test goes to any address, mail included, and must not be a way to flood one.</summary>
    private const int MostTestsPerMinute = 10;

    public async Task<Outcome<Page<DeliveryView>>> ListAsync(Actor actor, string webhookId, string? status, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        if (status is not null && !DeliveryStatus.All.Contains(status))
        {
            return new Refusal(RefusalKind.Invalid, $"'status' is '{status}', not one of {string.Join(", ", DeliveryStatus.All)}.", "status");
        }

        if (cursor is not null && Ulid.TimeOf(cursor) is null)
        {
            return new Refusal(RefusalKind.Invalid, "'cursor' is not one that this list has given out.", "cursor");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await Webhooks.FindAsync(db, actor, webhookId, cancellationToken) is null)
        {
            return Webhooks.NotFound(webhookId);
        }

        var rows = db.WebhookDeliveries.AsNoTracking().Where(row => row.WebhookId == webhookId);
        rows = status is null ? rows : rows.Where(row => row.Status == status);
        rows = cursor is null ? rows : rows.Where(row => string.Compare(row.Id, cursor) < 0);
        var found = await rows.OrderByDescending(row => row.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return new Page<DeliveryView>([.. found.Take(limit).Select(View)], found.Count > limit ? found[limit - 1].Id : null);
    }

    public async Task<Outcome<DeliveryView>> TestAsync(Actor actor, string webhookId, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await Webhooks.FindAsync(db, actor, webhookId, cancellationToken) is not { } webhook)
        {
            return Webhooks.NotFound(webhookId);
        }

        if (await TestsLatelyAsync(db, actor, now.AddMinutes(-1), cancellationToken) >= MostTestsPerMinute)
        {
            return new Refusal(RefusalKind.TooMany, $"A workspace can send {MostTestsPerMinute} tests a minute. Wait a moment.") { RetryAfter = TimeSpan.FromMinutes(1) };
        }

        var sample = new AlertEvent(AlertTypes.WebhookTest, actor.WorkspaceId, now, $"This is a test of '{webhook.Name}'", "When you can read this, alerts arrive here.",
            [new("webhook_id", webhook.Id), new("webhook_name", webhook.Name), new("sent_by", actor.Label)]);
        var delivery = maker.Make(webhook, WebhookShapes.KindOf(webhook), [new(Ulid.New("evt", now), sample)], now);
        delivery.Attempts = 1;
        await attempts.RunAsync(webhook, delivery, retries: false, cancellationToken);

        // It has been sent, so it goes into the log even if the caller has left; but not if the webhook was deleted meanwhile.
        db.WebhookDeliveries.Add(delivery);
        audit.Record(db, actor, "webhook.tested", webhook.Id, webhook.Name);
        try
        {
            await db.SaveChangesAsync(CancellationToken.None);
        }
        catch (DbUpdateException e) when (e.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.ForeignKeyViolation })
        {
            return Webhooks.NotFound(webhookId);
        }

        return View(delivery);
    }

    public async Task<Outcome<DeliveryView>> ResendAsync(Actor actor, string webhookId, string deliveryId, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await Webhooks.FindAsync(db, actor, webhookId, cancellationToken) is not { } webhook)
        {
            return Webhooks.NotFound(webhookId);
        }

        if (await db.WebhookDeliveries.AsNoTracking().SingleOrDefaultAsync(row => row.Id == deliveryId && row.WebhookId == webhookId, cancellationToken) is not { } sent)
        {
            return new Refusal(RefusalKind.NotFound, $"There is no delivery '{deliveryId}' of this webhook; the log keeps them for a while only.");
        }

        if (WebhookShapes.PausedReason(webhook) is { } paused)
        {
            return new Refusal(RefusalKind.Conflict, $"The webhook is paused. {paused} Switch it on first.");
        }

        if (sent.Status == DeliveryStatus.Pending)
        {
            return new Refusal(RefusalKind.Conflict, $"The delivery '{deliveryId}' has not been sent yet; it goes out by itself.");
        }

        // What would have been tried again is replaced by this one.
        await db.WebhookDeliveries.Where(row => row.Id == deliveryId && row.Status == DeliveryStatus.Failed).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.Status, DeliveryStatus.GivenUp).SetProperty(row => row.NextAttemptAt, (DateTimeOffset?)null), cancellationToken);
        var again = DeliveryMaker.Again(webhook, sent, clock.GetUtcNow());
        db.WebhookDeliveries.Add(again);
        audit.Record(db, actor, "webhook.resent", webhook.Id, webhook.Name, null, new Dictionary<string, string?> { ["event_id"] = sent.EventId, ["event_type"] = sent.EventType });
        await db.SaveChangesAsync(cancellationToken);
        signal.Wake();
        return View(again);
    }

    private static Task<int> TestsLatelyAsync(HiWayDb db, Actor actor, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var first = WebhookQueue.FirstIdAt(since);
        return db.WebhookDeliveries.CountAsync(row => row.EventType == AlertTypes.WebhookTest && string.Compare(row.Id, first) >= 0
            && db.Webhooks.Any(webhook => webhook.WorkspaceId == actor.WorkspaceId && webhook.Id == row.WebhookId), cancellationToken);
    }

    private static DeliveryView View(WebhookDeliveryRow row)
    {
        using var payload = JsonDocument.Parse(row.Payload);
        return new(
            row.Id, row.WebhookId, row.EventId, row.EventType, row.Status, row.Attempts, row.CreatedAt, row.LastAttemptAt, row.NextAttemptAt, row.DeliveredAt,
            row.ResponseStatus, row.ResponseBody, row.Error, row.DurationMs, row.ResendOf, payload.RootElement.Clone());
    }
}
