using HiWay.Domain.Alerts;

namespace HiWay.Infrastructure.Alerts.Forms;

/// <summary>An alert that is to be written in the form of some target.</summary>
/// <param name="EventId"><c>evt_</c> + ULID.</param>
/// <param name="More">Further events of the same type that came thick and fast and travel with it.</param>
/// <param name="DashboardUrl">The dashboard's own address without a slash at the end; null where the operator has not set it.</param>
internal sealed record AlertMessage(string EventId, AlertEvent Alert, IReadOnlyList<AlertEvent> More, string? DashboardUrl)
{
    /// <summary>The alert's text, for people, who get one message for all.</summary>
    public string Text => More.Count == 0 ? Alert.Text : $"{Alert.Text} {More.Count} more like it came within a second.";

    /// <summary>JSON, ready to send; for mail its subject and text.</summary>
    public string WriteFor(WebhookKind kind) => kind switch
    {
        WebhookKind.Webhook => WebhookForm.Write(this),
        WebhookKind.Slack => SlackForm.Write(this),
        WebhookKind.Discord => DiscordForm.Write(this),
        WebhookKind.Teams => TeamsForm.Write(this),
        WebhookKind.Email => MailForm.Write(this),
    };
}
