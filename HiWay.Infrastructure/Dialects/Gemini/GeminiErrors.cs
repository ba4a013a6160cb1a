using System.Net.Http.Headers;
using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>Reads Google's errors: <c>{"error":{"code","message","status","details":[…]}}</c>; the wait stands in a RetryInfo detail.</summary>
internal static class GeminiErrors
{
    public static UpstreamError Read(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var error = Read(status, body);
        return RetryAfter.Read(headers, now) is { } wait ? error with { RetryAfter = wait } : error;
    }

    /// <param name="status">The reply's; inside a 200 the error's own code takes its place.</param>
    public static UpstreamError Read(int status, ReadOnlySpan<byte> body)
    {
        if (!ErrorText.TryParse(body, out var root))
        {
            return ErrorText.FromBody(status, body);
        }

        if (root.ValueKind is JsonValueKind.Array && root.GetArrayLength() > 0)
        {
            root = root[0];     // a stream call without alt=sse answers with a list
        }

        if (root.ValueKind is not JsonValueKind.Object || !root.TryGetProperty("error", out var error) || error.ValueKind is not JsonValueKind.Object
            || ErrorText.String(error, "message") is not { } message || string.IsNullOrWhiteSpace(message))
        {
            return ErrorText.FromBody(status, body);
        }

        if (status < 400)
        {
            status = ErrorText.Number(error, "code") is { } code and >= 400 and < 600 ? code : 502;
        }

        var word = ErrorText.String(error, "status");
        var (reason, wait) = Details(error);
        return new(status, ErrorText.Trim(message), reason ?? word, word)
        {
            Kind = KindOf(status, word, reason, message),
            RetryAfter = wait,
        };
    }

    private static UpstreamErrorKind KindOf(int status, string? word, string? reason, string message) => (word, reason) switch
    {
        (_, "API_KEY_INVALID" or "API_KEY_SERVICE_BLOCKED" or "CREDENTIALS_MISSING" or "ACCESS_TOKEN_EXPIRED") => UpstreamErrorKind.Authentication,

        // Google says "check your plan and billing" for windows of a minute too, so that only the wait tells them apart.
        ("RESOURCE_EXHAUSTED", _) => UpstreamErrorKind.RateLimit,
        ("UNAUTHENTICATED" or "PERMISSION_DENIED", _) => UpstreamErrorKind.Authentication,
        ("NOT_FOUND", _) => UpstreamErrorKind.ModelNotFound,
        ("UNAVAILABLE", _) => UpstreamErrorKind.Overloaded,
        ("INTERNAL" or "DEADLINE_EXCEEDED" or "UNKNOWN", _) => UpstreamErrorKind.Server,
        _ => ErrorText.KindFromWords(status, message) ?? ErrorText.KindFromStatus(status),
    };

    private static (string? Reason, TimeSpan? Wait) Details(JsonElement error)
    {
        string? reason = null;
        TimeSpan? wait = null;
        if (error.TryGetProperty("details", out var details) && details.ValueKind is JsonValueKind.Array)
        {
            foreach (var detail in details.EnumerateArray())
            {
                reason ??= ErrorText.String(detail, "reason");
                wait ??= RetryAfter.FromGoogleDuration(ErrorText.String(detail, "retryDelay"));
            }
        }

        return (reason, wait);
    }
}
