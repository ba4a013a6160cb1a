using HiWay.Domain.Metering;
using HiWay.Web.Components;

namespace HiWay.Web.Pages.Requests;

/// <summary>The APIs that clients and providers speak, as people call them.</summary>
public static class Dialects
{
    public static string Name(string dialect) => dialect switch
    {
        "openai_chat" => "OpenAI chat",
        "openai_responses" => "OpenAI Responses",
        "openai_completions" => "OpenAI completions",
        "openai_embeddings" => "OpenAI embeddings",
        "openai_images" => "OpenAI images",
        "openai_image_edits" => "OpenAI image edits",
        "anthropic_messages" => "Anthropic Messages",
        "gemini" => "Gemini",
        "gemini_embeddings" => "Gemini embeddings",
        "gemini_images" => "Gemini images",
        "bedrock_converse" => "Bedrock Converse",
        "bedrock_invoke" => "Bedrock InvokeModel",
        "cohere_v2" or "cohere_chat" => "Cohere",
        "cohere_embed" => "Cohere embed",
        UsageEvent.ProviderTest => "HiWay's test of a provider",
        "passthrough" => "The provider's own API",
        _ => Format.Words(dialect),
    };
}
