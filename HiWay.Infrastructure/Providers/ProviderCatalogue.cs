using System.Collections.Frozen;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Providers;

/// <summary>
/// The upstream APIs that HiWay knows by name. Adding one that speaks a known dialect is one entry here. Base URLs and paths
/// are those that the providers' own documentation gives.
/// </summary>
public static class ProviderCatalogue
{
    public static readonly IReadOnlyList<ProviderDefinition> All =
    [
        new()
        {
            Slug = "openai", Name = "OpenAI", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.OpenAi, BaseUrl = new("https://api.openai.com/v1/"), ResponsesPath = "responses",
            KeysUrl = "https://platform.openai.com/api-keys",
        },
        new()
        {
            Slug = "anthropic", Name = "Anthropic", Dialect = UpstreamDialect.AnthropicMessages, BaseUrl = new("https://api.anthropic.com/v1/"), ChatPath = "messages",
            TakesStreamOptions = false, KeysUrl = "https://console.anthropic.com/settings/keys",
        },
        new()
        {
            Slug = "google", Name = "Google Gemini", Dialect = UpstreamDialect.Gemini, BaseUrl = new("https://generativelanguage.googleapis.com/v1beta/"), ChatPath = "models",
            TakesStreamOptions = false, KeysUrl = "https://aistudio.google.com/apikey",
        },
        new()
        {
            // Refuses fields that it does not know (422), stream_options among them, and sends usage in a stream's last chunk anyway.
            Slug = "mistral", Name = "Mistral", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.Mistral, BaseUrl = new("https://api.mistral.ai/v1/"),
            TakesStreamOptions = false, KeysUrl = "https://console.mistral.ai/api-keys",
        },
        new()
        {
            Slug = "groq", Name = "Groq", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.Groq, BaseUrl = new("https://api.groq.com/openai/v1/"),
            KeysUrl = "https://console.groq.com/keys",
        },
        new()
        {
            Slug = "deepseek", Name = "DeepSeek", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.DeepSeek, BaseUrl = new("https://api.deepseek.com/"),
            KeysUrl = "https://platform.deepseek.com/api_keys",
        },
        new()
        {
            Slug = "xai", Name = "xAI", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.XAi, BaseUrl = new("https://api.x.ai/v1/"),
            KeysUrl = "https://console.x.ai",
        },
        new()
        {
            Slug = "together", Name = "Together AI", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.Together, BaseUrl = new("https://api.together.xyz/v1/"),
            KeysUrl = "https://api.together.ai/settings/api-keys",
        },
        new()
        {
            Slug = "fireworks", Name = "Fireworks AI", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.Fireworks, BaseUrl = new("https://api.fireworks.ai/inference/v1/"),
            KeysUrl = "https://fireworks.ai/account/api-keys",
        },
        new()
        {
            Slug = "perplexity", Name = "Perplexity", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.Perplexity, BaseUrl = new("https://api.perplexity.ai/"),
            KeysUrl = "https://www.perplexity.ai/settings/api",
        },
        new()
        {
            Slug = "moonshot", Name = "Moonshot AI", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.Moonshot, BaseUrl = new("https://api.moonshot.ai/v1/"),
            KeysUrl = "https://platform.moonshot.ai/console/api-keys",
        },
        new()
        {
            Slug = "openrouter", Name = "OpenRouter", Dialect = UpstreamDialect.OpenAiChat, Quirks = OpenAiQuirks.OpenRouter, BaseUrl = new("https://openrouter.ai/api/v1/"),
            KeysUrl = "https://openrouter.ai/settings/keys",
        },
        new()
        {
            // On the machine of HiWay itself by default, so it answers only where private addresses are allowed.
            Slug = "ollama", Name = "Ollama", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("http://localhost:11434/v1/"), NeedsApiKey = false,
        },
        new() { Slug = "vllm", Name = "vLLM", Dialect = UpstreamDialect.OpenAiChat, NeedsApiKey = false },
        new()
        {
            Slug = "cohere", Name = "Cohere", Dialect = UpstreamDialect.CohereV2, BaseUrl = new("https://api.cohere.com/v2/"), ChatPath = "chat",
            TakesStreamOptions = false, KeysUrl = "https://dashboard.cohere.com/api-keys",
        },
        new()
        {
            Slug = ProviderAddress.Azure, Name = "Azure OpenAI", Dialect = UpstreamDialect.OpenAiChat, KeyHeader = "api-key", Quirks = OpenAiQuirks.OpenAi, ResponsesPath = "responses",
            KeysUrl = "https://portal.azure.com/#view/Microsoft_Azure_ProjectOxford/CognitiveServicesHub/~/OpenAI",
            Fields =
            [
                new("resource", "Resource", "The first part of the endpoint's host name.", "my-resource"),
                new("api_version", "API version", "Only for the dated API, whose addresses name the deployment; empty uses the v1 API.", "2024-10-21"),
                new("deployments", "Deployments", "Model and deployment, one pair a line, where their names differ.", "gpt-4o = my-gpt4o"),
            ],
        },
        new()
        {
            Slug = ProviderAddress.Bedrock, Name = "AWS Bedrock", Dialect = UpstreamDialect.BedrockConverse, TakesStreamOptions = false,
            KeysUrl = "https://console.aws.amazon.com/bedrock/home#/api-keys",
            Fields =
            [
                new("region", "Region", "Where the models are called, and signed for.", "eu-central-1"),
                new("access_key_id", "Access key ID", "Instead of a Bedrock API key.", "AKIAIOSFODNN7EXAMPLE", Secret: true),
                new("secret_access_key", "Secret access key", "AWS shows it once, when the key is made.", Secret: true),
                new("session_token", "Session token", "Only for temporary keys.", Secret: true),
                new("inference_profile", "Inference profile", "The geography through which newer models are called; empty calls them by their own ids.", "eu"),
            ],
        },
        new()
        {
            Slug = ProviderAddress.Vertex, Name = "Google Vertex AI", Dialect = UpstreamDialect.Gemini, TakesStreamOptions = false, ChatPath = "models",
            KeysUrl = "https://console.cloud.google.com/vertex-ai/studio/settings/api-keys",
            Fields =
            [
                new("project", "Project", "The Google Cloud project; empty for an express key, which belongs to none.", "my-project-123"),
                new("region", "Location", "Where the models are called; empty is global.", "europe-west4"),
            ],
        },
    ];

