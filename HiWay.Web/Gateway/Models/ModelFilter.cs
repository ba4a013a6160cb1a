using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Web.Gateway.Models;

/// <summary>What a caller of <c>GET /v1/models</c> wants to see.</summary>
/// <param name="All">The whole catalogue instead of what the workspace can call.</param>
/// <param name="Capabilities">All of them must be there.</param>
internal sealed record ModelFilter(bool All, Tier? Tier, string? Provider, ModelCapabilities Capabilities)
{
    public bool Lets(ModelEntry model) =>
        (Tier is null || model.Tier == Tier)
        && (Provider is null || model.Provider == Provider)
        && model.Can(Capabilities);

    /// <summary>Reads <c>?all=&amp;tier=&amp;provider=&amp;capability=</c>; a value that means nothing is refused by name.</summary>
    public static Outcome<ModelFilter> Read(IQueryCollection query, WorkspaceSnapshot workspace, IReadOnlyList<ModelEntry> catalogue)
    {
        var all = query["all"].ToString();
        if (all is not ("" or "true" or "false"))
        {
            return Wrong("all", $"'all' is '{all}'; it is true or false.");
        }

        Tier? tier = null;
        if (query["tier"].ToString() is { Length: > 0 } tierText && (tier = TierNames.Parse(tierText)) is null)
        {
            return Wrong("tier", $"'tier' is '{tierText}'; the tiers are ultra_light, light, standard, heavy, web_search, image and none.");
        }

        var provider = query["provider"].ToString();
        var known = provider.Length == 0 || ProviderCatalogue.Find(provider) is not null
            || workspace.ByModelId.Values.Any(deployment => deployment.Provider.Slug == provider) || catalogue.Any(model => model.Provider == provider);
        if (!known)
        {
            return Wrong("provider", $"'provider' is '{provider}', which is neither built in nor one of this workspace's.");
        }

        var capabilities = ModelCapabilities.None;
        foreach (var name in query["capability"].SelectMany(value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            if (CapabilityNames.Parse(name) is not { } capability)
            {
                return Wrong("capability", $"'capability' is '{name}'; known are {string.Join(", ", CapabilityNames.All.Select(one => one.Name))}.");
            }

            capabilities |= capability;
        }

        return new ModelFilter(all == "true", tier, provider.Length > 0 ? provider : null, capabilities);
    }

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);
}
