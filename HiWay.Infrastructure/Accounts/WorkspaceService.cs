using System.Globalization;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Accounts;

/// <summary>Workspaces: who sees them, what they are called, how they route.</summary>
internal sealed class WorkspaceService(IDbContextFactory<HiWayDb> databases, IAuditLog audit, ISnapshots snapshots, TimeProvider clock) : IWorkspaces
{
    private static readonly string[] s_profiles = ["budget", "balanced", "quality"];
    private static readonly string[] s_zones = ["global", "eu", "fr", "strict"];

    public async Task<IReadOnlyList<WorkspaceChoice>> OfUserAsync(string userId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Memberships.AsNoTracking()
            .Where(membership => membership.UserId == userId && membership.Workspace!.DeletedAt == null)
            .OrderBy(membership => membership.Workspace!.Name).ThenBy(membership => membership.WorkspaceId)
            .Select(membership => new WorkspaceChoice(membership.WorkspaceId, membership.Workspace!.Name, membership.Workspace.Plan, membership.Role))
            .ToListAsync(cancellationToken);
    }

    public async Task<Actor?> ActorAsync(string userId, string workspaceId, string? ipAddress, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var found = await db.Memberships.AsNoTracking()
            .Where(membership => membership.UserId == userId && membership.WorkspaceId == workspaceId && membership.Workspace!.DeletedAt == null)
            .Select(membership => new { membership.Role, membership.User!.Email })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : new Actor(workspaceId, userId, null, found.Role, found.Email ?? userId, ipAddress);
    }

    public async Task<Outcome<WorkspaceView>> CreateAsync(string userId, string name, string? ipAddress, CancellationToken cancellationToken)
    {
        var checkedName = AccountRules.WorkspaceName(name);
        if (checkedName.Refusal is { } refusal)
        {
            return refusal;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await db.Users.SingleOrDefaultAsync(user => user.Id == userId, cancellationToken) is not { } user)
        {
            return new Refusal(RefusalKind.Unauthenticated, "This account no longer exists.");
        }

        var now = clock.GetUtcNow();
        var row = new WorkspaceRow { Id = Ulid.New("ws", now), Name = checkedName.Value, CreatedAt = now };
        db.Workspaces.Add(row);
        db.Memberships.Add(new MembershipRow { WorkspaceId = row.Id, UserId = userId, Role = WorkspaceRole.Owner, CreatedAt = now });
        user.LastWorkspaceId = row.Id;
        audit.Record(db, new Actor(row.Id, userId, null, WorkspaceRole.Owner, user.Email ?? userId, ipAddress), "workspace.created", row.Id, row.Name);
        await db.SaveChangesAsync(cancellationToken);
        await snapshots.RefreshAsync(row.Id, cancellationToken);
        return View(row);
    }

    public async Task<Outcome<WorkspaceView>> GetAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, actor, cancellationToken) is { } row ? View(row) : Gone();
    }

    public async Task<Outcome<WorkspaceView>> PatchAsync(Actor actor, WorkspacePatch patch, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        if (Wrong(patch) is { } wrong)
        {
            return wrong;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, cancellationToken) is not { } row)
        {
            return Gone();
        }

        Dictionary<string, string?> old = [], changed = [];
        void Set<T>(string field, T current, T? wanted, Action<T> apply)
            where T : notnull
        {
            if (wanted is not null && !wanted.Equals(current))
            {
                old[field] = Text(current);
                changed[field] = Text(wanted);
                apply(wanted);
            }
        }

        Set("name", row.Name, patch.Name?.Trim(), name => row.Name = name);
        Set("routing_profile", row.RoutingProfile, patch.RoutingProfile, profile => row.RoutingProfile = profile);
        Set("sovereignty_zone", row.SovereigntyZone, patch.SovereigntyZone, zone => row.SovereigntyZone = zone);
        Set<object>("prompt_caching", row.PromptCaching, patch.PromptCaching, on => row.PromptCaching = (bool)on);
        Set<object>("log_content", row.LogContent, patch.LogContent, on => row.LogContent = (bool)on);
        Set("flagship_model", row.FlagshipModel ?? "", patch.FlagshipModel, model => row.FlagshipModel = model.Length > 0 ? model : null);
        if (changed.Count > 0)
        {
            audit.Record(db, actor, "workspace.updated", row.Id, row.Name, old, changed);
            await db.SaveChangesAsync(cancellationToken);
            await snapshots.RefreshAsync(row.Id, cancellationToken);
        }

        if (!row.LogContent && changed.ContainsKey("log_content"))
        {
            // Whoever switches it off wants the texts gone. What another node writes in this moment the hourly job finds.
            await db.RequestContents.Where(content => content.WorkspaceId == row.Id).ExecuteDeleteAsync(cancellationToken);
        }

        return View(row);
    }

    public async Task<Outcome<bool>> DeleteAsync(Actor actor, string confirmName, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.DeleteWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, cancellationToken) is not { } row)
        {
            return Gone();
        }

        if (!string.Equals(confirmName, row.Name, StringComparison.Ordinal))
        {
            return new Refusal(RefusalKind.Invalid, $"To delete the workspace, repeat its name exactly: {row.Name}", "confirm_name");
        }

        row.DeletedAt = clock.GetUtcNow();
        audit.Record(db, actor, "workspace.deleted", row.Id, row.Name);
        await db.SaveChangesAsync(cancellationToken);
        await snapshots.RefreshAsync(row.Id, cancellationToken);   // its keys stop working now, not at the next poll
        return true;
    }

    public async Task SwitchAsync(string userId, string workspaceId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await db.Users
            .Where(user => user.Id == userId && db.Memberships.Any(membership => membership.UserId == userId && membership.WorkspaceId == workspaceId))
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.LastWorkspaceId, workspaceId), cancellationToken);
    }

    internal static WorkspaceView View(WorkspaceRow row) => new(
        row.Id, row.Name, row.Plan, row.RoutingProfile, row.SovereigntyZone, row.PromptCaching, row.LogContent, row.FlagshipModel, row.CreatedAt, row.SuspendedAt);

    private Refusal? Wrong(WorkspacePatch patch)
    {
        if (patch.Name is not null && AccountRules.WorkspaceName(patch.Name).Refusal is { } wrongName)
        {
            return wrongName;
        }

        if (patch.RoutingProfile is { } profile && !s_profiles.Contains(profile))
        {
            return OneOf("routing_profile", profile, s_profiles);
        }

        if (patch.SovereigntyZone is { } zone && !s_zones.Contains(zone))
        {
            return OneOf("sovereignty_zone", zone, s_zones);
        }

        return patch.FlagshipModel is { Length: > 0 } model && !snapshots.Catalogue.Any(entry => entry.Id == model)
            ? new Refusal(RefusalKind.Invalid, $"The catalogue has no model '{model}'. Use an id such as anthropic/claude-opus-4-7.", "flagship_model")
            : null;
    }

    private static Refusal OneOf(string param, string value, string[] allowed) =>
        new(RefusalKind.Invalid, $"'{param}' is '{value}', not one of {string.Join(", ", allowed)}.", param);

    private static string? Text(object value) => value is bool on ? (on ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture);

    private static Task<WorkspaceRow?> FindAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken) =>
        db.Workspaces.SingleOrDefaultAsync(row => row.Id == actor.WorkspaceId && row.DeletedAt == null, cancellationToken);

    private static Refusal Gone() => new(RefusalKind.NotFound, "This workspace has been deleted.");
}
