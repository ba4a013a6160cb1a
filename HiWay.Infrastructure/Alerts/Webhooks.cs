using HiWay.Domain.Accounts;
using HiWay.Domain.Alerts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Egress;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Alerts;

/// <inheritdoc cref="IWebhooks"/>
internal sealed class Webhooks(IDbContextFactory<HiWayDb> contexts, CredentialVault vault, IAuditLog audit, EgressOptions egress, TimeProvider clock) : IWebhooks
{
    public async Task<Outcome<IReadOnlyList<WebhookView>>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Webhooks.AsNoTracking().Where(row => row.WorkspaceId == actor.WorkspaceId).OrderBy(row => row.Id).ToListAsync(cancellationToken);
        var last = await LastAsync(db, rows, cancellationToken);
        var now = clock.GetUtcNow();
        return rows.ConvertAll(row => WebhookShapes.View(row, last.GetValueOrDefault(row.Id), now));
    }

    public async Task<Outcome<WebhookView>> GetAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, actor, id, cancellationToken) is { } row ? await ViewAsync(db, row, cancellationToken) : NotFound(id);
    }

    public async Task<Outcome<IssuedWebhook>> CreateAsync(Actor actor, WebhookDraft draft, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } forbidden)
        {
            return forbidden;
        }

        var kind = WebhookRules.Kind(draft.Kind);
        if ((kind.Refusal ?? WebhookRules.Check(draft, kind.Value)) is { } refusal)
        {
            return refusal;
        }

        var url = WebhookRules.Url(draft.Url, kind.Value, egress);
        if (url.Refusal is { } wrong)
        {
            return wrong;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Webhooks.CountAsync(other => other.WorkspaceId == actor.WorkspaceId, cancellationToken) >= WebhookRules.MaxPerWorkspace)
        {
            return new Refusal(RefusalKind.Conflict, $"A workspace can have {WebhookRules.MaxPerWorkspace} webhooks. Delete one that is no longer needed.");
        }

        var now = clock.GetUtcNow();
        var row = new WebhookRow
        {
            Id = Ulid.New("wh", now),
            WorkspaceId = actor.WorkspaceId,
            Name = draft.Name!.Trim(),
            Kind = kind.Value.Text(),
            ShownUrl = WebhookShapes.Shown(url.Value, kind.Value),
            CreatedAt = now,
        };
        Apply(draft, row, now);
        var address = new WebhookAddress(url.Value, kind.Value is WebhookKind.Webhook ? draft.Secret ?? WebhookSecret.New() : null, null);
        address.SealInto(row, vault);
        db.Webhooks.Add(row);
        audit.Record(db, actor, "webhook.created", row.Id, row.Name, null, WebhookShapes.Facts(row));
        await db.SaveChangesAsync(cancellationToken);
        return new IssuedWebhook(address.Secret, WebhookShapes.View(row, null, now));
    }

    public async Task<Outcome<WebhookView>> UpdateAsync(Actor actor, string id, WebhookDraft draft, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } forbidden)
        {
            return forbidden;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, id, cancellationToken) is not { } row)
        {
            return NotFound(id);
        }

        var kind = WebhookShapes.KindOf(row);
        if (draft.Kind is not null && draft.Kind != row.Kind)
        {
            return new Refusal(RefusalKind.Invalid, $"'kind' is {row.Kind} and stays so. Make another webhook for {draft.Kind}.", "kind");
        }

        if (WebhookRules.Check(draft, kind) is { } refusal)
        {
            return refusal;
        }

        var before = WebhookShapes.Facts(row);
        var moves = draft.Url is not null && draft.Url != row.ShownUrl;   // handed back as it was shown, it is no new one
        if ((moves || draft.Secret is not null) && SetAddress(row, kind, moves ? draft.Url : null, draft.Secret) is { } wrong)
        {
            return wrong;
        }

        // What was switched off because its target is gone goes on at a new one.
        Apply(moves && row.PausedReason is not null ? draft with { Enabled = true } : draft, row, clock.GetUtcNow());
        var (old, changed) = AuditChanges.Between(before, WebhookShapes.Facts(row));
        if (changed.Count > 0)
        {
            audit.Record(db, actor, "webhook.updated", row.Id, row.Name, old, changed);
        }

        await db.SaveChangesAsync(cancellationToken);
        return await ViewAsync(db, row, cancellationToken);
    }

    public async Task<Outcome<IssuedWebhook>> RotateAsync(Actor actor, string id, TimeSpan overlap, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.ManageWorkspace) ?? WebhookRules.CheckOverlap(overlap)) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, id, cancellationToken) is not { } row)
        {
            return NotFound(id);
        }

        if (WebhookShapes.KindOf(row) is not WebhookKind.Webhook)
        {
            return new Refusal(RefusalKind.Conflict, $"Messages to {row.Kind} are not signed, so there is no secret to rotate. Where the address has leaked, make a new one there and change 'url'.");
        }

        var before = Open(row);
        if (before.Refusal is { } unreadable)
        {
            return unreadable;
        }

        var now = clock.GetUtcNow();
        var old = row.SecretLast4;
        var address = before.Value with { Secret = WebhookSecret.New(), PreviousSecret = overlap > TimeSpan.Zero ? before.Value.Secret : null };
        address.SealInto(row, vault);
        row.PreviousSecretExpiresAt = overlap > TimeSpan.Zero ? now + overlap : null;
        row.UpdatedAt = now;
        audit.Record(db, actor, "webhook.rotated", row.Id, row.Name,
            new Dictionary<string, string?> { ["secret"] = $"…{old}" },
            new Dictionary<string, string?> { ["secret"] = $"…{row.SecretLast4}", ["previous_secret_expires_at"] = row.PreviousSecretExpiresAt?.ToString("u") });
        await db.SaveChangesAsync(cancellationToken);
        return new IssuedWebhook(address.Secret, await ViewAsync(db, row, cancellationToken));
    }

    public async Task<Outcome<bool>> DeleteAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, id, cancellationToken) is not { } row)
        {
            return NotFound(id);
        }

        db.Webhooks.Remove(row);
        audit.Record(db, actor, "webhook.deleted", row.Id, row.Name, WebhookShapes.Facts(row));
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    internal static Task<WebhookRow?> FindAsync(HiWayDb db, Actor actor, string id, CancellationToken cancellationToken) =>
        db.Webhooks.SingleOrDefaultAsync(row => row.Id == id && row.WorkspaceId == actor.WorkspaceId, cancellationToken);

    internal static Refusal NotFound(string id) => new(RefusalKind.NotFound, $"There is no webhook '{id}' in this workspace.");

    private static void Apply(WebhookDraft draft, WebhookRow row, DateTimeOffset now)
    {
        row.Name = draft.Name!.Trim();
        row.Events = draft.Events is null ? null : [.. AlertTypes.All.Where(draft.Events.Contains)];
        row.Filter = draft.Filter;
        row.PausedReason = draft.Enabled || row.Enabled ? null : row.PausedReason;   // switched off by a person, or on again
        row.Enabled = draft.Enabled;
        row.UpdatedAt = now;
    }

    /// <summary>Null leaves a part as it is.</summary>
    private Refusal? SetAddress(WebhookRow row, WebhookKind kind, string? url, string? secret)
    {
        var checkedUrl = url is null ? null : (Outcome<string>?)WebhookRules.Url(url, kind, egress);
        if (checkedUrl?.Refusal is { } wrong)
        {
            return wrong;
        }

        // An address that no longer opens is no obstacle where all of it is given anew.
        var isWhole = url is not null && (secret is not null || kind is not WebhookKind.Webhook);
        var before = isWhole ? new WebhookAddress("", null, null) : Open(row);
        if (before.Refusal is { } unreadable)
        {
            return unreadable;
        }

        var address = new WebhookAddress(checkedUrl?.Value ?? before.Value.Url, secret ?? before.Value.Secret, secret is null ? before.Value.PreviousSecret : null);
        address.SealInto(row, vault);
        row.ShownUrl = WebhookShapes.Shown(address.Url, kind);
        row.PreviousSecretExpiresAt = address.PreviousSecret is null ? null : row.PreviousSecretExpiresAt;
        return null;
    }

    private Outcome<WebhookAddress> Open(WebhookRow row)
    {
        try
        {
            return WebhookAddress.Open(row, vault);
        }
        catch (CredentialUnreadableException e)
        {
            return new Refusal(RefusalKind.Conflict, e.Message, "url");
        }
    }

    private async Task<WebhookView> ViewAsync(HiWayDb db, WebhookRow row, CancellationToken cancellationToken) =>
        WebhookShapes.View(row, (await LastAsync(db, [row], cancellationToken)).GetValueOrDefault(row.Id), clock.GetUtcNow());

    private static async Task<Dictionary<string, LastDeliveryView>> LastAsync(HiWayDb db, IReadOnlyCollection<WebhookRow> rows, CancellationToken cancellationToken)
    {
        var ids = rows.Select(row => row.Id).ToList();
        var last = await db.Webhooks.AsNoTracking().Where(row => ids.Contains(row.Id))
            .Select(row => db.WebhookDeliveries.Where(delivery => delivery.WebhookId == row.Id).OrderByDescending(delivery => delivery.Id)
                .Select(delivery => new { delivery.WebhookId, delivery.Id, delivery.EventType, delivery.Status, delivery.CreatedAt, delivery.LastAttemptAt }).FirstOrDefault())
            .ToListAsync(cancellationToken);
        return last.Where(found => found is not null).ToDictionary(
            found => found!.WebhookId, found => new LastDeliveryView(found!.Id, found.EventType, found.Status, found.LastAttemptAt ?? found.CreatedAt));
    }
}
