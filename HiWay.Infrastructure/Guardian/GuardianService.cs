using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Guardian;

/// <inheritdoc cref="IGuardian"/>
internal sealed class GuardianService(IDbContextFactory<HiWayDb> contexts, GuardianDefaults defaults, IAuditLog audit, ISnapshots snapshots, TimeProvider clock) : IGuardian
{
    public async Task<Outcome<GuardianView>> GetAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.GuardianSettings.AsNoTracking().SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId, cancellationToken);
        return await ViewAsync(db, actor, GuardianShapes.Settings(row, defaults.Settings), cancellationToken);
    }

    public async Task<Outcome<GuardianView>> UpdateAsync(Actor actor, IReadOnlyList<GuardianRulePatch> rules, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.GuardianSettings.SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId, cancellationToken);
        var before = GuardianShapes.Settings(row, defaults.Settings);
        var after = before;
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules.Take(i).Any(other => other.Rule == rules[i].Rule))
            {
                return GuardianShapes.Invalid($"rules[{i}].rule", $"'{rules[i].Rule}' is given twice.");
            }

            var applied = GuardianShapes.Apply(after, rules[i], i);
            if (applied.Refusal is { } wrong)
            {
                return wrong;
            }

            // One that is gone may be sent back as it was read; it is passed over.
            var rule = GuardianNames.ParseRule(rules[i].Rule)!.Value;
            after = applied.Value;
            if (after[rule].AlertTarget is { } target && target != before[rule].AlertTarget && !await db.Webhooks.AnyAsync(row => row.Id == target && row.WorkspaceId == actor.WorkspaceId, cancellationToken))
            {
                return GuardianShapes.Invalid($"rules[{i}].alert_target", $"There is no webhook endpoint '{target}' in this workspace. GET webhooks lists them; null takes the target away.");
            }
        }

        var (old, changed) = AuditChanges.Between(GuardianShapes.Facts(before), GuardianShapes.Facts(after));
        if (changed.Count > 0)
        {
            if (row is null)
            {
                db.GuardianSettings.Add(row = new GuardianSettingsRow { WorkspaceId = actor.WorkspaceId, Rules = "[]" });
            }

            row.Rules = GuardianShapes.Store(after, defaults.Settings);
            audit.Record(db, actor, "guardian.configured", actor.WorkspaceId, "Guardian", old, changed);
            await db.SaveChangesAsync(cancellationToken);
            await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        }

        return await ViewAsync(db, actor, after, cancellationToken);
    }

    public async Task<Outcome<Page<GuardianEventView>>> EventsAsync(Actor actor, GuardianEventFilter filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        if (filter.Rule is not null && GuardianNames.ParseRule(filter.Rule) is null)
        {
            return GuardianShapes.Invalid("rule", $"'rule' must be one of {string.Join(", ", GuardianCatalog.All.Select(known => known.Rule.Text()))}.");
        }

        if (filter.From >= filter.To)
        {
            return GuardianShapes.Invalid("to", "'to' must be later than 'from'.");
        }

        if (cursor is not null && Ulid.TimeOf(cursor) is null)
        {
            return GuardianShapes.Invalid("cursor", "'cursor' is not one that this list has given out.");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = db.GuardianEvents.AsNoTracking().Where(row => row.WorkspaceId == actor.WorkspaceId);
        rows = filter.Rule is { } rule ? rows.Where(row => row.Rule == rule) : rows;
        rows = filter.KeyId is { } key ? rows.Where(row => row.KeyId == key) : rows;
        rows = filter.From is { } from ? rows.Where(row => row.LastAt >= from) : rows;
        rows = filter.To is { } to ? rows.Where(row => row.CreatedAt < to) : rows;
        rows = cursor is not null ? rows.Where(row => string.Compare(row.Id, cursor) < 0) : rows;
        var found = await rows.OrderByDescending(row => row.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return new Page<GuardianEventView>([.. found.Take(limit).Select(GuardianShapes.View)], found.Count > limit ? found[limit - 1].Id : null);
    }

    private async Task<GuardianView> ViewAsync(HiWayDb db, Actor actor, GuardianSettings settings, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (today, lastDay) = (new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero), now.AddDays(-1));
        var hours = await db.GuardianHours.AsNoTracking().Where(row => row.WorkspaceId == actor.WorkspaceId && row.Hour > lastDay).ToListAsync(cancellationToken);
        return new([.. GuardianCatalog.All.Select(info => GuardianShapes.View(info, settings[info.Rule],
            hours.Where(row => row.Rule == info.Rule.Text() && row.Hour >= today).Sum(row => row.Hits),
            hours.Where(row => row.Rule == info.Rule.Text()).Sum(row => row.Hits)))]);
    }
}
