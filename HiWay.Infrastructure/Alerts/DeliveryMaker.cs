using HiWay.Domain.Alerts;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Alerts.Forms;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.Extensions.Configuration;

namespace HiWay.Infrastructure.Alerts;

/// <summary>An alert with the id that it has at all endpoints.</summary>
internal sealed record RaisedAlert(string EventId, AlertEvent Alert);

/// <summary>Makes the rows that are sent.</summary>
internal sealed class DeliveryMaker(IConfiguration configuration)
{
    /// <summary>For links back; null where the operator has not set it.</summary>
    private readonly string? _dashboardUrl = configuration["PublicUrl"] is { Length: > 0 } url ? url.TrimEnd('/') : null;

    /// <summary>One event, or several in one message, for one endpoint; due at once.</summary>
    public WebhookDeliveryRow Make(WebhookRow webhook, WebhookKind kind, IReadOnlyList<RaisedAlert> raised, DateTimeOffset now)
    {
        var (first, more) = (raised[0], raised.Skip(1).Select(other => other.Alert).ToList());
        var payload = new AlertMessage(first.EventId, first.Alert, more, _dashboardUrl).WriteFor(kind);
        return Due(webhook, first.EventId, first.Alert.Type, payload, now);
    }

    /// <summary>The same once more.</summary>
    public static WebhookDeliveryRow Again(WebhookRow webhook, WebhookDeliveryRow sent, DateTimeOffset now)
    {
        var again = Due(webhook, sent.EventId, sent.EventType, sent.Payload, now);
        again.ResendOf = sent.Id;
        return again;
    }

    private static WebhookDeliveryRow Due(WebhookRow webhook, string eventId, string eventType, string payload, DateTimeOffset now) => new()
    {
        Id = Ulid.New("del", now),
        WorkspaceId = webhook.WorkspaceId,
        WebhookId = webhook.Id,
        EventId = eventId,
        EventType = eventType,
        Payload = payload,
        Status = DeliveryStatus.Pending,
        NextAttemptAt = now,
        CreatedAt = now,
    };
}
