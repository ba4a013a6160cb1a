using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Dialects.Bedrock;
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
        Of(provider, credential.Models, ProviderSettings.Read(credential.Settings), catalogue);

    internal static IEnumerable<ModelEntry> Of(ProviderDefinition provider, IReadOnlyList<string>? listed, ProviderSettings settings, CatalogueSnapshot catalogue)
    {
        // Who names deployments has these; on top of them come the models whose deployments are called as they are.
        var names = settings.Deployments is { Count: > 0 } deployments ? [.. (listed ?? []).Union(deployments.Keys, StringComparer.Ordinal)] : listed;
        return settings == ProviderSettings.None
            ? Of(provider, names, catalogue)
            : Of(provider, names, catalogue).Select(model => model with { UpstreamModel = NameToCall(model, settings) });
    }

    private static IEnumerable<ModelEntry> Of(ProviderDefinition provider, IReadOnlyList<string>? listed, CatalogueSnapshot catalogue)
    {
        var known = provider.Custom ? [] : catalogue.OfProvider(provider.Slug);
        if (listed is null)
        {
            return known;
        }

        // One name listed twice, or under two of its names, is one model.
        return listed.Select(name => known.FirstOrDefault(model => IsNamed(model, name))
            ?? Profile(provider, known, name)
            ?? OwnModel(provider, name, catalogue)).DistinctBy(model => model.Id);
    }

    /// <summary>Azure's deployment of the model, or the AWS inference profile that it is called through.</summary>
    private static string NameToCall(ModelEntry model, ProviderSettings settings)
    {
        foreach (var (name, deployment) in settings.Deployments ?? new Dictionary<string, string>())
        {
            if (IsNamed(model, name))
            {
                return deployment;
            }
        }

        return settings.InferenceProfile is { } geography ? BedrockModel.InGeography(model.UpstreamModel, geography) : model.UpstreamModel;
    }

    /// <summary>A known model listed by the id of an AWS inference profile (<c>eu.anthropic.claude-…</c>): the same model, called by that id.</summary>
    private static ModelEntry? Profile(ProviderDefinition provider, IEnumerable<ModelEntry> known, string name) =>
        provider.Dialect is UpstreamDialect.BedrockConverse && BedrockModel.WithoutGeography(name) is var id && id != name
            && known.FirstOrDefault(model => IsNamed(model, id)) is { } model
                ? model with { UpstreamModel = name }
                : null;

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
