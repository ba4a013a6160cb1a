using HiWay.Domain.Pricing;

namespace HiWay.Domain.Catalogue;

/// <summary>What a model does.</summary>
public enum ModelMode { Chat, Embedding, Image, Transcription, Speech, Rerank, Moderation }

/// <summary>What a model can take or give beyond text.</summary>
[Flags]
public enum ModelCapabilities
{
    None = 0,
    Vision = 1,
    FunctionCall = 2,
    Reasoning = 4,
    JsonSchema = 8,
    WebSearch = 16,
    AudioInput = 32,
    Pdf = 64,
    PromptCache = 128,

    /// <summary>Refuses a temperature that is not its default when absent.</summary>
    Temperature = 256,
    ParallelFunctionCall = 512,
}

/// <summary>Where a model's data stays. A workspace's zone is a hard filter on candidates.</summary>
public enum Zone { Global, Eu, Fr }

public enum ModelStatus { Available, Degraded, Unavailable }

/// <summary>Prices that are not per token, in US dollars each; null is unknown or does not apply.</summary>
public sealed record UnitPrices
{
    public decimal? Image { get; init; }

    /// <summary>Charged once per call, on top of tokens.</summary>
    public decimal? Request { get; init; }

    public decimal? WebSearch { get; init; }

    /// <summary>Per second of sound or film.</summary>
    public decimal? Second { get; init; }
}

/// <summary>One model of the catalogue as the gateway uses it: the imported row with the operator's overrides applied.</summary>
public sealed record ModelEntry
{
    /// <summary><c>provider/model</c>; what callers pin and what usage rows store.</summary>
    public required string Id { get; init; }

    public required string Provider { get; init; }

    /// <summary>The id to send upstream.</summary>
    public required string UpstreamModel { get; init; }

    public required string Name { get; init; }

    public ModelMode Mode { get; init; }

    public Tier Tier { get; init; } = Tier.None;

    /// <summary>0..100 measured quality, one scale over the catalogue; null when nothing was measured.</summary>
    public double? Quality { get; init; }

    public int? ContextWindow { get; init; }

    public int? MaxOutputTokens { get; init; }

    public ModelCapabilities Capabilities { get; init; }

    /// <summary>False when no source lists the capabilities; hard filters then let the model pass only when pinned.</summary>
    public bool CapabilitiesKnown { get; init; } = true;

    /// <summary>The OpenAI-shaped paths that the upstream answers for this model: <c>/v1/chat/completions</c>.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];

    public IReadOnlyList<DatedPrice> Prices { get; init; } = [];

    public UnitPrices? Units { get; init; }

    public Zone Zone { get; init; }

    public ModelStatus Status { get; init; }

    public DateOnly? ReleaseDate { get; init; }

    public DateOnly? DeprecationDate { get; init; }

    /// <summary>Further names at the same provider (dated or undated ids).</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The same weights at their maker, where that is another row; it lends tier and quality.</summary>
    public string? Canonical { get; init; }

    /// <summary>False for retired models: found and priced when pinned, in no list and never routed.</summary>
    public bool Listed { get; init; } = true;

    public bool Can(ModelCapabilities wanted) => (Capabilities & wanted) == wanted;

    public bool Serves(string endpoint) => Endpoints.Contains(endpoint);

    /// <summary>The provider's shutdown date has come; pins may still try, the router does not.</summary>
    public bool IsRetired(DateOnly today) => !Listed || DeprecationDate <= today;
}
