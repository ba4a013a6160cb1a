using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Providers;

/// <summary>Which models a credential reaches.</summary>
internal static class ProviderModels
{
    /// <summary>
    /// What a server behind a workspace's own base URL is taken to do: what the API that it speaks describes for text. An image
    /// sent to a model that cannot see would be answered wrongly instead of refused, so sight is not assumed.
    /// </summary>
    private const ModelCapabilities Assumed =
        ModelCapabilities.FunctionCall | ModelCapabilities.ParallelFunctionCall | ModelCapabilities.JsonSchema | ModelCapabilities.Temperature;

    /// <summary>
    /// Without a list of models: the provider's catalogue rows. With one: those of them that it names, and for each name that
    /// the catalogue does not have at this provider a model of its own.
    /// </summary>
    public static IEnumerable<ModelEntry> Of(CredentialRow credential, ProviderDefinition provider, CatalogueSnapshot catalogue) =>
        Of(provider, credential.Models, catalogue);

    internal static IEnumerable<ModelEntry> Of(ProviderDefinition provider, IReadOnlyList<string>? listed, CatalogueSnapshot catalogue)
    {
        var known = provider.Custom ? [] : catalogue.OfProvider(provider.Slug);
        if (listed is null)
        {
            return known;
        }

        // One name listed twice, or under two of its names, is one model.
        return listed.Select(name => known.FirstOrDefault(model => IsNamed(model, name)) ?? OwnModel(provider, name, catalogue)).DistinctBy(model => model.Id);
    }

    private static bool IsNamed(ModelEntry model, string name) => model.UpstreamModel == name || model.Id == name || model.Aliases.Contains(name);

    /// <summary>
    /// A model that no price list knows at this provider. A known model of the same name lends what the weights decide
    /// (capabilities, context, tier, quality) and never its price: what this provider charges is not known.
    /// </summary>
    private static ModelEntry OwnModel(ProviderDefinition provider, string name, CatalogueSnapshot catalogue)
    {
        var lender = catalogue.ByUpstreamName(name);
        return new ModelEntry
        {
            Id = $"{provider.Slug}/{name}",
            Provider = provider.Slug,
            UpstreamModel = name,
            Name = lender?.Name ?? name,
            Mode = lender?.Mode ?? ModelMode.Chat,
            // Standard when nothing is known: `auto` then finds the model for all but the hardest requests, until the workspace says otherwise.
            Tier = lender?.Tier ?? Tier.Standard,
            Quality = lender?.Quality,
            ContextWindow = lender?.ContextWindow,
            MaxOutputTokens = lender?.MaxOutputTokens,
            Capabilities = lender is { CapabilitiesKnown: true } ? lender.Capabilities : Assumed,
            Endpoints = lender is { Mode: not ModelMode.Chat } ? lender.Endpoints
                : provider.ResponsesPath is null ? [TierPlacement.ChatEndpoint]
                : [TierPlacement.ChatEndpoint, TierPlacement.ResponsesEndpoint],
            ReleaseDate = lender?.ReleaseDate,
            Canonical = lender?.Id,
        };
    }
}
