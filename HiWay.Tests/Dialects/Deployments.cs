using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>Deployments to write requests for, and the way from an OpenAI body to an upstream's.</summary>
internal static class Deployments
{
    public static Deployment Anthropic(string model = "claude-sonnet-4-5-20250929", int? maxOutput = 4096) =>
        Make("anthropic", UpstreamDialect.AnthropicMessages, "https://api.anthropic.com/v1/", "messages", model, maxOutput);

    public static Deployment Gemini(string model = "gemini-2.5-flash") =>
        Make("google", UpstreamDialect.Gemini, "https://generativelanguage.googleapis.com/v1beta/", "models", model, 65_535);

    public static Deployment OpenAi(string model = "gpt-5-nano", string provider = "openai") =>
        Make(provider, UpstreamDialect.OpenAiChat, "https://api.openai.com/v1/", "chat/completions", model, null);

    /// <summary>A provider of the catalogue, with its address and its differences.</summary>
    public static Deployment Known(string provider, string model = "some-model") => new(
        new ModelEntry { Id = $"{provider}/{model}", Provider = provider, UpstreamModel = model, Name = model, CapabilitiesKnown = false },
        ProviderCatalogue.Find(provider)!, ProviderCatalogue.Find(provider)!.BaseUrl ?? new Uri("https://llm.example.com/v1/"), "cred_1", new Secret("secret-key"));

    public static Deployment Bedrock(string model = "us.anthropic.claude-haiku-4-5-20251001-v1:0", int? maxOutput = 64_000) =>
        Make("bedrock", UpstreamDialect.BedrockConverse, "https://bedrock-runtime.us-east-1.amazonaws.com/", "", model, maxOutput);

    public static Deployment Cohere(string model = "command-a-03-2025") =>
        Make("cohere", UpstreamDialect.CohereV2, "https://api.cohere.com/v2/", "chat", model, null);

    public static Deployment Ollama(string model = "qwen3") =>
        Make("ollama", UpstreamDialect.OllamaChat, "http://localhost:11434/api/", "chat", model, null);

    /// <summary>A model that answers on the Responses API alone.</summary>
    public static Deployment Responses(string model = "gpt-5-pro") => new(
        new ModelEntry
        {
            Id = $"openai/{model}", Provider = "openai", UpstreamModel = model, Name = model, Endpoints = [TierPlacement.ResponsesEndpoint],
            Capabilities = ModelCapabilities.Reasoning | ModelCapabilities.WebSearch,
        },
        new ProviderDefinition { Slug = "openai", Name = "OpenAI", Dialect = UpstreamDialect.OpenAiChat, ResponsesPath = "responses" },
        new Uri("https://api.openai.com/v1/"), "cred_1", new Secret("secret-key"));

    private static Deployment Make(string provider, UpstreamDialect dialect, string baseUrl, string path, string model, int? maxOutput) => new(
        new ModelEntry
        {
            Id = $"{provider}/{model}", Provider = provider, UpstreamModel = model, Name = model, MaxOutputTokens = maxOutput, CapabilitiesKnown = false,
        },
        new ProviderDefinition
        {
            Slug = provider, Name = provider, Dialect = dialect, ChatPath = path, Quirks = ProviderCatalogue.Find(provider)?.Quirks ?? OpenAiQuirks.Lenient,
        },
        new Uri(baseUrl), "cred_1", new Secret("secret-key"));

    public static (JsonObject Body, List<string> Dropped) Translate(string openAiBody, Deployment to, bool stream = false)
    {
        var request = OpenAiChatRequestReader.Read(Encoding.UTF8.GetBytes(openAiBody));
        var body = new ArrayBufferWriter<byte>();
        var dropped = new List<string>();
        UpstreamDialects.For(to.Dialect).WriteRequest(request, to, stream, body, dropped);
        return (JsonNode.Parse(body.WrittenSpan)!.AsObject(), dropped);
    }

    /// <summary>A one-turn body with further members, as JSON text without the braces.</summary>
    public static string Ask(string more = "") =>
        $$"""{"model":"m","messages":[{"role":"user","content":"Hi"}]{{(more.Length > 0 ? $",{more}" : "")}}}""";
}
