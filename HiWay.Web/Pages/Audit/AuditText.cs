using System.Globalization;
using HiWay.Infrastructure.Audit;

namespace HiWay.Web.Pages.Audit;

/// <summary>One field of a change.</summary>
/// <param name="Old">Null when the field was not set, or when the thing is new.</param>
public sealed record AuditChange(string Field, string? Old, string? New);

/// <summary>The audit log in words.</summary>
public static class AuditText
{
    /// <summary>What can be filtered by: the first part of an action, as the API takes it in <c>?action=</c>.</summary>
    public static IReadOnlyList<(string Value, string Text)> Subjects { get; } =
    [
        ("key", "Keys"), ("provider", "Providers"), ("model", "Models"), ("routing", "Routing"), ("budget", "Budget"), ("guardian", "Guardian"), ("member", "Members"), ("invitation", "Invitations"),
        ("workspace", "Workspace"), ("security", "Security"), ("ip_rule", "IP rules"), ("privacy", "Privacy"), ("webhook", "Webhooks"), ("device", "Devices"),
    ];

    /// <summary><c>member.role_changed</c> as "Member role changed".</summary>
    public static string Action(string action)
    {
        var words = action.Replace("ip_rule", "IP rule", StringComparison.Ordinal).Replace('.', ' ').Replace('_', ' ').Trim();
        return words.Length == 0 ? action : char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>An icon for what it was done to.</summary>
    public static string Icon(string action) => Subject(action) switch
    {
        "key" => "key",
        "provider" or "credential" => "plug",
        "model" => "cube",
        "member" or "invitation" => "users",
        "workspace" => "sliders",
        "routing" => "route",
        "budget" => "coin",
        "guardian" => "eye",
        "security" or "ip_rule" => "shield",
        "privacy" => "lock",
        "webhook" => "bell",
        "device" => "terminal",
        _ => "history",
    };

    /// <summary>Where the thing can be seen; null when there is no page for it.</summary>
    public static string? Href(AuditView entry) => Subject(entry.Action) switch
    {
        "key" => "/keys",
        "provider" or "credential" => "/settings/providers",
        "model" when entry.SubjectId is { } id => $"/models?model={Uri.EscapeDataString(id)}",
        "member" or "invitation" => "/settings/members",
        "workspace" => "/settings",
        "routing" => "/routing",
        "budget" => "/budget",
        "guardian" => "/guardian",
        "security" or "ip_rule" => "/security",
        "privacy" => "/privacy",
        "webhook" => "/webhooks",
        _ => null,
    };

    /// <summary>
    /// Fields with what they were and what they became, in the order of the new values; what is gone comes last. A field that
    /// was and stays empty says nothing: a new key lists only what was set.
    /// </summary>
    public static IReadOnlyList<AuditChange> Changes(AuditView entry)
    {
        List<AuditChange> changes = [];
        foreach (var (field, value) in entry.NewValues ?? Empty)
        {
            Add(field, entry.OldValues?.GetValueOrDefault(field), value);
        }

        foreach (var (field, value) in entry.OldValues ?? Empty)
        {
            if (entry.NewValues?.ContainsKey(field) is not true)
            {
                Add(field, value, null);
            }
        }

        return changes;

        void Add(string field, string? before, string? after)
        {
            if (!string.IsNullOrEmpty(before) || !string.IsNullOrEmpty(after))
            {
                changes.Add(new(field, string.IsNullOrEmpty(before) ? null : before, string.IsNullOrEmpty(after) ? null : after));
            }
        }
    }

    /// <summary>A value that is an instant, as entries write them; null for any other.</summary>
    public static DateTimeOffset? Instant(string value) =>
        DateTimeOffset.TryParseExact(value, "u", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static readonly Dictionary<string, string?> Empty = [];

    private static string Subject(string action) => action.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 ? action[..dot] : action;
}
