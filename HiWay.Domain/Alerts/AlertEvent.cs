namespace HiWay.Domain.Alerts;

/// <summary>Something that a person wants to hear of.</summary>
/// <param name="Type">One of <see cref="AlertTypes"/>.</param>
/// <param name="WorkspaceId">Whose it is.</param>
/// <param name="At">When it happened, UTC.</param>
/// <param name="Title">A line, without a final stop.</param>
/// <param name="Text">What happened and what can be done, in a sentence or two.</param>
/// <param name="Data">The facts for programs, in this order: strings, numbers, booleans, instants or null; names in snake_case; no secrets, no prompt text.</param>
public sealed record AlertEvent(
    string Type, string WorkspaceId, DateTimeOffset At, string Title, string Text, IReadOnlyList<KeyValuePair<string, object?>> Data)
{
    /// <summary>
    /// The id of a webhook endpoint of the workspace (<c>wh_…</c>) that gets the event even when it is not subscribed to the type, beside
    /// those that are; each gets it once. A paused endpoint gets nothing, and an id that is no longer there is passed over.
    /// </summary>
    public string? TargetId { get; init; }

    /// <summary>One of <see cref="Data"/>; null when it is not there.</summary>
    public object? Fact(string name)
    {
        foreach (var fact in Data)
        {
            if (fact.Key == name)
            {
                return fact.Value;
            }
        }

        return null;
    }
}

/// <summary>The types of events that webhooks subscribe to, as the API spells them (product.md section 12).</summary>
public static class AlertTypes
{
    public const string GuardianBlock = "guardian.block";
    public const string BudgetAlert = "budget.alert";
    public const string PaymentSucceeded = "payment.succeeded";
    public const string PaymentFailed = "payment.failed";
    public const string KeyRotated = "key.rotated";
    public const string AccountLowBalance = "account.low_balance";
    public const string SecurityEvent = "security.event";
    public const string ProviderDown = "provider.down";
    public const string ProviderUp = "provider.up";
    public const string ExperimentFinished = "experiment.finished";

    /// <summary>What the test button sends; nobody subscribes to it.</summary>
    public const string WebhookTest = "webhook.test";

    public static IReadOnlyList<string> All { get; } =
    [
        GuardianBlock, BudgetAlert, PaymentSucceeded, PaymentFailed, KeyRotated, AccountLowBalance, SecurityEvent, ProviderDown, ProviderUp, ExperimentFinished,
    ];
}

/// <summary>Where features say what a person wants to hear of.</summary>
public interface IAlerts
{
    /// <summary>Takes the event and returns at once; a failing target is nothing that the caller could mend, so this never throws for one.</summary>
    /// <remarks>How often is the caller's affair: each feature raises an event once per occasion (a threshold per period, a rule per hour).</remarks>
    void Raise(AlertEvent alert);
}
