using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Web.Gateway.Models;

/// <summary>Which models a caller sees.</summary>
internal static class ModelList
{
    /// <summary>What this key can call now, or with <see cref="ModelFilter.All"/> the whole catalogue and the workspace's own models; by id.</summary>
    public static IEnumerable<ModelEntry> Of(WorkspaceSnapshot workspace, WorkspaceKey key, IReadOnlyList<ModelEntry> catalogue, ModelFilter filter)
    {
        var callable = workspace.Deployments.Select(deployment => deployment.Model).Where(model => ServedEndpoints.Of(model).Count > 0);

        // The workspace's own view of a model (its prices, its tier) stands before the catalogue's.
        var shown = filter.All
            ? callable.Concat(catalogue).DistinctBy(model => model.Id, StringComparer.Ordinal).OrderBy(model => model.Id, StringComparer.Ordinal)
            : callable.Where(model => KeyModels.Allows(key.AllowedModels, model.Id, model));
        return shown.Where(filter.Lets);
    }

    /// <summary>One model by id, by an alias, or by a short name that means one model only; null when this key cannot call it.</summary>
    public static ModelEntry? Find(WorkspaceSnapshot workspace, WorkspaceKey key, string name)
    {
        if (workspace.ByModelId.TryGetValue(name, out var deployment))
        {
            return Allowed(deployment);
        }

        if (workspace.Aliases.TryGetValue(name, out var alias))
        {
            // Of several, the first that the key may call: the one that a call is tried at first.
            return alias.Targets.Select(target => target.Deployment is { } named ? Allowed(named) : null).FirstOrDefault(model => model is not null);
        }

        return workspace.ByShortName.TryGetValue(name, out var meant) && meant is [var only] ? Allowed(only) : null;

        ModelEntry? Allowed(Deployment one) => KeyModels.Allows(key.AllowedModels, name, one.Model) ? one.Model : null;
    }
}
