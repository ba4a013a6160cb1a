using System.Runtime.CompilerServices;
using HiWay.Domain.Catalogue;

namespace HiWay.Infrastructure.Providers;

/// <summary>From what a credential says to the address that its calls are relative to.</summary>
internal static class ProviderAddress
{
    public const string Azure = "azure";
    public const string Bedrock = "bedrock";
    public const string Vertex = "vertex";
    private const string Ollama = "ollama";

    /// <summary>An address is taken apart once for each deployment, not once for each call.</summary>
    private static readonly ConditionalWeakTable<Deployment, Uri> s_chats = [];

    /// <param name="own">The credential's own base URL; null takes the provider's usual one.</param>
    /// <returns>Null when it cannot be told.</returns>
    public static Uri? Of(ProviderDefinition provider, Uri? own, ProviderSettings settings) => provider.Slug switch
    {
        Azure => AzureOf(own ?? (settings.Resource is { } resource ? new($"https://{resource}.openai.azure.com/") : null), settings),
        Bedrock => own ?? (settings.Region is { } region ? BedrockOf(region) : null),
        Vertex => VertexOf(own, settings),
        Ollama => own is null ? provider.BaseUrl : Below(own, "v1/", whenBare: true),
        _ => own is null ? provider.BaseUrl : Versioned(own, provider.Dialect),
    };

    /// <summary>
    /// Ollama answers with its own API below <c>/api</c> and with OpenAI's below <c>/v1</c>; the address chooses. Azure serves Responses on its v1
    /// API; the dated one is asked for chats.
    /// </summary>
    public static ProviderDefinition SpokenAt(ProviderDefinition provider, Uri baseUrl) =>
        provider.Slug == Ollama && baseUrl.AbsolutePath.EndsWith("/api/", StringComparison.Ordinal)
            ? provider with { Dialect = UpstreamDialect.OllamaChat, ChatPath = "chat" }
            : provider.Slug == Azure && !baseUrl.AbsolutePath.EndsWith("/v1/", StringComparison.Ordinal) ? provider with { ResponsesPath = null }
            : provider;

    /// <summary>Where a provider of OpenAI's dialect takes chats. Azure's dated API names the deployment in the path and its version in the query.</summary>
    public static Uri ChatOf(Deployment deployment) => s_chats.GetValue(deployment, MakeChat);

    /// <summary>Where the data stays when it is processed in the region that the credential names; null when that says nothing.</summary>
    public static Zone? ZoneOf(ProviderDefinition provider, ProviderSettings settings, Uri baseUrl)
    {
        if (provider.Slug == Bedrock)
        {
            // A geography's profile may serve a call from any of its regions.
            return settings.InferenceProfile switch
            {
                null => ZoneOfRegion(Dialects.Bedrock.BedrockDialect.RegionOf(settings, baseUrl), "eu-west-3"),
                "eu" => Zone.Eu,
                _ => null,
            };
        }

        return provider.Slug == Vertex ? ZoneOfRegion(settings.Region, "europe-west9") : null;
    }

    private static Uri MakeChat(Deployment deployment)
    {
        if (deployment.Provider.Slug != Azure || deployment.Settings.ApiVersion is not { } version || deployment.BaseUrl.AbsolutePath.EndsWith("/v1/", StringComparison.Ordinal))
        {
            return new(deployment.BaseUrl, deployment.Provider.ChatPath);
        }

        // Foundry's model inference API (…/models) takes the model from the body.
        var path = deployment.BaseUrl.AbsolutePath.EndsWith("/models/", StringComparison.Ordinal)
            ? "chat/completions"
            : $"deployments/{Uri.EscapeDataString(deployment.Model.UpstreamModel)}/chat/completions";
        return new(deployment.BaseUrl, $"{path}?api-version={Uri.EscapeDataString(version)}");
    }

    private static Zone? ZoneOfRegion(string? region, string paris) =>
        region == paris ? Zone.Fr
        : region is null ? null
        : region.StartsWith("eu-", StringComparison.Ordinal) && region != "eu-west-2" && region != "eu-central-2" ? Zone.Eu                  // London and Zurich are outside the Union
        : region.StartsWith("europe-", StringComparison.Ordinal) && region != "europe-west2" && region != "europe-west6" ? Zone.Eu
        : null;

    private static Uri? AzureOf(Uri? own, ProviderSettings settings)
    {
        if (own is null)
        {
            return null;
        }

        var path = own.AbsolutePath.TrimEnd('/');
        var below = path.Length == 0 ? new Uri(own, "openai/") : own;
        return below.AbsolutePath.EndsWith("/openai/", StringComparison.Ordinal) && settings.ApiVersion is null ? new Uri(below, "v1/") : below;
    }

    private static Uri BedrockOf(string region) =>
        new($"https://bedrock-runtime.{region}.amazonaws.com{(region.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}/");

    private static Uri VertexOf(Uri? own, ProviderSettings settings)
    {
        if (own is not null && own.AbsolutePath.Contains("/publishers/", StringComparison.Ordinal))
        {
            return own;
        }

        var location = settings.Region ?? "global";
        var host = own ?? new Uri(location == "global" ? "https://aiplatform.googleapis.com/" : $"https://{location}-aiplatform.googleapis.com/");
        var root = host.AbsolutePath.EndsWith("/v1/", StringComparison.Ordinal) ? host : new Uri(host, "v1/");
        return settings.Project is { } project
            ? new Uri(root, $"projects/{Uri.EscapeDataString(project)}/locations/{Uri.EscapeDataString(location)}/publishers/google/")
            : new Uri(root, "publishers/google/");
    }

    /// <summary>
    /// Each API's own clients disagree on what a base URL is: OpenAI's contains the version (<c>…/v1</c>), Anthropic's, Google's and Cohere's
    /// append it. Both forms are taken for the latter.
    /// </summary>
    private static Uri Versioned(Uri own, UpstreamDialect dialect) => dialect switch
    {
        UpstreamDialect.AnthropicMessages => Below(own, "v1/"),
        UpstreamDialect.Gemini => Below(own, "v1beta/"),
        UpstreamDialect.CohereV2 => Below(own, "v2/"),
        _ => own,
    };

    private static Uri Below(Uri own, string version, bool whenBare = false)
    {
        var last = own.AbsolutePath.TrimEnd('/');
        last = last[(last.LastIndexOf('/') + 1)..];
        var has = whenBare ? last.Length > 0 : last.Length >= 2 && last[0] == 'v' && char.IsAsciiDigit(last[1]);
        return has ? own : new Uri(own, version);
    }
}
