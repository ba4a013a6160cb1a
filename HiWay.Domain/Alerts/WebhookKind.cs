namespace HiWay.Domain.Alerts;

/// <summary>Where a webhook endpoint leads, and so what is sent there.</summary>
public enum WebhookKind
{
    /// <summary>A program: signed JSON.</summary>
    Webhook,

    Slack,

    Discord,

    Teams,

    Email,
}

public static class WebhookKinds
{
    /// <summary>As the API spells them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<WebhookKind>().Select(Text)];

    public static string Text(this WebhookKind kind) => kind switch
    {
        WebhookKind.Webhook => "webhook",
        WebhookKind.Slack => "slack",
        WebhookKind.Discord => "discord",
        WebhookKind.Teams => "teams",
        WebhookKind.Email => "email",
    };

    /// <summary>Null when there is no such kind.</summary>
    public static WebhookKind? Parse(string? text) =>
        Enum.GetValues<WebhookKind>().Where(kind => kind.Text() == text).Select(kind => (WebhookKind?)kind).FirstOrDefault();

    /// <summary>People read there, so news that come thick and fast are told once an hour; programs get every one.</summary>
    public static bool IsForPeople(this WebhookKind kind) => kind is not WebhookKind.Webhook;

    /// <summary>Who knows the URL can write into the channel; it is shown masked.</summary>
    public static bool HasSecretUrl(this WebhookKind kind) => kind is WebhookKind.Slack or WebhookKind.Discord or WebhookKind.Teams;
}
