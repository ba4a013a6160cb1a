using HiWay.Domain.Accounts;
using HiWay.Domain.Alerts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Domain.Keys;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Keys;

/// <inheritdoc cref="IKeys"/>
internal sealed class ApiKeys(IDbContextFactory<HiWayDb> contexts, IAuditLog audit, ISnapshots snapshots, IAlerts alerts, TimeProvider clock) : IKeys
{
    public async Task<Outcome<Page<KeyView>>> ListAsync(Actor actor, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        if (cursor is not null && Ulid.TimeOf(cursor) is null)
        {
            return new Refusal(RefusalKind.Invalid, "'cursor' is not one that this list has given out.", "cursor");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var rows = await db.ApiKeys.AsNoTracking()
            .Where(row => row.WorkspaceId == actor.WorkspaceId && (cursor == null || row.Id.CompareTo(cursor) < 0))
            .OrderByDescending(row => row.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return new Page<KeyView>([.. rows.Take(limit).Select(row => KeyShapes.View(row, now))], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    public async Task<Outcome<KeyView>> GetAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, actor, id, cancellationToken) is { } row ? KeyShapes.View(row, clock.GetUtcNow()) : NotFound(id);
    }

    public async Task<Outcome<IssuedKey>> CreateAsync(Actor actor, KeyDraft draft, string source, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if ((actor.Lacks(Permission.ManageKeys) ?? KeyRules.Check(draft, now) ?? MayHandOut(actor, draft.Scopes)) is { } refusal)
        {
            return refusal;
        }

        var secret = ApiKeySecret.New(draft.Test);
        var row = new ApiKeyRow
        {
            Id = Ulid.New("key", now),
            WorkspaceId = actor.WorkspaceId,
            Name = draft.Name!,
            Source = source,
            SecretHash = ApiKeySecret.Hash(secret),
            Prefix = ApiKeySecret.DisplayPrefix(secret),
            IsTest = draft.Test,
            CreatedByUserId = actor.UserId,
            CreatedAt = now,
        };
        KeyShapes.Apply(draft, row);

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.ApiKeys.Add(row);
        audit.Record(db, actor, "key.created", row.Id, row.Name, null, KeyShapes.Facts(row));
        await SaveAsync(db, actor, cancellationToken);
        return new IssuedKey(secret, KeyShapes.View(row, now));
    }

    public Task<Outcome<KeyView>> UpdateAsync(Actor actor, string id, KeyDraft draft, CancellationToken cancellationToken) =>
        ChangeAsync<KeyView>(actor, id, cancellationToken, (db, row, now) =>
        {
            if ((Live(row) ?? KeyRules.Check(draft, now, row.ExpiresAt) ?? MayHandOut(actor, row.Scopes) ?? MayHandOut(actor, draft.Scopes)) is { } refusal)
            {
                return refusal;
            }

            var before = KeyShapes.Facts(row);
            KeyShapes.Apply(draft, row);
            var (old, changed) = AuditChanges.Between(before, KeyShapes.Facts(row));
            if (changed.Count > 0)
            {
                audit.Record(db, actor, "key.updated", row.Id, row.Name, old, changed);
            }

            return KeyShapes.View(row, now);
        });

    public async Task<Outcome<IssuedKey>> RotateAsync(Actor actor, string id, TimeSpan overlap, CancellationToken cancellationToken)
    {
        var rotated = await ChangeAsync<IssuedKey>(actor, id, cancellationToken, (db, row, now) =>
        {
            if ((KeyRules.CheckOverlap(overlap) ?? Live(row) ?? MayHandOut(actor, row.Scopes)) is { } refusal)
            {
                return refusal;
            }

            // A secret that was still in its own overlap ends here: two old ones at most would be hard to reason about.
            var secret = ApiKeySecret.New(row.IsTest);
            row.PreviousSecretHash = overlap > TimeSpan.Zero ? row.SecretHash : null;
            row.PreviousExpiresAt = overlap > TimeSpan.Zero ? now + overlap : null;
            row.SecretHash = ApiKeySecret.Hash(secret);
            row.CreatedByUserId = actor.UserId;   // who holds the secret answers for the key, and lends it no more than the own rights
            var before = row.Prefix;
            row.Prefix = ApiKeySecret.DisplayPrefix(secret);
            audit.Record(db, actor, "key.rotated", row.Id, row.Name,
                new Dictionary<string, string?> { ["prefix"] = before },
                new Dictionary<string, string?> { ["prefix"] = row.Prefix, ["previous_secret_expires_at"] = row.PreviousExpiresAt?.ToString("u") });
            return new IssuedKey(secret, KeyShapes.View(row, now));
        });
        if (rotated.Succeeded)
        {
            alerts.Raise(Rotated(actor, rotated.Value.View, clock.GetUtcNow()));
        }

        return rotated;
    }

    public Task<Outcome<KeyView>> RevokeAsync(Actor actor, string id, CancellationToken cancellationToken) =>
        ChangeAsync<KeyView>(actor, id, cancellationToken, (db, row, now) =>
        {
            if (row.RevokedAt is not null)
            {
                return new Refusal(RefusalKind.Conflict, $"The key '{row.Name}' is already revoked.");
            }

            row.RevokedAt = now;
            row.PreviousSecretHash = null;
            row.PreviousExpiresAt = null;
            audit.Record(db, actor, "key.revoked", row.Id, row.Name);
            return KeyShapes.View(row, now);
        });

    public Task<Outcome<KeyView>> RestoreAsync(Actor actor, string id, CancellationToken cancellationToken) =>
        ChangeAsync<KeyView>(actor, id, cancellationToken, (db, row, now) =>
        {
            if ((Live(row) ?? MayHandOut(actor, row.Scopes)) is { } refusal)
            {
                return refusal;
            }

            if (row.SuspendedAt is null)
            {
                return new Refusal(RefusalKind.Conflict, $"The key '{row.Name}' is not suspended.");
            }

            var rule = row.SuspendedByRule;
            row.SuspendedAt = null;
            row.SuspendedByRule = null;
            audit.Record(db, actor, "key.restored", row.Id, row.Name, new Dictionary<string, string?> { ["suspended_by_rule"] = rule });
            return KeyShapes.View(row, now);
        });

    /// <summary>Finds the key, lets <paramref name="change"/> decide and change, and saves what it changed unless it refused.</summary>
    private async Task<Outcome<T>> ChangeAsync<T>(
        Actor actor, string id, CancellationToken cancellationToken, Func<HiWayDb, ApiKeyRow, DateTimeOffset, Outcome<T>> change)
    {
        if (actor.Lacks(Permission.ManageKeys) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, id, cancellationToken) is not { } row)
        {
            return NotFound(id);
        }

        var outcome = change(db, row, clock.GetUtcNow());
        if (outcome.Succeeded)
        {
            await SaveAsync(db, actor, cancellationToken);
        }

        return outcome;
    }

    private async Task SaveAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);

