using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace HiWay.Infrastructure.Dialects;

/// <summary>What the error readers of all dialects share: lenient JSON, plain words where there is none, kinds from status and words.</summary>
internal static partial class ErrorText
{
    /// <summary>Parses a body that may be anything; false when it is no JSON.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, [NotNullWhen(true)] out JsonElement root)
    {
        root = default;
        try
        {
            // Bytes that are no text become the replacement character: an error must be readable whatever it holds.
            root = Utf8.IsValid(body) ? JsonElement.Parse(body) : JsonElement.Parse(Encoding.UTF8.GetString(body));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A member's text; numbers and booleans as they are written, null for anything else.</summary>
    public static string? String(JsonElement parent, string name) =>
        parent.ValueKind is JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? String(value) : null;

    public static string? String(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                return value.GetRawText();
            case JsonValueKind.String:
                try
                {
                    return value.GetString();
                }
                catch (InvalidOperationException)
                {
                    // Half a surrogate pair or broken UTF-8: the words as they were sent are better than none.
                    return value.GetRawText().Trim('"');
                }

            default:
                return null;
        }
    }

    public static int? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;

    public static string Trim(string text) =>
        text.Length <= UpstreamError.MaxMessageLength ? text : string.Concat(text.AsSpan(0, UpstreamError.MaxMessageLength - 1), "…");

    /// <summary>An error whose body is no error object of the dialect: its words, or the status's.</summary>
    public static UpstreamError FromBody(int status, ReadOnlySpan<byte> body)
    {
        // Enough for the words of a proxy's page; the rest would be cut anyway.
        var text = Encoding.UTF8.GetString(body.Length > 16 * 1024 ? body[..(16 * 1024)] : body).Trim();
        if (text.StartsWith('<'))
        {
            text = Spaces().Replace(Tags().Replace(text, " "), " ").Trim();
        }

        if (text.Length == 0)
        {
            text = $"The upstream answered {status} without a message.";
        }

        return new(status, Trim(text)) { Kind = KindFromWords(status, text) ?? KindFromStatus(status) };
    }

    /// <summary>For providers that give no code for what fallback must know; null when the words tell nothing.</summary>
    public static UpstreamErrorKind? KindFromWords(int status, string message)
    {
        if (status is 400 or 413 or 422 && ContextWords().IsMatch(message))
        {
            return UpstreamErrorKind.ContextLength;
        }

        if (status is 400 or 403 or 422 && FilterWords().IsMatch(message))
        {
            return UpstreamErrorKind.ContentFilter;
        }

        if (status is 400 or 401 or 403 && KeyWords().IsMatch(message))
        {
            return UpstreamErrorKind.Authentication;
        }

        return status is 400 or 402 or 403 or 429 && MoneyWords().IsMatch(message) ? UpstreamErrorKind.QuotaExhausted : null;
    }

    public static UpstreamErrorKind KindFromStatus(int status) => status switch
    {
        400 or 405 or 409 or 413 or 415 or 422 => UpstreamErrorKind.InvalidRequest,
        401 or 403 => UpstreamErrorKind.Authentication,
        402 => UpstreamErrorKind.QuotaExhausted,
        404 => UpstreamErrorKind.ModelNotFound,
        429 => UpstreamErrorKind.RateLimit,
        503 or 529 => UpstreamErrorKind.Overloaded,
        >= 500 => UpstreamErrorKind.Server,
        _ => UpstreamErrorKind.Unknown,
    };

    /// <summary>The status that an error event inside a 200 stands for.</summary>
    public static int StatusFor(UpstreamErrorKind kind) => kind switch
    {
        UpstreamErrorKind.InvalidRequest or UpstreamErrorKind.ContextLength or UpstreamErrorKind.ContentFilter => 400,
        UpstreamErrorKind.Authentication => 401,
        UpstreamErrorKind.ModelNotFound => 404,
        UpstreamErrorKind.RateLimit or UpstreamErrorKind.QuotaExhausted => 429,
        UpstreamErrorKind.Overloaded => 503,
        UpstreamErrorKind.Server => 500,
        UpstreamErrorKind.Diverged or UpstreamErrorKind.Unknown => 502,
    };

    [GeneratedRegex("maximum context length|context (window|length|size)|prompt is too long|too many (input |prompt )?tokens|input token count .{0,40}exceeds|exceeds? the (maximum|available) (number of tokens|context)|length of all messages is too long|input (is )?too long|reduce the length of", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ContextWords();

    [GeneratedRegex("content (management|filter|policy)|usage (guidelines|policies)|safety (system|filter|check)|SAFETY_CHECK|flagged (as|for)|moderation", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FilterWords();

    [GeneratedRegex("(incorrect|invalid|missing|expired|unauthorized).{0,20}api[ _-]?key|api[ _-]?key.{0,20}(invalid|not valid|not found|expired|incorrect|missing)|x-api-key", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex KeyWords();

    [GeneratedRegex("credit balance|insufficient (balance|credits|funds|quota)|not enough credits|billing hard limit|payment required|spend(ing)? limit", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MoneyWords();

    [GeneratedRegex("<(script|style)[^>]*>.*?</(script|style)>|<[^>]*>", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
