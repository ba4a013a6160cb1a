using System.Buffers;
using System.Text.Json;
using HiWay.Domain.Errors;

namespace HiWay.Web.Gateway.Wire;

/// <summary>The one place that knows which status and code a refusal has on the wire, and how it is written.</summary>
internal static class ErrorEnvelope
{
    internal static (int Status, string Code) Map(GatewayErrorKind kind) => kind switch
    {
        GatewayErrorKind.InvalidRequest => (400, "invalid_request"),
        GatewayErrorKind.ModelNotFound => (400, "model_not_found"),
        GatewayErrorKind.ProviderNotConfigured => (400, "provider_not_configured"),
        GatewayErrorKind.ContextLengthExceeded => (400, "context_length_exceeded"),
        GatewayErrorKind.UnsupportedEndpoint => (400, "unsupported_endpoint"),
        GatewayErrorKind.AuthenticationFailed => (401, "authentication_error"),
        GatewayErrorKind.BudgetExceeded => (402, "budget_exceeded"),
        GatewayErrorKind.ThreatBlocked => (400, "threat_blocked"),
        GatewayErrorKind.IpDenied => (403, "ip_denied"),
        GatewayErrorKind.WorkspaceSuspended => (403, "workspace_suspended"),
        GatewayErrorKind.KeySuspended => (403, "key_suspended"),
        GatewayErrorKind.PermissionDenied => (403, "permission_denied"),
        GatewayErrorKind.ModelNotAllowed => (403, "model_not_allowed"),
        GatewayErrorKind.NotFound => (404, "not_found"),
        GatewayErrorKind.NoSuchModel => (404, "model_not_found"),
        GatewayErrorKind.MethodNotAllowed => (405, "method_not_allowed"),
        GatewayErrorKind.ContextBloat => (413, "context_bloat"),
        GatewayErrorKind.BodyTooLarge => (413, "body_too_large"),
        GatewayErrorKind.UnsupportedMediaType => (415, "unsupported_media_type"),
        GatewayErrorKind.RateLimitExceeded => (429, "rate_limit_exceeded"),
        GatewayErrorKind.GuardianBlock => (429, "guardian_block"),
        GatewayErrorKind.UpstreamRefused => (400, "invalid_request"),
        GatewayErrorKind.UpstreamUnavailable => (502, "upstream_unavailable"),
        GatewayErrorKind.Internal => (500, "internal_error"),
        GatewayErrorKind.Overloaded => (503, "overloaded"),
        GatewayErrorKind.ShuttingDown => (503, "shutting_down"),
    };

    /// <summary>Status of one error; an upstream's own refusal keeps the upstream's.</summary>
    internal static int StatusOf(GatewayError error) => error.UpstreamStatus ?? Map(error.Kind).Status;

    internal static string CodeOf(GatewayError error)
    {
        if (error.Kind != GatewayErrorKind.UpstreamRefused)
        {
            return Map(error.Kind).Code;
        }

        return error.UpstreamCode is { Length: > 0 } code ? code : error.UpstreamStatus == 429 ? "rate_limit_exceeded" : "invalid_request";
    }

    /// <summary>`type` as OpenAI's clients know it; they choose their exception by status and show this.</summary>
    private static string TypeOf(GatewayError error) => error.UpstreamType ?? StatusOf(error) switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };

    /// <summary>Writes <c>{"error":{…}}</c>.</summary>
    /// <param name="hiway">A raw `_hiway` object to add beside `error`; empty for none.</param>
    internal static void Write(IBufferWriter<byte> to, GatewayError error, string requestId, ReadOnlySpan<byte> hiway)
    {
        using var json = new Utf8JsonWriter(to, GatewayJson.Written);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, TypeOf(error));
        WriteFacts(json, error, requestId);
        json.WriteEndObject();
        if (!hiway.IsEmpty)
        {
            json.WritePropertyName("_hiway"u8);
            json.WriteRawValue(hiway, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    /// <summary>Everything of a refusal but its type, which each dialect words for itself.</summary>
    internal static void WriteFacts(Utf8JsonWriter json, GatewayError error, string requestId)
    {
        json.WriteString("code"u8, CodeOf(error));
        json.WriteString("message"u8, error.Message);
        json.WriteString("param"u8, error.Param);
        json.WriteString("request_id"u8, requestId);
        json.WriteString("trace_id"u8, requestId);
        if (error.RetryAfter is { } wait)
        {
            json.WriteNumber("retry_after_seconds"u8, RetryAfterSeconds(wait));
        }

        WriteMembers(json, error.Details);
    }

    private static void WriteMembers(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> members)
    {
        foreach (var (name, value) in members)
        {
            json.WritePropertyName(name);
            WriteValue(json, value);
        }
    }

    /// <summary>Whole seconds, rounded up: a client that waits exactly so long is not refused again.</summary>
    internal static int RetryAfterSeconds(TimeSpan wait) => Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool yes:
                json.WriteBooleanValue(yes);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case DateTimeOffset instant:
                json.WriteStringValue(instant.UtcDateTime);
                break;
            case IEnumerable<string> list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    json.WriteStringValue(item);
                }

                json.WriteEndArray();
                break;
            case IEnumerable<KeyValuePair<string, object?>> members:
                json.WriteStartObject();
                WriteMembers(json, members);
                json.WriteEndObject();
                break;
            case IEnumerable<FailedAttempt> chain:
                HiWayField.WriteChain(json, chain);
                break;
            default:
                throw new InvalidOperationException($"An error detail cannot be a {value.GetType().Name}.");
        }
    }
}

/// <summary>One link of a fallback chain as callers see it.</summary>
internal sealed record FailedAttempt(string Model, string Error);
