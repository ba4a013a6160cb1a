using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;

namespace HiWay.Infrastructure.Alerts.Forms;

/// <summary>What the forms share: facts as people read them, texts cut to what a service takes, JSON.</summary>
internal static class FormText
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Json(JsonObject body) => body.ToJsonString(s_json);

    /// <summary>As <c>2026-11-25T21:04:05.123Z</c>.</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string ForPeople(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The alert's facts that say something, as name and value, at most so many.</summary>
    public static IEnumerable<(string Name, string Value)> Facts(AlertEvent alert, int atMost) => alert.Data
        .Where(fact => fact.Value is not (null or "")).Take(atMost).Select(fact => (Name(fact.Key), Value(fact.Value!)));

    public static string Cut(string text, int length) => text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1)] + "…";

    /// <summary>Markdown's <c>[text](address)</c> must not come from what a caller typed: an unseen character parts the two.</summary>
    public static string WithoutLinks(string text) => text.Replace("](", "]\u200b(", StringComparison.Ordinal);

    /// <summary>How bad the news is, as services colour it.</summary>
    public static AlertTone Tone(AlertEvent alert) => alert.Type switch
    {
        AlertTypes.ProviderUp or AlertTypes.PaymentSucceeded or AlertTypes.ExperimentFinished or AlertTypes.WebhookTest => AlertTone.Good,
        AlertTypes.ProviderDown or AlertTypes.PaymentFailed or AlertTypes.GuardianBlock => AlertTone.Bad,
        _ => AlertTone.Warning,
    };

    private static string Name(string key)
    {
        var words = string.Join(' ', key.Split('_').Select(word => word is "usd" or "id" or "ip" ? word.ToUpperInvariant() : word));
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    private static string Value(object value) => value switch
    {
        DateTimeOffset at => ForPeople(at),
        bool yes => yes ? "yes" : "no",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}

internal enum AlertTone
{
    Good,
    Warning,
    Bad,
}
