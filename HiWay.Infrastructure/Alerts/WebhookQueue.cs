using HiWay.Domain.Alerts;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Alerts;

/// <summary>A delivery that this node has taken, with where it goes.</summary>
internal sealed record TakenDelivery(WebhookRow Webhook, WebhookDeliveryRow Delivery);

/// <summary>
/// The deliveries that are due, in PostgreSQL. A node takes some by moving their next attempt behind a lease, in one statement that
/// passes over what other nodes are taking; so each is sent by one node, and by another one when that node does not come back.
/// </summary>
internal sealed class WebhookQueue(IDbContextFactory<HiWayDb> contexts, AlertsOptions options, TimeProvider clock)
{
    /// <summary>At once to one endpoint, so that a slow one does not take the places of all others.</summary>
    public const int MostAtOnePlace = 4;

    private const int RandomDigits = 16;   // of a ULID's 26; the first ten are the time

    /// <param name="busy">Endpoints that have their share of attempts running here already.</param>
    public async Task<IReadOnlyList<TakenDelivery>> TakeAsync(int atMost, IReadOnlyCollection<string> busy, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var lease = now + options.Lease;
        var passedOver = busy.ToArray();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var taken = await db.WebhookDeliveries.FromSql($"""
            WITH due AS (
                SELECT id FROM (
                    SELECT id, next_attempt_at, row_number() OVER (PARTITION BY webhook_id ORDER BY next_attempt_at, id) AS place
                    FROM webhook_deliveries WHERE next_attempt_at <= {now} AND webhook_id <> ALL ({passedOver})) AS queue
                WHERE place <= {MostAtOnePlace} ORDER BY next_attempt_at, id LIMIT {atMost}),
            mine AS (
                SELECT delivery.id FROM webhook_deliveries AS delivery JOIN due ON due.id = delivery.id
                WHERE delivery.next_attempt_at <= {now} FOR UPDATE OF delivery SKIP LOCKED)
            UPDATE webhook_deliveries AS delivery SET next_attempt_at = {lease}, attempts = delivery.attempts + 1
            FROM mine WHERE delivery.id = mine.id RETURNING delivery.*
            """).AsNoTracking().ToListAsync(cancellationToken);
        var ids = taken.Select(delivery => delivery.WebhookId).Distinct().ToList();
        var webhooks = taken.Count == 0 ? [] : await db.Webhooks.AsNoTracking().Where(row => ids.Contains(row.Id)).ToDictionaryAsync(row => row.Id, cancellationToken);

        // One that was deleted in between has taken its deliveries with it.
        return [.. taken.Where(delivery => webhooks.ContainsKey(delivery.WebhookId)).Select(delivery => new TakenDelivery(webhooks[delivery.WebhookId], delivery))];
    }

    /// <summary>Writes how an attempt went, unless another node has taken the delivery for lost meanwhile.</summary>
    public async Task FinishAsync(WebhookDeliveryRow delivery, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.WebhookDeliveries.Where(row => row.Id == delivery.Id && row.Attempts == delivery.Attempts).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.Status, delivery.Status)
            .SetProperty(row => row.NextAttemptAt, delivery.NextAttemptAt)
            .SetProperty(row => row.LastAttemptAt, delivery.LastAttemptAt)
            .SetProperty(row => row.DeliveredAt, delivery.DeliveredAt)
            .SetProperty(row => row.ResponseStatus, delivery.ResponseStatus)
            .SetProperty(row => row.ResponseBody, delivery.ResponseBody)
            .SetProperty(row => row.Error, delivery.Error)
            .SetProperty(row => row.DurationMs, delivery.DurationMs), cancellationToken);
    }

    /// <summary>No delivery of this instant or later has a smaller id: a way into the log by time without an index of its own.</summary>
    public static string FirstIdAt(DateTimeOffset at) => Ulid.New("del", at)[..^RandomDigits];

    /// <summary>How many messages an endpoint has taken since an instant.</summary>
    public async Task<int> DeliveredSinceAsync(string webhookId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // What was written a day earlier may have been delivered since.
        var first = FirstIdAt(since - WebhookRetries.GiveUpAfter);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.WebhookDeliveries.CountAsync(row => row.WebhookId == webhookId && string.Compare(row.Id, first) >= 0 && row.DeliveredAt > since, cancellationToken);
    }

    /// <returns>How many deliveries were older than the retention and are gone.</returns>
    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        var oldest = clock.GetUtcNow().AddDays(-options.RetentionDays);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.WebhookDeliveries.Where(row => row.CreatedAt < oldest && row.NextAttemptAt == null).ExecuteDeleteAsync(cancellationToken);
    }
}
