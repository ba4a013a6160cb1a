using System.Net.Mail;
using HiWay.Domain.Alerts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Egress;

namespace HiWay.Infrastructure.Alerts;

/// <summary>What a webhook's settings must be like; each refusal names its field.</summary>
internal static class WebhookRules
{
    public const int MaxNameLength = 100;
    public const int MaxPerWorkspace = 50;

    private const int MaxMailLength = 254;   // of an address in an SMTP path (RFC 5321 section 4.5.3.1.3)

    /// <summary>An old secret lives at most so long after a rotation.</summary>
    private static readonly TimeSpan s_maxOverlap = TimeSpan.FromDays(30);

    public static Outcome<WebhookKind> Kind(string? text) => WebhookKinds.Parse(text) is { } kind
        ? kind
        : Wrong("kind", text is null ? $"'kind' is missing. It is one of {Names(WebhookKinds.Names)}." : $"'kind' is '{text}', not one of {Names(WebhookKinds.Names)}.");

    /// <summary>Everything but the address, which <see cref="Url"/> judges.</summary>
    public static Refusal? Check(WebhookDraft draft, WebhookKind kind) =>
        CheckName(draft.Name) ?? CheckSecret(draft.Secret, kind) ?? CheckEvents(draft.Events) ?? CheckFilter(draft.Filter);

    /// <summary>The address as it is kept.</summary>
    public static Outcome<string> Url(string? text, WebhookKind kind, EgressOptions egress)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Wrong("url", $"'url' is missing: {(kind is WebhookKind.Email ? "the mail address that alerts go to" : "the address that messages are posted to")}.");
        }

        if (kind is WebhookKind.Email)
        {
            var address = text.Trim();
            address = address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? address["mailto:".Length..] : address;
            return address.Length <= MaxMailLength && MailAddress.TryCreate(address, out var mail) && mail.Address == address && mail.Host.Contains('.', StringComparison.Ordinal)
                ? address
                : Wrong("url", "'url' must be one mail address. Example: alerts@example.com");
        }

        var url = OutgoingUrl.CheckTarget(text, "url", egress);
        return url.Refusal is { } refusal ? refusal : url.Value.AbsoluteUri;
    }

    public static Refusal? CheckOverlap(TimeSpan overlap) => overlap < TimeSpan.Zero || overlap > s_maxOverlap
        ? Wrong("overlap_seconds", $"'overlap_seconds' must be from 0 to {s_maxOverlap.TotalSeconds:0} (30 days).")
        : null;

    private static Refusal? CheckName(string? name) => string.IsNullOrWhiteSpace(name) || name.Trim().Length > MaxNameLength || name.Any(char.IsControl)
        ? Wrong("name", $"'name' must have 1 to {MaxNameLength} characters, on one line.")
        : null;

    private static Refusal? CheckSecret(string? secret, WebhookKind kind) =>
        secret is null ? null
        : kind is not WebhookKind.Webhook ? Wrong("secret", $"'secret' is for the kind webhook; messages to {kind.Text()} are not signed.")
        : WebhookSecret.KeyOf(secret) is null
            ? Wrong("secret", $"'secret' must be {WebhookSecret.Prefix} followed by base64 of {WebhookSecret.MinBytes} to {WebhookSecret.MaxBytes} bytes. Leave it out, and one is made.")
            : null;

    private static Refusal? CheckEvents(IReadOnlyList<string>? events)
    {
        for (var i = 0; i < events?.Count; i++)
        {
            if (!AlertTypes.All.Contains(events[i]))
            {
                return Wrong($"events[{i}]", $"There is no event '{events[i]}'. Events: {Names(AlertTypes.All)}. Leave 'events' out for all of them; an empty list pauses.");
            }
        }

        return null;
    }

    private static Refusal? CheckFilter(string? filter) => filter is null || WebhookSubscription.Filters.Contains(filter)
        ? null
        : Wrong("filter", $"'filter' is '{filter}', not one of {Names(WebhookSubscription.Filters)}; null takes both.");

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);
}
