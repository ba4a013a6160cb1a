using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// Makes a history of tools one that every API takes: a conversation that was cut at its beginning holds results whose calls are gone, and Anthropic,
/// OpenAI, Bedrock and Gemini refuse those. What such a tool said stays, as words of the user.
/// </summary>
public static class ToolHistory
{
    /// <returns>The same request where each result follows its call.</returns>
    public static ChatRequest Fit(ChatRequest request)
    {
        HashSet<string> called = new(StringComparer.Ordinal);
        List<ChatMessage>? mended = null;
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            foreach (var part in message.Parts)
            {
                if (part is ToolCallPart call)
                {
                    called.Add(call.Id);
                }
                else if (part is ToolResultPart result && !called.Contains(result.CallId))
                {
                    mended ??= [.. request.Messages];
                    mended[i] = new(ChatRole.User, [new TextPart("Result of a tool that was called earlier:"), .. Turns.Told(result)]);
                }
            }
        }

        return mended is null ? request : request with { Messages = mended };
    }
}
