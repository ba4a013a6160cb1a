using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Routing;

/// <inheritdoc cref="IRouting"/>
internal sealed class RoutingService(IDbContextFactory<HiWayDb> contexts, KnownModels known, IAuditLog audit, ISnapshots snapshots) : IRouting
{
    public async Task<Outcome<RoutingView>> GetAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, actor, cancellationToken) is { } row ? RoutingShapes.View(row) : Gone();
    }

    public async Task<Outcome<WorkspaceSnapshot>> TryAsync(Actor actor, RoutingPatch patch, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        if (snapshots.Workspace(actor.WorkspaceId) is not { } workspace)
        {
            return new Refusal(RefusalKind.Unavailable, "This workspace is not loaded yet. Try again in a moment.") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, cancellationToken) is not { } row)
        {
            return Gone();
        }

        var wanted = await WithAsync(db, actor, RoutingShapes.View(row), patch, cancellationToken);
        if (wanted.Refusal is { } wrong)
        {
            return wrong;
        }

        if (patch.Aliases is not null)
        {
            var named = wanted.Value.Aliases.ToDictionary(StringComparer.Ordinal);
            foreach (var own in await OwnAliasesAsync(db, actor, cancellationToken))
            {
                named[own.Alias!] = [own.ModelId];
            }

            workspace = workspace with { Aliases = DeploymentNames.Aliases(named, workspace.ByModelId, workspace.ByShortName) };
        }

        return Under(workspace, wanted.Value);
    }

    public async Task<Outcome<RoutingView>> UpdateAsync(Actor actor, RoutingPatch patch, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, cancellationToken) is not { } row)
        {
            return Gone();
        }

        var before = RoutingShapes.View(row);
        var wanted = await WithAsync(db, actor, before, patch, cancellationToken);
        if (wanted.Refusal is { } wrong)
        {
            return wrong;
        }

        var (old, changed) = AuditChanges.Between(RoutingShapes.Facts(before), RoutingShapes.Facts(wanted.Value));
        if (changed.Count > 0)
        {
            RoutingShapes.Apply(wanted.Value, row);
            audit.Record(db, actor, "routing.configured", actor.WorkspaceId, "Routing", old, changed);
            await db.SaveChangesAsync(cancellationToken);
            await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        }

        return wanted;
    }

    private async Task<Outcome<RoutingView>> WithAsync(HiWayDb db, Actor actor, RoutingView before, RoutingPatch patch, CancellationToken cancellationToken)
    {
        if (patch.Aliases is null)
        {
            return RoutingRules.With(before, patch, [], []);
        }

        var models = await known.OfAsync(db, actor.WorkspaceId, cancellationToken);
        var own = await OwnAliasesAsync(db, actor, cancellationToken);
        return RoutingRules.With(before, patch, models, [.. own.Select(model => model.Alias!)]);
    }

    /// <summary>Single models that have an alias.</summary>
    private static Task<List<WorkspaceModelRow>> OwnAliasesAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken) =>
        db.WorkspaceModels.AsNoTracking().Where(model => model.WorkspaceId == actor.WorkspaceId && model.Alias != null).ToListAsync(cancellationToken);

    private static WorkspaceSnapshot Under(WorkspaceSnapshot workspace, RoutingView view)
    {
        var tried = workspace with
        {
            Profile = ProfileNames.ParseProfile(view.Profile) ?? workspace.Profile,
            Routing = RoutingShapes.Settings(view),
        };
        return ProfileNames.ParseZone(view.Zone) is { } zone && zone != workspace.Zone ? tried with { Zone = zone } : tried;
    }

    private static Task<WorkspaceRow?> FindAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken) =>
        db.Workspaces.SingleOrDefaultAsync(row => row.Id == actor.WorkspaceId && row.DeletedAt == null, cancellationToken);

    private static Refusal Gone() => new(RefusalKind.NotFound, "This workspace has been deleted.");
}
