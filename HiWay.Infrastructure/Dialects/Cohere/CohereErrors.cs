using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Infrastructure.Dialects.Cohere;

/// <summary>Reads Cohere's errors: <c>{"message","id","error_type"}</c>, with the meaning in the status.</summary>
internal static class CohereErrors
{
    /// <summary>Cohere's own status for a key that is known and no longer good (docs.cohere.com, "Errors").</summary>
    private const int InvalidToken = 498;

    public static UpstreamError Read(int status, ReadOnlySpan<byte> body)
    {
        var error = OpenAiErrors.Read(status, body);
        if (status == InvalidToken)
        {
            return error with { Kind = UpstreamErrorKind.Authentication };
        }

        return ErrorText.TryParse(body, out var root) && ErrorText.String(root, "error_type") is { } type
            ? error with { Type = type, Kind = type == "TOO_MANY_TOKENS" ? UpstreamErrorKind.ContextLength : error.Kind }
            : error;
    }

    /// <summary>An answer that broke, in a 200: why it ended, and the words beside it where there are some.</summary>
    public static UpstreamError Broken(ReadOnlySpan<byte> finishReason, ReadOnlySpan<byte> wordsJson)
    {
        var words = wordsJson.Length > 0 ? ErrorText.Trim(Json.JsonText.Decode(wordsJson)) : "The provider broke the answer off.";
        return finishReason.SequenceEqual("TIMEOUT"u8)
            ? new(504, words, "TIMEOUT") { Kind = UpstreamErrorKind.Server }
            : new(502, words, "ERROR") { Kind = UpstreamErrorKind.Server };
    }
}