        // The caller's own next call must see the change, even if the caller hangs up now.
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
    }

    private static Task<ApiKeyRow?> FindAsync(HiWayDb db, Actor actor, string id, CancellationToken cancellationToken) =>
        db.ApiKeys.SingleOrDefaultAsync(row => row.Id == id && row.WorkspaceId == actor.WorkspaceId, cancellationToken);

    private static Refusal? Live(ApiKeyRow row) => row.RevokedAt is null
        ? null
        : new Refusal(RefusalKind.Conflict, $"The key '{row.Name}' is revoked, which is final. Create a new one.");

    /// <summary>
    /// A key with the scope manage acts as an administrator, so only who may do what administrators do makes, changes or renews one:
    /// a developer would otherwise hand the role to himself.
    /// </summary>
    private static Refusal? MayHandOut(Actor actor, IReadOnlyList<string>? scopes) =>
        scopes?.Contains("manage") is true && actor.Lacks(Permission.ManageWorkspace) is { } refusal
            ? refusal with { Message = $"Keys with the scope 'manage' act as an administrator. {refusal.Message}", Param = "scopes" }
            : null;

    private static AlertEvent Rotated(Actor actor, KeyView key, DateTimeOffset at) => new(
        AlertTypes.KeyRotated, actor.WorkspaceId, at, $"The key '{key.Name}' has a new secret",
        key.PreviousSecretExpiresAt is { } until
            ? $"{actor.Label} rotated it. The old secret works until {until.UtcDateTime:yyyy-MM-dd HH:mm} UTC; programs need the new one by then."
            : $"{actor.Label} rotated it. The old secret has ended; programs that still use it are refused.",
        [
            new("key_id", key.Id), new("key_name", key.Name), new("prefix", key.Prefix), new("previous_secret_expires_at", key.PreviousSecretExpiresAt),
            new("rotated_by", actor.Label),
        ]);

    private static Refusal NotFound(string id) => new(RefusalKind.NotFound, $"There is no key '{id}' in this workspace.");
}
