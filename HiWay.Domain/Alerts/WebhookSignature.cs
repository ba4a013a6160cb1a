using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HiWay.Domain.Alerts;

/// <summary>Signatures with which a receiver sees that a message is HiWay's, whole and fresh.</summary>
public static class WebhookSignature
{
    /// <summary>
    /// <c>webhook-signature</c> of Standard Webhooks: for each secret <c>v1,</c> and base64 of HMAC-SHA256 over
    /// <c>id.timestamp.body</c> under the secret's decoded bytes, separated by spaces (the specification's "Signature scheme").
    /// </summary>
    /// <param name="secrets">One, or after a rotation the new and the old.</param>
    /// <exception cref="ArgumentException">A secret is none; those that are stored have been checked.</exception>
    public static string Standard(IEnumerable<string> secrets, string id, DateTimeOffset at, string body)
    {
        var signed = Encoding.UTF8.GetBytes($"{id}.{Timestamp(at)}.{body}");
        return string.Join(' ', secrets.Select(secret =>
            "v1," + Convert.ToBase64String(HMACSHA256.HashData(WebhookSecret.KeyOf(secret) ?? throw new ArgumentException("No webhook secret.", nameof(secrets)), signed))));
    }

    /// <summary>
    /// <c>X-HiWay-Signature</c>: <c>t=&lt;seconds&gt;,v1=&lt;hex&gt;</c>, HMAC-SHA256 over <c>seconds.body</c> under the secret's own text (with
    /// <c>whsec_</c>, not decoded), which a shell with openssl can check; one <c>v1</c> for each secret.
    /// </summary>
    public static string HiWay(IEnumerable<string> secrets, DateTimeOffset at, string body)
    {
        var signed = Encoding.UTF8.GetBytes($"{Timestamp(at)}.{body}");
        return $"t={Timestamp(at)}," + string.Join(',', secrets.Select(secret =>
            "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))));
    }

    /// <summary>Seconds since 1970, as <c>webhook-timestamp</c> has them.</summary>
    public static string Timestamp(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
