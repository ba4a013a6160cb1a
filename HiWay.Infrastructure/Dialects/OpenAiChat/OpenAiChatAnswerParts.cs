using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>What a buffered and a streamed answer of OpenAI's dialect have in common.</summary>
internal static class OpenAiChatAnswerParts
{
    /// <summary>
    /// <c>"id":"…","object":"…","created":…,"model":"…"</c>, the same in every chunk. An id of another provider keeps its text behind OpenAI's
    /// prefix, which some clients look for.
    /// </summary>
    public static void AddHead(
        ref Utf8Appender to, string objectName, AnswerDefaults defaults, scoped ReadOnlySpan<byte> idJson, scoped ReadOnlySpan<byte> modelJson, long? created)
    {
        var id = idJson.Length > 0 ? idJson : JsonText.Encode(defaults.Id);
        to.Add("\"id\":\""u8);
        if (!id.StartsWith("chatcmpl-"u8))
        {
            to.Add("chatcmpl-"u8);
        }

        to.Add(id);
        to.Add("\",\"object\":"u8);
        to.AddString(objectName);
        to.Add(",\"created\":"u8);
        to.Add(created ?? defaults.CreatedUnixSeconds);
        to.Add(",\"model\":\""u8);
        to.Add(modelJson.Length > 0 ? modelJson : JsonText.Encode(defaults.Model));
        to.Add((byte)'"');
    }

    public static ReadOnlySpan<byte> FinishReasonText(FinishReason reason, bool legacyFunctions) => reason switch
    {
        FinishReason.Stop => "stop"u8,
        FinishReason.Length => "length"u8,
        FinishReason.ToolCalls => legacyFunctions ? "function_call"u8 : "tool_calls"u8,

        // OpenAI's own refusals end with "stop" and a refusal text; a provider's refusal without such text is what OpenAI calls a filter.
        FinishReason.ContentFilter or FinishReason.Refusal => "content_filter"u8,
    };

    /// <summary>Which sequence stopped a choice, in vLLM's member; OpenAI itself does not say.</summary>
    public static void AddStopSequence(ref Utf8Appender to, ReadOnlySpan<byte> sequenceJson)
    {
        if (sequenceJson.Length > 0 && sequenceJson[0] == (byte)'"')
        {
            to.Add(",\"stop_reason\":"u8);
            to.Add(sequenceJson);
        }
    }

    /// <summary>OpenAI's usage object from disjoint buckets: prompt_tokens and completion_tokens contain their details.</summary>
    public static void AddUsage(ref Utf8Appender to, in TokenUsage usage)
    {
        to.Add("{\"prompt_tokens\":"u8);
        to.Add(usage.TotalInput);
        to.Add(",\"completion_tokens\":"u8);
        to.Add(usage.TotalOutput);
        to.Add(",\"total_tokens\":"u8);
        to.Add(usage.TotalInput + usage.TotalOutput);
        to.Add(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
        to.Add(usage.CacheRead);
        to.Add(",\"audio_tokens\":"u8);
        to.Add(usage.AudioInput);
        AddCount(ref to, ",\"image_tokens\":"u8, usage.ImageInput);
        AddCount(ref to, ",\"cache_write_tokens\":"u8, usage.CacheWrite5m + usage.CacheWrite1h);
        to.Add("},\"completion_tokens_details\":{\"reasoning_tokens\":"u8);
        to.Add(usage.Reasoning);
        to.Add(",\"audio_tokens\":"u8);
        to.Add(usage.AudioOutput);
        AddCount(ref to, ",\"image_tokens\":"u8, usage.ImageOutput);
        to.Add("}}"u8);
    }

    /// <summary>Fields that OpenAI's own answers do not always have are written only when they say something.</summary>
    private static void AddCount(ref Utf8Appender to, ReadOnlySpan<byte> name, long count)
    {
        if (count > 0)
        {
            to.Add(name);
            to.Add(count);
        }
    }
}
