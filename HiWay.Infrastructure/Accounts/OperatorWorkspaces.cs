using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Accounts;

/// <summary>A workspace as the operator of the installation sees it: who it is, and nothing of what it does.</summary>
/// <param name="Owners">E-mail addresses.</param>
/// <param name="UnconfirmedOwners">Those of them that nobody has confirmed.</param>
/// <param name="SuspendedAt">Null while its calls are answered.</param>
internal sealed record OperatorWorkspaceView(
    string Id, string Name, string Plan, IReadOnlyList<string> Owners, IReadOnlyList<string> UnconfirmedOwners, int Members, int Keys, DateTimeOffset CreatedAt, DateTimeOffset? SuspendedAt);

/// <summary>
/// All workspaces of the installation, and the operator's power to stop one. Callers have made sure that the actor is the operator.
/// A suspended workspace's calls are refused with <c>workspace_suspended</c>; its members still see everything and keep their settings.
/// </summary>
internal sealed class OperatorWorkspaces(IDbContextFactory<HiWayDb> contexts, IAuditLog audit, ISnapshots snapshots, TimeProvider clock)
{
    /// <summary>Newest first.</summary>
    public async Task<Outcome<Page<OperatorWorkspaceView>>> ListAsync(string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (cursor is not null && Ulid.TimeOf(cursor) is null)
        {
            return new Refusal(RefusalKind.Invalid, "'cursor' is not one that this list has given out.", "cursor");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await View(db, db.Workspaces.AsNoTracking()
            .Where(row => row.DeletedAt == null && (cursor == null || row.Id.CompareTo(cursor) < 0))
            .OrderByDescending(row => row.Id)
            .Take(limit + 1)).ToListAsync(cancellationToken);
        return new Page<OperatorWorkspaceView>([.. rows.Take(limit)], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    public async Task<Outcome<OperatorWorkspaceView>> GetAsync(string id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await View(db, db.Workspaces.AsNoTracking().Where(row => row.Id == id && row.DeletedAt == null)).SingleOrDefaultAsync(cancellationToken) is { } found
            ? found
            : Missing(id);
    }

    /// <summary>Takes effect on the next call, on every node within a second. The workspace's own audit log says so.</summary>
    public async Task<Outcome<OperatorWorkspaceView>> SuspendAsync(Actor actor, string id, bool suspended, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Workspaces.SingleOrDefaultAsync(row => row.Id == id && row.DeletedAt == null, cancellationToken) is not { } row)
        {
            return Missing(id);
        }

        if (suspended != row.SuspendedAt is not null)
        {
            row.SuspendedAt = suspended ? clock.GetUtcNow() : null;
            audit.Record(db, actor with { WorkspaceId = id }, suspended ? "workspace.suspended" : "workspace.restored", row.Id, row.Name);
            await db.SaveChangesAsync(cancellationToken);
            await snapshots.RefreshAsync(id, CancellationToken.None);
        }

        return await GetAsync(id, cancellationToken);
    }

    private static IQueryable<OperatorWorkspaceView> View(HiWayDb db, IQueryable<WorkspaceRow> rows) => rows.Select(row => new OperatorWorkspaceView(
        row.Id, row.Name, row.Plan,
        db.Memberships.Where(member => member.WorkspaceId == row.Id && member.Role == WorkspaceRole.Owner).Select(member => member.User!.Email!).ToList(),
        db.Memberships.Where(member => member.WorkspaceId == row.Id && member.Role == WorkspaceRole.Owner && !member.User!.EmailConfirmed).Select(member => member.User!.Email!).ToList(),
        db.Memberships.Count(member => member.WorkspaceId == row.Id),
        db.ApiKeys.Count(key => key.WorkspaceId == row.Id && key.RevokedAt == null),
        row.CreatedAt, row.SuspendedAt));

    private static Refusal Missing(string id) => new(RefusalKind.NotFound, $"There is no workspace '{id}'.");
}
