using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>A model that the operator wants in the catalogue, as asked for and not checked yet.</summary>
public sealed record AddedModel
{
    /// <summary>A built-in provider, a slash and a name.</summary>
    public required string Id { get; init; }

    /// <summary>Null takes what follows the slash.</summary>
    public string? Name { get; init; }

    /// <summary>The id to send upstream; null takes what follows the slash.</summary>
    public string? UpstreamModel { get; init; }

    public ModelMode Mode { get; init; }

    /// <summary>As the API spells it; null lets HiWay place the model.</summary>
    public string? Tier { get; init; }

    public double? Quality { get; init; }

    public IReadOnlyList<DatedPrice> Prices { get; init; } = [];

    public int? ContextWindow { get; init; }

    public int? MaxOutputTokens { get; init; }

    /// <summary>Names as <c>/v1/models</c> spells them; null is unknown, and the router then passes the model by.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    public Zone Zone { get; init; }

    public DateOnly? ReleaseDate { get; init; }

    public DateOnly? DeprecationDate { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The row for the catalogue, or what is wrong with a field that has to be read first.</summary>
    internal Outcome<ModelEntry> ToEntry()
    {
        var slash = Id.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == Id.Length - 1)
        {
            return new Refusal(RefusalKind.Invalid, $"'{Id}' is no model id; ids are a provider, a slash and a name. Example: openai/gpt-4o.", "id");
        }

        var capabilities = ReadCapabilities(Capabilities);
        if ((ModelRules.CheckTier(Tier) ?? capabilities.Refusal) is { } refusal)
        {
            return refusal;
        }

        return new ModelEntry
        {
            Id = Id,
            Provider = Id[..slash],
            UpstreamModel = UpstreamModel ?? Id[(slash + 1)..],
            Name = Name ?? Id[(slash + 1)..],
            Mode = Mode,
            Quality = Quality,
            ContextWindow = ContextWindow,
            MaxOutputTokens = MaxOutputTokens,
            Capabilities = capabilities.Value,
            CapabilitiesKnown = Capabilities is not null,
            Endpoints = Mode is ModelMode.Chat ? [TierPlacement.ChatEndpoint] : [],
            Prices = Prices,
            Zone = Zone,
            ReleaseDate = ReleaseDate,
            DeprecationDate = DeprecationDate,
            Aliases = Aliases,
        };
    }

    private static Outcome<ModelCapabilities> ReadCapabilities(IReadOnlyList<string>? names)
    {
        var all = ModelCapabilities.None;
        foreach (var name in names ?? [])
        {
            if (CapabilityNames.Parse(name) is not { } capability)
            {
                return new Refusal(RefusalKind.Invalid, $"'{name}' is no capability; known are {string.Join(", ", CapabilityNames.All.Select(known => known.Name))}.", "capabilities");
            }

            all |= capability;
        }

        return all;
    }
}
