namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>The words for why a choice stopped, of OpenAI and of those who speak its dialect.</summary>
internal static class OpenAiFinish
{
    public static FinishReason Of(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("length"u8) || word.SequenceEqual("model_length"u8) || word.SequenceEqual("max_tokens"u8) ? FinishReason.Length
        : word.SequenceEqual("tool_calls"u8) || word.SequenceEqual("function_call"u8) || word.SequenceEqual("tool_call"u8) ? FinishReason.ToolCalls
        : word.SequenceEqual("content_filter"u8) ? FinishReason.ContentFilter
        : FinishReason.Stop;

    /// <summary>OpenRouter and Mistral say error, DeepSeek says that it ran out of resources: the answer is not whole.</summary>
    public static bool IsFailure(ReadOnlySpan<byte> finish) =>
        finish.SequenceEqual("error"u8) || finish.SequenceEqual("insufficient_system_resource"u8);

    public static UpstreamError FailureOf(ReadOnlySpan<byte> finish) => finish.SequenceEqual("error"u8)
        ? new(502, "The upstream ended the answer with an error.", "error") { Kind = UpstreamErrorKind.Server }
        : new(503, "The upstream ran out of resources in the middle of the answer.", "insufficient_system_resource") { Kind = UpstreamErrorKind.Overloaded };
}
