using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Egress;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Credentials;

/// <inheritdoc cref="IProviderKeys"/>
internal sealed class ProviderKeys(
    IDbContextFactory<HiWayDb> contexts, CredentialVault vault, IAuditLog audit, SnapshotStore snapshots, EgressOptions egress, ProviderTests tests, TimeProvider clock)
    : IProviderKeys
{
    private const int MaxKeys = 50;
    private const int MaxWeight = 1000;
    private const int MaxLabelLength = 60;

    public async Task<Outcome<IReadOnlyList<ProviderKeyView>>> ListAsync(Actor actor, string provider, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var keys = await KeysOf(db, actor, provider).AsNoTracking().ToListAsync(cancellationToken);
        return keys.Count > 0 || ProviderCatalogue.Find(provider) is not null
            ? (ProviderKeyView[])[.. keys.Select(ProviderViews.Key)]
            : new Refusal(RefusalKind.NotFound, $"There is no provider '{provider}' in this workspace.");
    }

    public async Task<Outcome<ProviderKeyView>> AddAsync(Actor actor, string provider, ProviderKeyDraft draft, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var keys = await KeysOf(db, actor, provider).ToListAsync(cancellationToken);
        if (keys is not [var first, ..] || ProviderCatalogue.Resolve(first) is not { } target)
        {
            return NotConfigured(provider);
        }

        if (keys.Count >= MaxKeys)
        {
            return new Refusal(RefusalKind.Invalid, $"A provider has at most {MaxKeys} keys; remove one first.");
        }

        var label = draft.Label?.Trim() is { Length: > 0 } given ? given : NextLabel(keys);
        var key = CredentialRules.ApiKey(draft.ApiKey, target.Provider);
        var baseUrl = BaseUrl(draft.BaseUrl, target.Provider);
        if (key.Refusal is null && key.Value.Length == 0)
        {
            return new Refusal(RefusalKind.Invalid, "'api_key' is missing; a further key is nothing without it.", "api_key");
        }

        if ((key.Refusal ?? baseUrl.Refusal ?? WrongLabel(label, keys, null) ?? WrongWeight(draft.Weight)) is { } wrong)
        {
            return wrong;
        }

        var now = clock.GetUtcNow();
        var row = new CredentialRow
        {
            Id = Ulid.New("cred", now), WorkspaceId = actor.WorkspaceId, Provider = provider, Ciphertext = [], Nonce = [], AuthTag = [], CreatedAt = now,
            Label = label, Weight = draft.Weight, Paused = !draft.Enabled, BaseUrl = draft.BaseUrl is null ? first.BaseUrl : baseUrl.Value?.AbsoluteUri,
        };
        CredentialRows.Share(first, row);
        CredentialRows.SetKey(row, key.Value, vault, now);
        db.Credentials.Add(row);
        audit.Record(db, actor, "provider.key_added", row.Id, $"{provider}: {label}", null, ProviderViews.Facts(row));
        return await SaveAsync(db, actor, row, cancellationToken);
    }

    public async Task<Outcome<ProviderKeyView>> PatchAsync(Actor actor, string provider, string id, ProviderKeyPatch patch, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var keys = await KeysOf(db, actor, provider).ToListAsync(cancellationToken);
        if (keys.Find(one => one.Id == id) is not { } row || ProviderCatalogue.Resolve(row) is not { } target)
        {
            return NoSuchKey(provider, id);
        }

        var key = patch.ApiKey is null ? null : (Outcome<string>?)CredentialRules.ApiKey(patch.ApiKey, target.Provider);
        var baseUrl = patch.BaseUrl is null ? null : (Outcome<Uri?>?)BaseUrl(patch.BaseUrl, target.Provider);
        var label = patch.Label?.Trim();
        if ((key?.Refusal ?? baseUrl?.Refusal ?? (label is null ? null : WrongLabel(label, keys, row)) ?? (patch.Weight is { } weight ? WrongWeight(weight) : null)) is { } wrong)
        {
            return wrong;
        }

        if (baseUrl is { } moved && moved.Value?.AbsoluteUri != row.BaseUrl && key is null && row.Last4 is not null)
        {
            return new Refusal(RefusalKind.Invalid, "A new 'base_url' needs the 'api_key' again: the saved key was entrusted to the old address.", "api_key");
        }

        var before = ProviderViews.Facts(row);
        row.Label = label ?? row.Label;
        row.Weight = patch.Weight ?? row.Weight;
        row.Paused = patch.Enabled is { } enabled ? !enabled : row.Paused;
        row.BaseUrl = baseUrl is { } address ? address.Value?.AbsoluteUri : row.BaseUrl;
        if (key is { } fresh)
        {
            CredentialRows.SetKey(row, fresh.Value, vault, clock.GetUtcNow());
        }

        if (AuditChanges.Between(before, ProviderViews.Facts(row)) is { New.Count: > 0 } changes)
        {
            audit.Record(db, actor, "provider.key_updated", row.Id, $"{provider}: {row.Label}", changes.Old, changes.New);
        }

        return await SaveAsync(db, actor, row, cancellationToken);
    }

    public async Task<Outcome<bool>> DeleteAsync(Actor actor, string provider, string id, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var keys = await KeysOf(db, actor, provider).ToListAsync(cancellationToken);
        if (keys.Find(one => one.Id == id) is not { } row)
        {
            return NoSuchKey(provider, id);
        }

        if (keys.Count == 1)
        {
            return new Refusal(RefusalKind.Conflict, $"This is the only key of '{provider}'. Remove the provider, or add another key first.");
        }

        db.Credentials.Remove(row);
        audit.Record(db, actor, "provider.key_removed", row.Id, $"{provider}: {row.Label}", ProviderViews.Facts(row));
        await db.SaveChangesAsync(cancellationToken);
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        return true;
    }

    public async Task<Outcome<ProviderTestResult>> TestAsync(Actor actor, string provider, string id, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await KeysOf(db, actor, provider).SingleOrDefaultAsync(row => row.Id == id, cancellationToken) is not { } row)
        {
            return NoSuchKey(provider, id);
        }

        return await tests.RunAsync(db, actor, row);
    }

    private async Task<Outcome<ProviderKeyView>> SaveAsync(HiWayDb db, Actor actor, CredentialRow row, CancellationToken cancellationToken)
    {
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.UniqueViolation })
        {
            return Taken(row.Label);
        }

        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        return ProviderViews.Key(row);
    }

    private Outcome<Uri?> BaseUrl(string? given, ProviderDefinition provider) =>
        given is null ? new Outcome<Uri?>() : CredentialRules.BaseUrl(given, provider, egress);

    private static Refusal? WrongLabel(string label, IReadOnlyList<CredentialRow> keys, CredentialRow? own) =>
        label.Length > MaxLabelLength || label.Any(char.IsControl)
            ? new(RefusalKind.Invalid, $"'label' must be at most {MaxLabelLength} characters on one line.", "label")
            : keys.Any(key => key != own && string.Equals(key.Label, label, StringComparison.OrdinalIgnoreCase)) ? Taken(label) : null;

    private static Refusal? WrongWeight(int weight) =>
        weight is < 0 or > MaxWeight
            ? new(RefusalKind.Invalid, $"'weight' must be 0 to {MaxWeight}; 0 keeps the key as a reserve.", "weight")
            : null;

    private static string NextLabel(IReadOnlyList<CredentialRow> keys)
    {
        for (var number = keys.Count + 1; ; number++)
        {
            var label = $"Key {number}";
            if (keys.All(key => key.Label != label))
            {
                return label;
            }
        }
    }

    private static Refusal Taken(string label) => new(RefusalKind.Conflict, $"The provider has a key called '{label}' already.", "label");

    private static IQueryable<CredentialRow> KeysOf(HiWayDb db, Actor actor, string provider) =>
        db.Credentials.Where(row => row.WorkspaceId == actor.WorkspaceId && row.Provider == provider).OrderBy(row => row.Id);

    private static Refusal NotConfigured(string provider) => new(RefusalKind.NotFound, $"The provider '{provider}' is not configured in this workspace; PUT its api_key first.");

    private static Refusal NoSuchKey(string provider, string id) => new(RefusalKind.NotFound, $"The provider '{provider}' has no key '{id}' in this workspace.");
}
