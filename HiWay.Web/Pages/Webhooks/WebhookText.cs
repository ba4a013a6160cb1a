using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Alerts;
using HiWay.Web.Components;

namespace HiWay.Web.Pages.Webhooks;

/// <summary>Webhooks and their deliveries in the words of the pages.</summary>
public static class WebhookText
{
    /// <summary>Kinds in the order in which they are offered.</summary>
    public static IReadOnlyList<(string Kind, string Name, string Icon, string Hint)> Kinds { get; } =
    [
        ("webhook", "Webhook", "webhook", "Signed JSON, for programs and SIEMs."),
        ("slack", "Slack", "hash", "An incoming webhook of a channel."),
        ("discord", "Discord", "chat", "A channel's webhook."),
        ("teams", "Teams", "users", "A workflow that takes webhook requests."),
        ("email", "E-mail", "mail", "One address; a list's address is fine."),
    ];

    /// <summary>What can be chosen, with what each means.</summary>
    public static IReadOnlyList<(string Type, string Text)> Events { get; } =
    [
        (AlertTypes.BudgetAlert, "A cap's spend reaches a threshold"),
        (AlertTypes.GuardianBlock, "A Guardian rule stops calls"),
        (AlertTypes.SecurityEvent, "The Shield sees a threat"),
        (AlertTypes.ProviderDown, "A provider fails, or refuses its key"),
        (AlertTypes.ProviderUp, "It is back"),
        (AlertTypes.KeyRotated, "A key gets a new secret"),
    ];

    public static string KindName(string kind) => Kinds.FirstOrDefault(known => known.Kind == kind) is { Name: { } name } ? name : kind;

    public static string Icon(string kind) => Kinds.FirstOrDefault(known => known.Kind == kind) is { Icon: { } icon } ? icon : "webhook";

    /// <summary>What the address field asks for.</summary>
    public static (string Label, string Example) Address(string kind) => kind switch
    {
        "email" => ("Address", "alerts@example.com"),
        "slack" => ("Webhook URL", "https://hooks.slack.com/services/T…/B…/…"),
        "discord" => ("Webhook URL", "https://discord.com/api/webhooks/…"),
        "teams" => ("Workflow URL", "https://…logic.azure.com/workflows/…"),
        _ => ("URL", "https://example.com/hooks/hiway"),
    };

    public static string EventsOf(WebhookView webhook) => webhook.Events switch
    {
        null => "All events",
        [] => "No events",
        [var only] => only,
        var several => $"{several[0]} and {several.Count - 1} more",
    };

    /// <summary>What a webhook hears of, whole, for a sentence.</summary>
    public static string Hears(WebhookView webhook) => webhook.Events switch
    {
        null => "all events",
        [] => "nothing",
        var several => string.Join(", ", several),
    };

    public static Tone ToneOf(string status) => status switch
    {
        DeliveryStatus.Delivered => Tone.Good,
        DeliveryStatus.Failed => Tone.Warn,
        DeliveryStatus.GivenUp => Tone.Bad,
        _ => Tone.Neutral,
    };

    /// <summary>How the last attempt ended, in a few words.</summary>
    public static string Outcome(DeliveryView delivery) => delivery switch
    {
        { ResponseStatus: { } status } => $"HTTP {status}",
        { Error: not null } => "no answer",
        { Status: DeliveryStatus.Delivered } => "taken",
        _ => "—",
    };
}
