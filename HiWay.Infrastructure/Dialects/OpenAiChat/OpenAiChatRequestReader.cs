using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Reads the body of <c>POST /v1/chat/completions</c> into the inner form.</summary>
public static class OpenAiChatRequestReader
{
    /// <exception cref="InvalidChatRequestException">The body is no chat request; its message and path go to the caller.</exception>
    public static ChatRequest Read(ReadOnlySpan<byte> body) => throw new NotImplementedException();
}
