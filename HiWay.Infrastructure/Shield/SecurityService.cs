using System.Runtime.CompilerServices;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Shield;

/// <inheritdoc cref="ISecurity"/>
internal sealed class SecurityService(IDbContextFactory<HiWayDb> contexts, IAuditLog audit, ISnapshots snapshots, TimeProvider clock) : ISecurity
{
    private const int MaxRules = 1_000;
    private const int MaxComment = 200;
    private const int MaxRetentionDays = 3_650;

    public async Task<Outcome<SecurityConfigView>> ConfigAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return ShieldShapes.View(ShieldShapes.Settings(await db.SecuritySettings.AsNoTracking().SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId, cancellationToken)));
    }

    public async Task<Outcome<SecurityConfigView>> ConfigureAsync(Actor actor, SecurityConfigPatch patch, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.ManageWorkspace) ?? Wrong(patch)) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.SecuritySettings.SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId, cancellationToken);
        var before = ShieldShapes.Settings(row);
        var after = new ShieldSettings(
            ShieldNames.ParseMode(patch.Mode) ?? before.Mode, patch.Threshold ?? before.Threshold, patch.RetentionDays ?? before.RetentionDays, patch.ScanOutput ?? before.ScanOutput);
        if (after != before)
        {
            if (row is null)
            {
                db.SecuritySettings.Add(row = new SecuritySettingsRow { WorkspaceId = actor.WorkspaceId, Mode = "" });
            }

            (row.Mode, row.Threshold, row.RetentionDays, row.ScanOutput) = (after.Mode.Text(), after.Threshold, after.RetentionDays, after.ScanOutput);
            var (old, changed) = AuditChanges.Between(ShieldShapes.Facts(before), ShieldShapes.Facts(after));
            audit.Record(db, actor, "security.configured", actor.WorkspaceId, "Shield", old, changed);
            await SaveAsync(db, actor, cancellationToken);
        }

        return ShieldShapes.View(after);
    }

    public async Task<Outcome<IReadOnlyList<IpRuleView>>> IpRulesAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.IpRules.AsNoTracking().Where(row => row.WorkspaceId == actor.WorkspaceId).OrderBy(row => row.Id).ToListAsync(cancellationToken);
        return rows.ConvertAll(ShieldShapes.View);
    }

    public async Task<Outcome<IpRuleView>> AddIpRuleAsync(Actor actor, string? cidr, string? action, string? comment, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        if (!IpRules.TryParse(cidr, out var network))
        {
            return Invalid("cidr", $"'cidr' is '{cidr}', not a network. Examples: 203.0.113.0/24, 2001:db8::/32, 198.51.100.7.");
        }

        if (action is not ("allow" or "deny"))
        {
            return Invalid("action", "'action' must be allow or deny.");
        }

        if (comment is { Length: > MaxComment } || comment?.Any(char.IsControl) is true)
        {
            return Invalid("comment", $"'comment' must have at most {MaxComment} characters, on one line.");
        }

        var now = clock.GetUtcNow();
        var row = new IpRuleRow
        {
            Id = Ulid.New("ipr", now),
            WorkspaceId = actor.WorkspaceId,
            Cidr = network.ToString(),
            Action = action,
            Comment = string.IsNullOrWhiteSpace(comment) ? null : comment.Trim(),
            CreatedAt = now,
        };
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.IpRules.AnyAsync(other => other.WorkspaceId == actor.WorkspaceId && other.Cidr == row.Cidr, cancellationToken))
        {
            return new Refusal(RefusalKind.Conflict, $"There is a rule for {row.Cidr} already. Remove it first.", "cidr");
        }

        if (await db.IpRules.CountAsync(other => other.WorkspaceId == actor.WorkspaceId, cancellationToken) >= MaxRules)
        {
            return new Refusal(RefusalKind.Conflict, $"A workspace can have {MaxRules} IP rules. Join neighbouring networks into larger ones.");
        }

        db.IpRules.Add(row);
        audit.Record(db, actor, "ip_rule.created", row.Id, row.Cidr, null, new Dictionary<string, string?> { ["cidr"] = row.Cidr, ["action"] = row.Action, ["comment"] = row.Comment });
        await SaveAsync(db, actor, cancellationToken);
        return ShieldShapes.View(row);
    }

    public async Task<Outcome<bool>> RemoveIpRuleAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.IpRules.SingleOrDefaultAsync(row => row.Id == id && row.WorkspaceId == actor.WorkspaceId, cancellationToken) is not { } row)
        {
            return new Refusal(RefusalKind.NotFound, $"There is no IP rule '{id}' in this workspace.");
        }

        db.IpRules.Remove(row);
        audit.Record(db, actor, "ip_rule.deleted", row.Id, row.Cidr, new Dictionary<string, string?> { ["cidr"] = row.Cidr, ["action"] = row.Action, ["comment"] = row.Comment });
        await SaveAsync(db, actor, cancellationToken);
        return true;
    }

    public async Task<Outcome<Page<SecurityEventView>>> EventsAsync(Actor actor, SecurityEventFilter filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.Read) ?? Wrong(filter)) is { } refusal)
        {
            return refusal;
        }

        if (cursor is not null && Ulid.TimeOf(cursor) is null)
        {
            return Invalid("cursor", "'cursor' is not one that this list has given out.");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = Of(db, actor, filter);
        if (cursor is not null)
        {
            rows = rows.Where(row => string.Compare(row.Id, cursor) < 0);
        }

        var found = await rows.Take(limit + 1).ToListAsync(cancellationToken);
        return new Page<SecurityEventView>([.. found.Take(limit).Select(ShieldShapes.View)], found.Count > limit ? found[limit - 1].Id : null);
    }

    public async IAsyncEnumerable<SecurityEventView> ExportAsync(Actor actor, SecurityEventFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await foreach (var row in Of(db, actor, filter).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            yield return ShieldShapes.View(row);
        }
    }

    internal static Refusal? Wrong(SecurityEventFilter filter) =>
        filter.Days is < 1 or > MaxRetentionDays ? Invalid("days", $"'days' must be from 1 to {MaxRetentionDays}.")
        : filter.Action is not (null or "blocked" or "logged") ? Invalid("action", "'action' must be blocked or logged.")
        : filter.ThreatType is { } type && !Enum.GetValues<ThreatType>().Any(known => known.Text() == type)
            ? Invalid("threat_type", $"'threat_type' must be one of {string.Join(", ", Enum.GetValues<ThreatType>().Select(known => known.Text()))}.")
            : null;

    private IQueryable<SecurityEventRow> Of(HiWayDb db, Actor actor, SecurityEventFilter filter)
    {
        var since = clock.GetUtcNow().AddDays(-filter.Days);
        var rows = db.SecurityEvents.AsNoTracking().Where(row => row.WorkspaceId == actor.WorkspaceId && row.CreatedAt >= since);
        rows = filter.Action is { } action ? rows.Where(row => row.Action == action) : rows;
        rows = filter.ThreatType is { } type ? rows.Where(row => row.ThreatType == type) : rows;
        return rows.OrderByDescending(row => row.Id);
    }

    private async Task SaveAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
    }

    private static Refusal? Wrong(SecurityConfigPatch patch) =>
        patch.Mode is { } mode && ShieldNames.ParseMode(mode) is null ? Invalid("mode", $"'mode' is '{mode}', not one of {string.Join(", ", ShieldNames.Modes)}.")
        : patch.Threshold is { } threshold && threshold is not (> 0 and <= 1) ? Invalid("threshold", "'threshold' must be above 0 and at most 1.")
        : patch.RetentionDays is < 1 or > MaxRetentionDays ? Invalid("retention_days", $"'retention_days' must be from 1 to {MaxRetentionDays}.")
        : null;

    private static Refusal Invalid(string param, string message) => new(RefusalKind.Invalid, message, param);
}
