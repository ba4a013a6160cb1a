namespace HiWay.Web.Gateway.Clients;

/// <summary>Every dialect that clients may speak, one instance each.</summary>
internal static class ClientDialects
{
    public static IClientDialect OpenAiChat { get; } = new OpenAiChatClient();

    public static IClientDialect OpenAiResponses { get; } = new OpenAiResponsesClient();

    public static IClientDialect AnthropicMessages { get; } = new AnthropicMessagesClient();

    public static IClientDialect OpenAiCompletions { get; } = new OpenAiCompletionsClient();

    public static IReadOnlyList<IClientDialect> All { get; } = [OpenAiChat, OpenAiResponses, AnthropicMessages, OpenAiCompletions];

    /// <summary>Whose envelope a refusal on this path is written in; OpenAI's where no dialect lives.</summary>
    public static IClientDialect Of(PathString path)
    {
        foreach (var dialect in All)
        {
            if (path.StartsWithSegments(dialect.Endpoint, StringComparison.Ordinal))
            {
                return dialect;
            }
        }

        return OpenAiChat;
    }
}
