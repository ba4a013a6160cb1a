using System.Net.Http.Headers;
using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>Reads Anthropic's errors: <c>{"type":"error","error":{"type","message"}}</c>, as a reply and as an event.</summary>
internal static class AnthropicErrors
{
    public static UpstreamError Read(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Read(status, body) with { RetryAfter = RetryAfter.Read(headers, now) };

    /// <param name="status">The reply's; for an error inside a 200 the status that its type stands for takes its place.</param>
    public static UpstreamError Read(int status, ReadOnlySpan<byte> body)
    {
        if (!ErrorText.TryParse(body, out var root) || root.ValueKind is not JsonValueKind.Object
            || !root.TryGetProperty("error", out var error) || ErrorText.String(error, "message") is not { } message || string.IsNullOrWhiteSpace(message))
        {
            // A proxy in between, or a compatible server that answers as OpenAI does.
            return OpenAiChat.OpenAiErrors.Read(status, body);
        }

        var type = ErrorText.String(error, "type");
        if (status < 400)
        {
            status = StatusOf(type);
        }

        return new(status, ErrorText.Trim(message), null, type) { Kind = KindOf(status, type, message) };
    }

    private static UpstreamErrorKind KindOf(int status, string? type, string message) => type switch
    {
        "overloaded_error" => UpstreamErrorKind.Overloaded,
        "rate_limit_error" => UpstreamErrorKind.RateLimit,
        "authentication_error" or "permission_error" => UpstreamErrorKind.Authentication,
        "billing_error" => UpstreamErrorKind.QuotaExhausted,
        "not_found_error" => UpstreamErrorKind.ModelNotFound,
        "api_error" or "timeout_error" => UpstreamErrorKind.Server,
        _ => ErrorText.KindFromWords(status, message) ?? ErrorText.KindFromStatus(status),
    };

    private static int StatusOf(string? type) => type switch
    {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "api_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 502,
    };
}
