using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>
/// AWS Signature Version 4 (docs.aws.amazon.com, "Create a signed AWS API request"): a digest of method, path, query, chosen headers and body, keyed
/// with a key that is good for one day, region and service.
/// </summary>
internal static class AwsSignature
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Adds the date, the session token of temporary keys, and the signature.</summary>
    public static void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, in AwsKeys keys, string region, string service, DateTimeOffset now)
    {
        var instant = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = request.RequestUri!.IsDefaultPort ? request.RequestUri.IdnHost : $"{request.RequestUri.IdnHost}:{request.RequestUri.Port}",
            ["x-amz-date"] = instant,
        };
        if (request.Content?.Headers.ContentType?.ToString() is { } contentType)
        {
            headers["content-type"] = contentType;
        }

        request.Headers.TryAddWithoutValidation("x-amz-date", instant);
        if (keys.SessionToken is { } token)
        {
            headers["x-amz-security-token"] = token;
            request.Headers.TryAddWithoutValidation("x-amz-security-token", token);
        }

        var names = string.Join(';', headers.Keys);
        var scope = $"{instant[..8]}/{region}/{service}/aws4_request";
        var canonical = Canonical(request, headers, names, body);
        var toSign = $"{Algorithm}\n{instant}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(Key(keys.SecretAccessKey, instant[..8], region, service), Encoding.UTF8.GetBytes(toSign)));
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={keys.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    private static string Canonical(HttpRequestMessage request, SortedDictionary<string, string> headers, string names, ReadOnlySpan<byte> body)
    {
        var text = new StringBuilder(512).Append(request.Method.Method).Append('\n');

        // The path is escaped once more: every service but S3 wants it so (%3A becomes %253A).
        text.AppendJoin('/', request.RequestUri!.AbsolutePath.Split('/').Select(Uri.EscapeDataString)).Append('\n');
        text.AppendJoin('&', request.RequestUri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=").Order(StringComparer.Ordinal)).Append('\n');
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value.Trim()).Append('\n');
        }

        return text.Append('\n').Append(names).Append('\n').Append(Hex(SHA256.HashData(body))).ToString();
    }

    private static byte[] Key(string secret, string day, string region, string service)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in (ReadOnlySpan<string>)[day, region, service, "aws4_request"])
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return key;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
