namespace HiWay.Domain.Fallback;

/// <summary>Gives an upstream's error its class.</summary>
public static class FailureReading
{
    private static readonly string[] ContextLengthWords =
    [
        "context_length_exceeded",      // OpenAI's code and its imitators'
        "maximum context length",       // OpenAI, vLLM, Together
        "prompt is too long",           // Anthropic: "prompt is too long: 210000 tokens > 200000 maximum"
        "exceeds the maximum number of tokens", // Gemini: "The input token count (…) exceeds the maximum number of tokens allowed"
        "exceed context limit",         // Anthropic: "input length and `max_tokens` exceed context limit"
        "context window",               // Groq, Fireworks
        "too large for model with",     // Mistral: "Prompt contains … tokens, too large for model with … maximum context length"
    ];

    private static readonly string[] ContentFilterWords =
    [
        "content_filter",               // Azure OpenAI
        "content_policy_violation",     // OpenAI
        "content management policy",    // Azure OpenAI's sentence
        "prohibited_content",           // Gemini
        "blockreason",                  // Gemini's promptFeedback
        "safety_system",
        "usage policies",
    ];

    /// <param name="status">HTTP status, or for an error event inside a 2xx stream the status that it stands for.</param>
    /// <param name="code">The upstream's own code, where it gave one.</param>
    /// <param name="type">The upstream's own type, where it gave one.</param>
    /// <param name="message">The upstream's own words.</param>
    public static FailureClass Of(int status, string? code, string? type, string? message)
    {
        // Said in words under several statuses (400, 413, 422, and 500 at some hosts), so the words come before the status.
        if (status is not 429 && (Speaks(ContextLengthWords, code) || Speaks(ContextLengthWords, message)))
        {
            return FailureClass.ContextLength;
        }

        if (status is >= 400 and < 500 and not 429
            && (Speaks(ContentFilterWords, code) || Speaks(ContentFilterWords, type) || Speaks(ContentFilterWords, message)))
        {
            return FailureClass.ContentFilter;
        }

        return status switch
        {
            401 or 403 => FailureClass.CredentialRejected,
            402 => FailureClass.CredentialUnfunded,
            404 => FailureClass.ModelNotFound,
            408 => FailureClass.Timeout,
            409 => FailureClass.Conflict,
            429 => FailureClass.RateLimited,
            503 or 529 => FailureClass.Overloaded,
            >= 400 and < 500 => FailureClass.RequestRejected,
            >= 500 => FailureClass.ServerError,

            // 1xx and 3xx are no answers to a chat call; nothing was produced, so the next deployment may try.
            _ => FailureClass.BrokenAnswer,
        };
    }

    private static bool Speaks(string[] words, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        foreach (var word in words)
        {
            if (text.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
