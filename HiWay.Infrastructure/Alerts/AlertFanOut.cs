using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Alerts;

/// <summary>Decides which endpoint gets which alert, and which travel together.</summary>
internal sealed class AlertFanOut(DeliveryMaker maker)
{
    /// <summary>More security events than that at once for one endpoint are joined.</summary>
    public const int MostApart = 20;

    /// <summary>Events in one joined delivery.</summary>
    public const int MostJoined = 100;

    private static readonly TimeSpan s_silence = TimeSpan.FromHours(1);

    private readonly Dictionary<(string Webhook, string Topic), DateTimeOffset> _told = [];

    /// <param name="webhooks">Of all workspaces that the alerts are of.</param>
    /// <param name="told">Gets the topics that people now hear of; hand them to <see cref="Remember"/> once the deliveries are written.</param>
    public List<WebhookDeliveryRow> DeliveriesOf(IReadOnlyList<RaisedAlert> alerts, IReadOnlyList<WebhookRow> webhooks, DateTimeOffset now, HashSet<(string Webhook, string Topic)> told)
    {
        List<WebhookDeliveryRow> deliveries = [];
        var byWorkspace = alerts.ToLookup(raised => raised.Alert.WorkspaceId);
        foreach (var webhook in webhooks.Where(webhook => WebhookKinds.Parse(webhook.Kind) is not null))   // others are of a newer version, on another node
        {
            var subscription = WebhookShapes.Subscription(webhook);
            var wanted = byWorkspace[webhook.WorkspaceId].Where(raised => subscription.Wants(raised.Alert) && IsNews(subscription, raised.Alert, now, told)).ToList();
            var security = wanted.Where(raised => raised.Alert.Type == AlertTypes.SecurityEvent).ToList();
            var joins = security.Count > MostApart;
            deliveries.AddRange(wanted.Where(raised => !joins || raised.Alert.Type != AlertTypes.SecurityEvent).Select(raised => maker.Make(webhook, subscription.Kind, [raised], now)));
            deliveries.AddRange(security.Chunk(MostJoined).Where(_ => joins).Select(chunk => maker.Make(webhook, subscription.Kind, chunk, now)));
        }

        return deliveries;
    }

    public void Remember(IEnumerable<(string Webhook, string Topic)> told, DateTimeOffset now)
    {
        foreach (var topic in told)
        {
            _told[topic] = now;
        }

        foreach (var (topic, _) in _told.Where(entry => now - entry.Value >= s_silence).ToList())
        {
            _told.Remove(topic);
        }
    }

    private bool IsNews(WebhookSubscription subscription, AlertEvent alert, DateTimeOffset now, HashSet<(string Webhook, string Topic)> told) =>
        subscription.HourlyTopic(alert) is not { } topic
        || ((!_told.TryGetValue((subscription.Id, topic), out var last) || now - last >= s_silence) && told.Add((subscription.Id, topic)));
}
