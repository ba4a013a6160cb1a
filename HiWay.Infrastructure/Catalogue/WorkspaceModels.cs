using System.Globalization;
using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Routing;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Catalogue;

/// <inheritdoc cref="IModels"/>
internal sealed class WorkspaceModels(IDbContextFactory<HiWayDb> contexts, KnownModels known, IAuditLog audit, SnapshotStore snapshots) : IModels
{
    public async Task<Outcome<IReadOnlyList<ModelView>>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var settings = await db.WorkspaceModels.AsNoTracking().Where(row => row.WorkspaceId == actor.WorkspaceId).ToDictionaryAsync(row => row.ModelId, StringComparer.Ordinal, cancellationToken);
        var models = await known.OfAsync(db, actor.WorkspaceId, cancellationToken);
        return (ModelView[])[.. models.OrderBy(model => model.Id, StringComparer.Ordinal).Select(model => View(actor, model, settings.GetValueOrDefault(model.Id)))];
    }

    public async Task<Outcome<ModelView>> PatchAsync(Actor actor, string modelId, ModelPatch patch, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.ManageWorkspace) ?? ModelRules.Check(patch)) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var models = await known.OfAsync(db, actor.WorkspaceId, cancellationToken);
        if (models.FirstOrDefault(model => model.Id == modelId) is not { } entry)
        {
            return new Refusal(RefusalKind.NotFound, $"There is no model '{modelId}' in the catalogue or at this workspace's own providers.");
        }

        var alias = patch.Alias is { Length: > 0 } wanted ? wanted.Trim() : null;
        if (alias is not null && AliasRules.CheckShadow(alias, [modelId], "alias", models) is { } shadow)
        {
            return shadow;
        }

        if (alias is not null && await IsRoutingAliasAsync(db, actor, alias, cancellationToken))
        {
            return new Refusal(RefusalKind.Conflict, $"'{alias}' is already an alias under Routing. Remove it there first.", "alias");
        }

        if (alias is not null && await db.WorkspaceModels.AnyAsync(other => other.WorkspaceId == actor.WorkspaceId && other.Alias == alias && other.ModelId != modelId, cancellationToken))
        {
            return new Refusal(RefusalKind.Conflict, $"Another model of this workspace already has the alias '{alias}'.", "alias");
        }

        var row = await db.WorkspaceModels.SingleOrDefaultAsync(other => other.WorkspaceId == actor.WorkspaceId && other.ModelId == modelId, cancellationToken);
        var before = Facts(row);
        if (row is null)
        {
            db.WorkspaceModels.Add(row = new WorkspaceModelRow { WorkspaceId = actor.WorkspaceId, ModelId = modelId });
        }

        row.Enabled = patch.Enabled ?? row.Enabled;
        row.Tier = patch.Tier is null ? row.Tier : patch.Tier.Length == 0 ? null : patch.Tier;
        row.Alias = patch.Alias is null ? row.Alias : alias;
        row.Prices = patch.Prices is { } prices ? JsonSerializer.Serialize(prices, CatalogueJson.Options) : patch.ClearPrices ? null : row.Prices;
        var (old, changed) = AuditChanges.Between(before, Facts(row));
        if (changed.Count > 0)
        {
            audit.Record(db, actor, "model.updated", modelId, entry.Name, old, changed);
        }

        await db.SaveChangesAsync(cancellationToken);
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        return View(actor, entry, row);
    }

    private static async Task<bool> IsRoutingAliasAsync(HiWayDb db, Actor actor, string alias, CancellationToken cancellationToken) =>
        await db.Workspaces.AsNoTracking().SingleOrDefaultAsync(row => row.Id == actor.WorkspaceId, cancellationToken) is { } row && RoutingShapes.Aliases(row).ContainsKey(alias);

    private ModelView View(Actor actor, ModelEntry entry, WorkspaceModelRow? row)
    {
        var callable = snapshots.Workspace(actor.WorkspaceId)?.ByModelId.TryGetValue(entry.Id, out var deployment) is true && deployment.Model.Id == entry.Id;
        return new(SnapshotBuilder.WithOverrides(entry, row), row?.Enabled ?? true, callable, row?.Alias, row is null ? null : SnapshotBuilder.NegotiatedPrices(row));
    }

    private static Dictionary<string, string?> Facts(WorkspaceModelRow? row) => new(StringComparer.Ordinal)
    {
        ["enabled"] = row?.Enabled is false ? "false" : "true",
        ["tier"] = row?.Tier,
        ["alias"] = row?.Alias,
        ["prices"] = row?.Prices is { } prices && JsonSerializer.Deserialize<TokenPrice>(prices, CatalogueJson.Options) is { } price ? Words(price) : null,
    };

    private static string Words(TokenPrice price) =>
        string.Create(CultureInfo.InvariantCulture, $"input {price.Input}, output {price.Output}, cache read {price.CacheRead}, cache write {price.CacheWrite5m}");
}
