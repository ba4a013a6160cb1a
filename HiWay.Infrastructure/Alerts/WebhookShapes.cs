using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Alerts;

/// <summary>Between a webhook's row and what people, the rules and the audit log see of it.</summary>
internal static class WebhookShapes
{
    /// <param name="last">The newest delivery, where there is one.</param>
    public static WebhookView View(WebhookRow row, LastDeliveryView? last, DateTimeOffset now)
    {
        var paused = PausedReason(row);
        return new(
            row.Id, row.Name, row.Kind, row.ShownUrl, row.Events, row.Filter, row.Enabled, paused is null ? "active" : "paused", paused,
            row.SecretLast4, row.PreviousSecretExpiresAt > now ? row.PreviousSecretExpiresAt : null, last, row.CreatedAt, row.UpdatedAt);
    }

    public static WebhookSubscription Subscription(WebhookRow row) => new(row.Id, KindOf(row), row.Events, row.Filter, row.Enabled);

    public static WebhookKind KindOf(WebhookRow row) => WebhookKinds.Parse(row.Kind) ?? throw new InvalidDataException($"The webhook {row.Id} has the kind '{row.Kind}', which this version does not know.");

    /// <summary>Null while alerts go there.</summary>
    public static string? PausedReason(WebhookRow row) =>
        !row.Enabled ? row.PausedReason ?? "Switched off."
        : row.Events is { Count: 0 } ? "No event is chosen."
        : null;

    /// <summary>What a person sees of an address: where the path is the secret, only the host and the end.</summary>
    public static string Shown(string url, WebhookKind kind) => kind.HasSecretUrl()
        ? $"{new Uri(url).GetLeftPart(UriPartial.Authority)}/…{(url.Length > 40 ? url[^4..] : "")}"
        : url;

    /// <summary>The settings as the audit log writes them.</summary>
    public static Dictionary<string, string?> Facts(WebhookRow row) => new(StringComparer.Ordinal)
    {
        ["name"] = row.Name,
        ["kind"] = row.Kind,
        ["url"] = row.ShownUrl,
        ["events"] = row.Events is null ? "all" : string.Join(", ", row.Events),
        ["filter"] = row.Filter,
        ["enabled"] = row.Enabled ? "true" : "false",
        ["secret"] = row.SecretLast4 is { } last4 ? $"…{last4}" : null,
    };
}
