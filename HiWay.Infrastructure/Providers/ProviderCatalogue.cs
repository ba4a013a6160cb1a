using System.Collections.Frozen;
using HiWay.Domain.Catalogue;

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
            Slug = "openai", Name = "OpenAI", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.openai.com/v1/"), ResponsesPath = "responses",
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
            Slug = "mistral", Name = "Mistral", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.mistral.ai/v1/"),
            TakesStreamOptions = false, KeysUrl = "https://console.mistral.ai/api-keys",
        },
        new()
        {
            Slug = "groq", Name = "Groq", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.groq.com/openai/v1/"),
            KeysUrl = "https://console.groq.com/keys",
        },
        new()
        {
            Slug = "deepseek", Name = "DeepSeek", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.deepseek.com/"),
            KeysUrl = "https://platform.deepseek.com/api_keys",
        },
        new()
        {
            Slug = "xai", Name = "xAI", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.x.ai/v1/"),
            KeysUrl = "https://console.x.ai",
        },
        new()
        {
            Slug = "together", Name = "Together AI", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.together.xyz/v1/"),
            KeysUrl = "https://api.together.ai/settings/api-keys",
        },
        new()
        {
            Slug = "fireworks", Name = "Fireworks AI", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.fireworks.ai/inference/v1/"),
            KeysUrl = "https://fireworks.ai/account/api-keys",
        },
        new()
        {
            Slug = "perplexity", Name = "Perplexity", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.perplexity.ai/"),
            KeysUrl = "https://www.perplexity.ai/settings/api",
        },
        new()
        {
            Slug = "moonshot", Name = "Moonshot AI", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://api.moonshot.ai/v1/"),
            KeysUrl = "https://platform.moonshot.ai/console/api-keys",
        },
        new()
        {
            Slug = "openrouter", Name = "OpenRouter", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("https://openrouter.ai/api/v1/"),
            KeysUrl = "https://openrouter.ai/settings/keys",
        },
        new()
        {
            // On the machine of HiWay itself by default, so it answers only where private addresses are allowed.
            Slug = "ollama", Name = "Ollama", Dialect = UpstreamDialect.OpenAiChat, BaseUrl = new("http://localhost:11434/v1/"), NeedsApiKey = false,
        },
        new() { Slug = "vllm", Name = "vLLM", Dialect = UpstreamDialect.OpenAiChat, NeedsApiKey = false },
    ];

    private static readonly FrozenDictionary<string, ProviderDefinition> s_bySlug = All.ToFrozenDictionary(provider => provider.Slug, StringComparer.Ordinal);

    /// <summary>Built-in slugs of APIs that the catalogue lists and no dialect speaks yet; a custom provider must not take their names.</summary>
    private static readonly FrozenSet<string> s_reserved = FrozenSet.Create(StringComparer.Ordinal, "azure", "bedrock", "cohere", "hiway", "test");

    /// <summary>The model can be asked something: on the chat API, or on OpenAI's newer one where its provider serves that.</summary>
    public static bool Converses(ModelEntry model) =>
        model.Serves(TierPlacement.ChatEndpoint) || (model.Serves(TierPlacement.ResponsesEndpoint) && Find(model.Provider)?.ResponsesPath is not null);

    public static ProviderDefinition? Find(string slug) => s_bySlug.GetValueOrDefault(slug);

    public static bool IsBuiltIn(string slug) => s_bySlug.ContainsKey(slug) || s_reserved.Contains(slug);

    /// <summary>Where a credential's calls go: the definition, and the base URL with its version part.</summary>
    /// <param name="kind"><c>openai</c> or <c>anthropic</c> for slugs that are no built-in provider.</param>
    /// <param name="baseUrl">The credential's own, already checked; null takes the provider's.</param>
    /// <returns>Null when the row says too little to call anything (no base URL, no kind).</returns>
    public static (ProviderDefinition Provider, Uri BaseUrl)? Resolve(string slug, string? kind, string? baseUrl)
    {
        var provider = Find(slug) ?? Custom(slug, kind);
        var target = baseUrl is null ? provider?.BaseUrl : Versioned(new Uri(baseUrl, UriKind.Absolute), provider);
        return provider is null || target is null ? null : (provider, target);
    }

    public static ProviderDefinition? Custom(string slug, string? kind) => kind switch
    {
        "openai" => new() { Slug = slug, Name = slug, Dialect = UpstreamDialect.OpenAiChat, NeedsApiKey = false, Custom = true },
        "anthropic" => new()
        {
            Slug = slug, Name = slug, Dialect = UpstreamDialect.AnthropicMessages, ChatPath = "messages", TakesStreamOptions = false, NeedsApiKey = false, Custom = true,
        },
        _ => null,
    };

    /// <summary>
    /// Each API's own clients disagree on what a base URL is: OpenAI's contains the version (<c>…/v1</c>), Anthropic's and
    /// Google's append it. Both forms are taken for the latter two.
    /// </summary>
    private static Uri Versioned(Uri baseUrl, ProviderDefinition? provider)
    {
        var version = provider?.Dialect switch
        {
            UpstreamDialect.AnthropicMessages => "v1/",
            UpstreamDialect.Gemini => "v1beta/",
            _ => null,
        };
        var last = baseUrl.AbsolutePath.TrimEnd('/');
        last = last[(last.LastIndexOf('/') + 1)..];
        var hasVersion = last.Length >= 2 && last[0] == 'v' && char.IsAsciiDigit(last[1]);
        return version is null || hasVersion ? baseUrl : new Uri(baseUrl, version);
    }
}
