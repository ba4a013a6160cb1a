using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Audit;

/// <summary>The audit log in PostgreSQL. Rows are only ever added; a trigger on the table refuses everything else.</summary>
internal sealed class AuditLog(IDbContextFactory<HiWayDb> databases, TimeProvider clock) : IAuditLog
{
    public async Task<Outcome<Page<AuditView>>> ReadAsync(Actor actor, string? action, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ReadAudit) is { } refusal)
        {
            return refusal;
        }

        if (cursor is not null && Ulid.TimeOf(cursor) is null)
        {
            return new Refusal(RefusalKind.Invalid, "'cursor' is not one that this list has given out.", "cursor");
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var rows = db.Audit.AsNoTracking().Where(row => row.WorkspaceId == actor.WorkspaceId);
        if (!string.IsNullOrWhiteSpace(action))
        {
            // "key.created" is that action; "key" is everything that happened to keys.
            var family = action + ".";
            rows = rows.Where(row => row.Action == action || row.Action.StartsWith(family));
        }

        if (cursor is not null)
        {
            rows = rows.Where(row => string.Compare(row.Id, cursor) < 0);
        }

        // One row more than asked for tells whether there is a next page.
        var found = await rows.OrderByDescending(row => row.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var views = found.Take(limit).Select(View).ToList();
        return new Page<AuditView>(views, found.Count > limit ? views[^1].Id : null);
    }

    public void Record(HiWayDb db, Actor actor, string action, string? subjectId, string? subject,
        IReadOnlyDictionary<string, string?>? oldValues = null, IReadOnlyDictionary<string, string?>? newValues = null)
    {
        var now = clock.GetUtcNow();
        db.Audit.Add(new AuditRow
        {
            Id = Ulid.New("aud", now),
            WorkspaceId = actor.WorkspaceId.Length > 0 ? actor.WorkspaceId : null,
            CreatedAt = now,
            UserId = actor.UserId,
            KeyId = actor.KeyId,
            Actor = actor.Label,
            IpAddress = actor.IpAddress,
            Action = action,
            SubjectId = subjectId,
            Subject = subject,
            OldValues = oldValues is null ? null : JsonSerializer.Serialize(oldValues),
            NewValues = newValues is null ? null : JsonSerializer.Serialize(newValues),
        });
    }

    private static AuditView View(AuditRow row) => new(
        row.Id, row.CreatedAt, row.Actor, row.UserId, row.KeyId, row.IpAddress, row.Action, row.SubjectId, row.Subject, Values(row.OldValues), Values(row.NewValues));

    private static Dictionary<string, string?>? Values(string? json) =>
        json is null ? null : JsonSerializer.Deserialize<Dictionary<string, string?>>(json);
}
