using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Alerts;

/// <summary>What can be said of a webhook; the fields and their names are api.md section 4.</summary>
public sealed record WebhookDraft
{
    public string? Name { get; init; }

    /// <summary>Settled when the webhook is made.</summary>
    public string? Kind { get; init; }

    /// <summary>An address; for <c>email</c> a mail address. Null leaves an existing one as it is.</summary>
    public string? Url { get; init; }

    /// <summary>Only for the kind <c>webhook</c>. Null makes one, and leaves an existing one as it is.</summary>
    public string? Secret { get; init; }

    /// <summary>Types; null is all, none pauses.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary><c>blocked</c> or <c>logged</c>: of security events only these; null takes both.</summary>
    public string? Filter { get; init; }

    public bool Enabled { get; init; } = true;
}

/// <summary>How the last delivery went.</summary>
public sealed record LastDeliveryView(string Id, string EventType, string Status, DateTimeOffset At);

/// <summary>A webhook as lists and reads show it; never the secret.</summary>
/// <param name="Url">Masked where it is a secret itself.</param>
/// <param name="Status"><c>active</c> or <c>paused</c>.</param>
/// <param name="PausedReason">Null while it is active.</param>
public sealed record WebhookView(
    string Id, string Name, string Kind, string Url, IReadOnlyList<string>? Events, string? Filter, bool Enabled, string Status, string? PausedReason,
    string? SecretLast4, DateTimeOffset? PreviousSecretExpiresAt, LastDeliveryView? LastDelivery, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <param name="Secret">Shown this once; null where nothing is signed.</param>
public sealed record IssuedWebhook(string? Secret, WebhookView View);

/// <summary>Where a workspace's alerts go. Every change is audited and holds from the next alert on.</summary>
public interface IWebhooks
{
    /// <summary>Oldest first.</summary>
    Task<Outcome<IReadOnlyList<WebhookView>>> ListAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<WebhookView>> GetAsync(Actor actor, string id, CancellationToken cancellationToken);

    Task<Outcome<IssuedWebhook>> CreateAsync(Actor actor, WebhookDraft draft, CancellationToken cancellationToken);

    /// <summary>Sets every editable field to the draft's (callers start from the webhook's own values); a null address or secret stays.</summary>
    Task<Outcome<WebhookView>> UpdateAsync(Actor actor, string id, WebhookDraft draft, CancellationToken cancellationToken);

    /// <summary>A new secret; for the time of the overlap messages are signed with both.</summary>
    /// <param name="overlap">Zero ends the old one at once, at most 30 days.</param>
    Task<Outcome<IssuedWebhook>> RotateAsync(Actor actor, string id, TimeSpan overlap, CancellationToken cancellationToken);

    /// <summary>Takes its delivery log and what still waits with it.</summary>
    Task<Outcome<bool>> DeleteAsync(Actor actor, string id, CancellationToken cancellationToken);
}
