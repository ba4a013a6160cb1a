using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiCompletions;

/// <summary>What a buffered and a streamed answer have in common: both are called <c>text_completion</c> and have the same choices.</summary>
internal static class OpenAiCompletionsChunks
{
    /// <summary><c>"id":"cmpl-…","object":"text_completion","created":…,"model":"…","choices":[</c>.</summary>
    public static void AddHead(ref Utf8Appender to, AnswerDefaults defaults, scoped ReadOnlySpan<byte> modelJson, long? created)
    {
        to.Add("\"id\":"u8);
        to.AddString(defaults.Id);
        to.Add(",\"object\":\"text_completion\",\"created\":"u8);
        to.Add(created ?? defaults.CreatedUnixSeconds);
        to.Add(",\"model\":\""u8);
        to.Add(modelJson.Length > 0 ? modelJson : JsonText.Encode(defaults.Model));
        to.Add("\",\"choices\":["u8);
    }

    /// <param name="finish">Null while the choice goes on.</param>
    public static void AddChoice(ref Utf8Appender to, int choice, scoped ReadOnlySpan<byte> echo, scoped ReadOnlySpan<byte> text, FinishReason? finish)
    {
        to.Add("{\"text\":\""u8);
        to.Add(echo);
        to.Add(text);
        to.Add("\",\"index\":"u8);
        to.Add(choice);
        to.Add(",\"logprobs\":null,\"finish_reason\":"u8);
        to.Add(finish is null ? "null"u8 : finish.Value switch
        {
            FinishReason.Length => "\"length\""u8,
            FinishReason.ContentFilter or FinishReason.Refusal => "\"content_filter\""u8,
            FinishReason.Stop or FinishReason.ToolCalls => "\"stop\""u8,
        });
        to.Add((byte)'}');
    }
}
