using System.Net.Http.Headers;
using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>
/// Reads the error replies of those who speak OpenAI's dialect: OpenAI's object, Mistral's flat one and its <c>detail</c>, xAI's
/// text in <c>error</c>, OpenRouter's wrapping of another provider's words, plain text and HTML of proxies in between.
/// </summary>
public static class OpenAiErrors
{
    public static UpstreamError Read(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Read(status, body) with { RetryAfter = RetryAfter.Read(headers, now) };

    /// <summary>Reads a body alone: of a reply outside 2xx, or an error object inside a 200.</summary>
    /// <param name="status">The reply's; inside a 200, the error's own numeric code takes its place when it has one.</param>
    public static UpstreamError Read(int status, ReadOnlySpan<byte> body)
    {
        var fields = ErrorText.TryParse(body, out var root) ? Fields(root) : default;
        if (status < 400)
        {
            status = fields.Status ?? StatusOf(fields);
        }

        return string.IsNullOrWhiteSpace(fields.Message)
            ? ErrorText.FromBody(status, body)
            : Classified(new(status, ErrorText.Trim(fields.Message), fields.Code, fields.Type, fields.Param));
    }

    /// <summary>Says what kind of failure it is, from status, code, type and, where providers give no code, their words.</summary>
    public static UpstreamError Classified(UpstreamError error) => error with { Kind = KindOf(error) };

    private static UpstreamErrorKind KindOf(UpstreamError error)
    {
        var byCode = ByCode(error.Code);
        if (byCode is UpstreamErrorKind.Unknown or UpstreamErrorKind.InvalidRequest)
        {
            var byType = ByCode(error.Type);
            byCode = byType is UpstreamErrorKind.Unknown ? byCode : byType;
        }

        // Ollama calls a missing key an api_error: the status knows better.
        var vague = byCode is UpstreamErrorKind.Unknown or UpstreamErrorKind.InvalidRequest || (byCode is UpstreamErrorKind.Server && error.Status < 500);
        if (!vague)
        {
            return byCode;
        }

        return ErrorText.KindFromWords(error.Status, error.Message) ?? ErrorText.KindFromStatus(error.Status);
    }

    private static UpstreamErrorKind ByCode(string? code) => code switch
    {
        // llama.cpp says exceed_context_size_error, Perplexity too_many_prompt_tokens.
        "context_length_exceeded" or "exceed_context_size_error" or "too_many_prompt_tokens" or "string_above_max_length"
            => UpstreamErrorKind.ContextLength,
        "content_filter" or "content_policy_violation" or "moderation_blocked" or "ResponsibleAIPolicyViolation"
            => UpstreamErrorKind.ContentFilter,
        "rate_limit_exceeded" or "rate_limit_error" or "RateLimitReached" or "tokens" or "requests" or "too_many_requests"
            => UpstreamErrorKind.RateLimit,
        "insufficient_quota" or "billing_hard_limit_reached" or "billing_not_active" or "insufficient_balance"
            => UpstreamErrorKind.QuotaExhausted,
        "invalid_api_key" or "authentication_error" or "permission_error" or "permission_denied" or "invalid_authentication"
            => UpstreamErrorKind.Authentication,
        "model_not_found" or "invalid_model" or "DeploymentNotFound" or "model_decommissioned"
            => UpstreamErrorKind.ModelNotFound,
        "server_is_overloaded" or "overloaded_error" or "service_unavailable_error" or "service_unavailable" or "engine_overloaded"
            => UpstreamErrorKind.Overloaded,
        "server_error" or "internal_server_error" or "api_error" => UpstreamErrorKind.Server,
        "invalid_request_error" => UpstreamErrorKind.InvalidRequest,
        _ => UpstreamErrorKind.Unknown,
    };

    /// <summary>For an error object without a number inside a 200.</summary>
    private static int StatusOf(in ErrorFields fields) => ByCode(fields.Code) is var kind and not UpstreamErrorKind.Unknown
        ? ErrorText.StatusFor(kind)
        : ErrorText.StatusFor(ByCode(fields.Type));

    private static ErrorFields Fields(JsonElement root)
    {
        if (root.ValueKind is JsonValueKind.Array && root.GetArrayLength() > 0)
        {
            root = root[0];     // Gemini's compatible endpoint wraps the object in a list
        }

        if (root.ValueKind is not JsonValueKind.Object)
        {
            return default;
        }

        if (root.TryGetProperty("error", out var error))
        {
            if (error.ValueKind is JsonValueKind.Object)
            {
                return Wrapped(error);
            }

            if (error.ValueKind is JsonValueKind.String)
            {
                return new(ErrorText.String(error), ErrorText.String(root, "code"), ErrorText.String(root, "type"), null, null);
            }
        }

        if (ErrorText.String(root, "message") is { } message)
        {
            return new(message, ErrorText.String(root, "code"), ErrorText.String(root, "type"), ErrorText.String(root, "param"),
                ErrorText.Number(root, "raw_status_code"));
        }

        return root.TryGetProperty("detail", out var detail) ? new(Detail(detail), null, null, null, null) : default;
    }

    private static ErrorFields Wrapped(JsonElement error)
    {
        var fields = new ErrorFields(
            ErrorText.String(error, "message"), ErrorText.String(error, "code"), ErrorText.String(error, "type"),
            ErrorText.String(error, "param"), ErrorText.Number(error, "status_code") ?? ErrorText.Number(error, "code"));

        // OpenRouter says only "Provider returned error"; the provider's own reply is inside as text, often JSON again.
        if (error.TryGetProperty("metadata", out var metadata) && ErrorText.String(metadata, "raw") is { Length: > 0 } raw)
        {
            var inner = ErrorText.TryParse(System.Text.Encoding.UTF8.GetBytes(raw), out var root) ? Fields(root) : default;
            return inner.Message is null
                ? fields with { Message = $"{fields.Message}: {raw}" }
                : new(inner.Message, inner.Code ?? fields.Code, inner.Type ?? fields.Type, inner.Param ?? fields.Param, fields.Status);
        }

        return fields;
    }

    /// <summary>FastAPI's validation list, or a text.</summary>
    private static string? Detail(JsonElement detail)
    {
        if (detail.ValueKind is JsonValueKind.String)
        {
            return ErrorText.String(detail);
        }

        if (detail.ValueKind is not JsonValueKind.Array)
        {
            return detail.ValueKind is JsonValueKind.Object ? ErrorText.String(detail, "message") ?? detail.GetRawText() : null;
        }

        var first = detail.EnumerateArray().FirstOrDefault();
        if (first.ValueKind is not JsonValueKind.Object || ErrorText.String(first, "msg") is not { } message)
        {
            return detail.GetRawText();
        }

        return first.TryGetProperty("loc", out var where) && where.ValueKind is JsonValueKind.Array
            ? $"{string.Join('.', where.EnumerateArray().Select(step => step.ToString()))}: {message}"
            : message;
    }

    private readonly record struct ErrorFields(string? Message, string? Code, string? Type, string? Param, int? Status);
}
