using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;

namespace HiWay.Infrastructure.Alerts;

/// <summary>One alert on its way to one webhook, and what became of it.</summary>
/// <param name="Status"><c>pending</c>, <c>failed</c> (tried again at <paramref name="NextAttemptAt"/>), <c>delivered</c> or <c>given_up</c>.</param>
/// <param name="ResponseBody">The beginning of the last answer, at most 1 KB.</param>
/// <param name="Payload">What is sent; for mail its subject and text.</param>
public sealed record DeliveryView(
    string Id, string WebhookId, string EventId, string EventType, string Status, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? LastAttemptAt, DateTimeOffset? NextAttemptAt,
    DateTimeOffset? DeliveredAt, int? ResponseStatus, string? ResponseBody, string? Error, int? DurationMs, string? ResendOf, JsonElement Payload);

/// <summary>The delivery log of a webhook, and what a person does with it.</summary>
public interface IWebhookDeliveries
{
    /// <summary>Newest first.</summary>
    /// <param name="status">Only these; null is all.</param>
    Task<Outcome<Page<DeliveryView>>> ListAsync(Actor actor, string webhookId, string? status, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>Sends a sample now, to a paused webhook too, and waits for the answer. It is in the log, and not tried again.</summary>
    Task<Outcome<DeliveryView>> TestAsync(Actor actor, string webhookId, CancellationToken cancellationToken);

    /// <summary>Sends the same event once more, with the same id, instead of further attempts of this delivery.</summary>
    Task<Outcome<DeliveryView>> ResendAsync(Actor actor, string webhookId, string deliveryId, CancellationToken cancellationToken);
}
