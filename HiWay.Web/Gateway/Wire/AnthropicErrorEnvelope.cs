using System.Buffers;
using System.Text.Json;
using HiWay.Domain.Errors;

namespace HiWay.Web.Gateway.Wire;

/// <summary>A refusal as Anthropic's clients know it: <c>{"type":"error","error":{"type","message",…},"request_id"}</c>.</summary>
internal static class AnthropicErrorEnvelope
{
    /// <param name="hiway">A raw `_hiway` object to add beside `error`; empty for none.</param>
    internal static void Write(IBufferWriter<byte> to, GatewayError error, string requestId, ReadOnlySpan<byte> hiway)
    {
        using var json = new Utf8JsonWriter(to, GatewayJson.Written);
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, TypeOf(error));
        ErrorEnvelope.WriteFacts(json, error, requestId);
        json.WriteEndObject();
        json.WriteString("request_id"u8, requestId);
        if (!hiway.IsEmpty)
        {
            json.WritePropertyName("_hiway"u8);
            json.WriteRawValue(hiway, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    /// <summary>An upstream's own word stays when it is one of Anthropic's; its clients know no others.</summary>
    private static string TypeOf(GatewayError error) => error.UpstreamType is
        "invalid_request_error" or "authentication_error" or "billing_error" or "permission_error" or "not_found_error" or "request_too_large"
        or "rate_limit_error" or "api_error" or "timeout_error" or "overloaded_error"
        ? error.UpstreamType
        : ErrorEnvelope.StatusOf(error) switch
        {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 or 529 => "overloaded_error",
            504 => "timeout_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        };
}
