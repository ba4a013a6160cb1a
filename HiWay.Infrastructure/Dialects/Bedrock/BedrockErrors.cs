using System.Net.Http.Headers;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>Reads AWS's errors: words in the body (<c>message</c>, of the sign-in service <c>Message</c>), the kind in a header or in the frame's name.</summary>
internal static class BedrockErrors
{
    public static UpstreamError Read(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body)
    {
        // ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/
        var type = headers.TryGetValues("x-amzn-errortype", out var values) ? values.FirstOrDefault() : null;
        var error = Words(status, body);
        type = (type ?? error.Type)?.Split(':')[0];
        type = type?[(type.LastIndexOf('#') + 1)..];
        return error with { Type = type, Kind = KindOf(type, status, error.Message) };
    }

    /// <summary>An exception inside a stream.</summary>
    /// <param name="name">The frame's <c>:exception-type</c>, or <c>error</c>.</param>
    public static UpstreamError InStream(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var words = Words(500, data);
        var type = name.SequenceEqual("error"u8) ? words.Code ?? "error" : System.Text.Encoding.UTF8.GetString(name);
        type = char.ToUpperInvariant(type[0]) + type[1..];
        var status = type switch
        {
            "ValidationException" => 400,
            "ThrottlingException" or "ModelNotReadyException" => 429,
            "ServiceUnavailableException" => 503,
            "ModelTimeoutException" => 408,
            _ => 500,
        };
        return words with { Status = status, Type = type, Code = null, Kind = KindOf(type, status, words.Message) };
    }

    private static UpstreamError Words(int status, ReadOnlySpan<byte> body)
    {
        if (!ErrorText.TryParse(body, out var root) || (ErrorText.String(root, "message") ?? ErrorText.String(root, "Message")) is not { Length: > 0 } message)
        {
            return ErrorText.FromBody(status, body);
        }

        return new(status, ErrorText.Trim(message), ErrorText.String(root, "code"), ErrorText.String(root, "__type"));
    }

    private static UpstreamErrorKind KindOf(string? type, int status, string message) => type switch
    {
        "ThrottlingException" => UpstreamErrorKind.RateLimit,
        "ServiceQuotaExceededException" => UpstreamErrorKind.QuotaExhausted,
        "ModelNotReadyException" or "ServiceUnavailableException" => UpstreamErrorKind.Overloaded,
        "InternalServerException" or "ModelErrorException" or "ModelStreamErrorException" or "ModelTimeoutException" => UpstreamErrorKind.Server,
        "ResourceNotFoundException" => UpstreamErrorKind.ModelNotFound,
        "AccessDeniedException" or "UnrecognizedClientException" or "ExpiredTokenException" or "InvalidSignatureException"
            or "IncompleteSignatureException" or "MissingAuthenticationTokenException" => UpstreamErrorKind.Authentication,
        "ValidationException" when message.Contains("model identifier", StringComparison.OrdinalIgnoreCase)
            || message.Contains("on-demand throughput", StringComparison.OrdinalIgnoreCase) => UpstreamErrorKind.ModelNotFound,
        _ => ErrorText.KindFromWords(status, message) ?? ErrorText.KindFromStatus(status),
    };
}
