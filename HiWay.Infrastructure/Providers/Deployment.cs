using HiWay.Domain.Catalogue;
using HiWay.Domain.Health;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Health;

namespace HiWay.Infrastructure.Providers;

/// <summary>One model at one provider through one credential; what is really called, priced and health-checked.</summary>
/// <param name="Model">The catalogue entry with the workspace's overrides.</param>
/// <param name="BaseUrl">Absolute, ends with a slash; the dialect's path is relative to it.</param>
/// <param name="ApiKey">Decrypted when first used; empty for servers without authentication.</param>
public sealed record Deployment(ModelEntry Model, ProviderDefinition Provider, Uri BaseUrl, string CredentialId, Secret ApiKey)
{
    private long _recordsSeen = -1;

    /// <summary>Identifies the deployment in health records: credential and upstream model.</summary>
    public string Id { get; } = $"{CredentialId}:{Model.UpstreamModel}";

    /// <summary>What the credential says beside key and address.</summary>
    public ProviderSettings Settings { get; init; } = ProviderSettings.None;

    public string WorkspaceId { get; init; } = "";

    /// <summary>The credential's share of the provider's calls; 0 is a reserve.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>What people call the credential among the provider's; empty for the first while it has no name.</summary>
    public string KeyLabel { get; init; } = "";

    /// <summary>Shared by all models of the credential.</summary>
    public CredentialHealth Credential { get; init; } = new();

    /// <summary>
    /// What is known of it on this node; null while it was never called. A record that began after this was built, with a call through
    /// another snapshot, is found too.
    /// </summary>
    public DeploymentHealth? Health
    {
        get => field ??= Records?.KnownSince(Id, ref _recordsSeen);
        internal set;
    }

    /// <summary>Where this node's records are; null for deployments that nobody watches.</summary>
    internal HealthRegistry? Records { get; init; }

    /// <summary>The same model through each of the provider's credentials; null when there is one.</summary>
    public DeploymentKeys? Keys { get; internal set; }

    /// <summary>Whether a call may go there now, through this credential or another one.</summary>
    /// <param name="now">UTC ticks.</param>
    public bool IsUsable(long now) => IsUsableItself(now) || (Keys is { } keys && keys.AnyUsable(now));

    /// <summary>The same for this credential alone.</summary>
    public bool IsUsableItself(long now) => Credential.IsUsable(now) && (Health is not { } health || health.IsUsable(now));

    /// <summary>The model answers on OpenAI's Responses API.</summary>
    public bool ServesResponses { get; } = Provider.ResponsesPath is not null && Model.Serves(TierPlacement.ResponsesEndpoint);

    /// <summary>The API that is asked where the client's own is not served: the provider's, but for models that answer on the Responses API alone.</summary>
    public UpstreamDialect Dialect { get; } =
        Provider.ResponsesPath is not null && Model.Serves(TierPlacement.ResponsesEndpoint) && !Model.Serves(TierPlacement.ChatEndpoint)
            ? UpstreamDialect.OpenAiResponses
            : Provider.Dialect;
}

/// <summary>A field of a provider's credential beside the API key, for forms.</summary>
/// <param name="Name">As the API spells it: of <see cref="ProviderSettings"/>, or of a key that has several parts.</param>
/// <param name="Secret">Part of the key: sealed with it and never shown again.</param>
public sealed record ProviderField(string Name, string Label, string Hint, string Example = "", bool Secret = false);

/// <summary>Which API an upstream speaks.</summary>
public enum UpstreamDialect { OpenAiChat, AnthropicMessages, Gemini, BedrockConverse, CohereV2, OllamaChat, OpenAiResponses }

/// <summary>One upstream API: where it is, how it is asked, and in what it differs from its dialect.</summary>
public sealed record ProviderDefinition
{
    /// <summary>Stable id used in settings, usage rows and before the slash in <c>groq/llama-3.3-70b</c>.</summary>
    public required string Slug { get; init; }

    public required string Name { get; init; }

    public required UpstreamDialect Dialect { get; init; }

    /// <summary>Null when every customer has an own one (vLLM, custom); ends with a slash.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>The path of a chat call below <see cref="BaseUrl"/>; Gemini's holds the model and the method and is built by its dialect.</summary>
    public string ChatPath { get; init; } = "chat/completions";

    /// <summary>The path of OpenAI's Responses API below <see cref="BaseUrl"/>; null where it is not served.</summary>
    public string? ResponsesPath { get; init; }

    /// <summary>Asks for usage in a stream with <c>stream_options</c>; false where the provider refuses the field and sends usage anyway.</summary>
    public bool TakesStreamOptions { get; init; } = true;

    /// <summary>False for servers that need no key (Ollama, vLLM at home).</summary>
    public bool NeedsApiKey { get; init; } = true;

    /// <summary>Where a person gets a key, for the dashboard.</summary>
    public string? KeysUrl { get; init; }

    /// <summary>True for providers that a workspace named itself.</summary>
    public bool Custom { get; init; }

    /// <summary>The header that carries the key as it is; null is <c>Authorization: Bearer</c>. For providers of OpenAI's dialect.</summary>
    public string? KeyHeader { get; init; }

    /// <summary>What its credentials say beside key and address, in the order in which a person fills it in.</summary>
    public IReadOnlyList<ProviderField> Fields { get; init; } = [];

    /// <summary>In what it differs from OpenAI, where it speaks OpenAI's dialect.</summary>
    public OpenAiQuirks Quirks { get; init; } = OpenAiQuirks.Lenient;
}