    private static readonly FrozenDictionary<string, ProviderDefinition> s_bySlug = All.ToFrozenDictionary(provider => provider.Slug, StringComparer.Ordinal);

    /// <summary>Names that mean something else in a model's id; a custom provider must not take them.</summary>
    private static readonly FrozenSet<string> s_reserved = FrozenSet.Create(StringComparer.Ordinal, "hiway", "test");

    /// <summary>The model can be asked something: on the chat API, or on OpenAI's newer one where its provider serves that.</summary>
    public static bool Converses(ModelEntry model) =>
        model.Serves(TierPlacement.ChatEndpoint) || (model.Serves(TierPlacement.ResponsesEndpoint) && Find(model.Provider)?.ResponsesPath is not null);

    public static ProviderDefinition? Find(string slug) => s_bySlug.GetValueOrDefault(slug);

    public static bool IsBuiltIn(string slug) => s_bySlug.ContainsKey(slug) || s_reserved.Contains(slug);

    /// <summary>Where a credential's calls go: the definition, and the base URL with its version part.</summary>
    /// <param name="kind"><c>openai</c> or <c>anthropic</c> for slugs that are no built-in provider.</param>
    /// <param name="baseUrl">The credential's own, already checked; null takes the provider's.</param>
    /// <returns>Null when the row says too little to call anything (no base URL, no kind, no region).</returns>
    public static (ProviderDefinition Provider, Uri BaseUrl)? Resolve(string slug, string? kind, string? baseUrl, ProviderSettings settings)
    {
        if ((Find(slug) ?? Custom(slug, kind)) is not { } provider)
        {
            return null;
        }

        var target = ProviderAddress.Of(provider, baseUrl is null ? null : new Uri(baseUrl, UriKind.Absolute), settings);
        return target is null ? null : (ProviderAddress.SpokenAt(provider, target), target);
    }

    internal static (ProviderDefinition Provider, Uri BaseUrl)? Resolve(CredentialRow row) =>
        Resolve(row.Provider, row.Kind, row.BaseUrl, ProviderSettings.Read(row.Settings));

    public static ProviderDefinition? Custom(string slug, string? kind) => kind switch
    {
        "openai" => new() { Slug = slug, Name = slug, Dialect = UpstreamDialect.OpenAiChat, NeedsApiKey = false, Custom = true },
        "anthropic" => new()
        {
            Slug = slug, Name = slug, Dialect = UpstreamDialect.AnthropicMessages, ChatPath = "messages", TakesStreamOptions = false, NeedsApiKey = false, Custom = true,
        },
        _ => null,
    };
}
