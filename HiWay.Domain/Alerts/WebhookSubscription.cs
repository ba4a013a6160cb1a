namespace HiWay.Domain.Alerts;

/// <summary>What an endpoint wants to hear.</summary>
/// <param name="Events">Types; null is all of them, an empty list pauses the endpoint.</param>
/// <param name="Filter">Of security events only those with this action, <c>blocked</c> or <c>logged</c>; null takes both. Other types pass.</param>
/// <param name="Enabled">False while it is switched off, by a person or because its target is gone.</param>
public sealed record WebhookSubscription(string Id, WebhookKind Kind, IReadOnlyList<string>? Events, string? Filter, bool Enabled)
{
    /// <summary>What a filter can be.</summary>
    public static IReadOnlyList<string> Filters { get; } = ["blocked", "logged"];

    public bool IsPaused => !Enabled || Events is { Count: 0 };

    public bool Wants(AlertEvent alert) => !IsPaused && (alert.TargetId == Id || Events is null || Events.Contains(alert.Type)) && PassesFilter(alert);

    /// <summary>
    /// What the endpoint hears at most once an hour, named; null for what it always hears. A person does not want each of a hundred
    /// prompts with a card number; who asks for security events by a filter wants them all.
    /// </summary>
    public string? HourlyTopic(AlertEvent alert) => alert.Type == AlertTypes.SecurityEvent && Kind.IsForPeople() && Filter is null
        ? $"{alert.Fact("threat_type")} {alert.Fact("action")}"
        : null;

    private bool PassesFilter(AlertEvent alert) => Filter is null || alert.Type != AlertTypes.SecurityEvent || alert.Fact("action") as string == Filter;
}
