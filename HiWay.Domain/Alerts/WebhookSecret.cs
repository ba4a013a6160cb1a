using System.Security.Cryptography;

namespace HiWay.Domain.Alerts;

/// <summary>
/// The secret that an endpoint's messages are signed with: <c>whsec_</c> and base64 of 24 to 64 bytes
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Symmetric").
/// </summary>
public static class WebhookSecret
{
    public const string Prefix = "whsec_";
    public const int MinBytes = 24;
    public const int MaxBytes = 64;

    private const int NewBytes = 32;

    public static string New() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NewBytes));

    /// <summary>The key's bytes; null when the text is no such secret.</summary>
    public static byte[]? KeyOf(string text)
    {
        var bytes = new byte[MaxBytes];
        return text.StartsWith(Prefix, StringComparison.Ordinal) && Convert.TryFromBase64String(text[Prefix.Length..], bytes, out var written) && written >= MinBytes
            ? bytes[..written]
            : null;
    }
}
