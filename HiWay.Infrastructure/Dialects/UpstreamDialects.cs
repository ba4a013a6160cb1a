using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Every API that HiWay can call, one instance each; a new dialect is a folder and a line here.</summary>
public static class UpstreamDialects
{
    private static readonly IUpstreamDialect OpenAi = new OpenAiChat.OpenAiChatDialect();
    private static readonly IUpstreamDialect Anthropic = new AnthropicMessages.AnthropicMessagesDialect();
    private static readonly IUpstreamDialect Gemini = new Gemini.GeminiDialect();
    private static readonly IUpstreamDialect Bedrock = new Bedrock.BedrockDialect();
    private static readonly IUpstreamDialect Cohere = new Cohere.CohereDialect();
    private static readonly IUpstreamDialect Ollama = new Ollama.OllamaDialect();
    private static readonly IUpstreamDialect OpenAiResponses = new OpenAiResponses.OpenAiResponsesDialect();

    public static IUpstreamDialect For(UpstreamDialect kind) => kind switch
    {
        UpstreamDialect.OpenAiChat => OpenAi,
        UpstreamDialect.AnthropicMessages => Anthropic,
        UpstreamDialect.Gemini => Gemini,
        UpstreamDialect.BedrockConverse => Bedrock,
        UpstreamDialect.CohereV2 => Cohere,
        UpstreamDialect.OllamaChat => Ollama,
        UpstreamDialect.OpenAiResponses => OpenAiResponses,
    };
}
