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

/// <inheritdoc cref="ICredentials"/>
internal sealed class WorkspaceCredentials(
    IDbContextFactory<HiWayDb> contexts, CredentialVault vault, IAuditLog audit, SnapshotStore snapshots, EgressOptions egress, ProviderTests tests, TimeProvider clock)
    : ICredentials
{
    public async Task<Outcome<IReadOnlyList<ProviderView>>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Credentials.AsNoTracking().Where(row => row.WorkspaceId == actor.WorkspaceId).ToListAsync(cancellationToken);
        var catalogue = snapshots.CurrentCatalogue;
        var configured = rows.OrderBy(row => row.Id, StringComparer.Ordinal).GroupBy(row => row.Provider)
            .Select(keys => ProviderViews.View([.. keys], catalogue)).OrderBy(view => view.Name, StringComparer.OrdinalIgnoreCase);
        var others = ProviderCatalogue.All.Where(provider => rows.All(row => row.Provider != provider.Slug))
            .Select(provider => ProviderViews.NotConfigured(provider, catalogue)).OrderBy(view => view.Name, StringComparer.OrdinalIgnoreCase);
        return (ProviderView[])[.. configured, .. others];
    }

    public async Task<Outcome<ProviderView>> GetAsync(Actor actor, string provider, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, actor, provider, cancellationToken) is [_, ..] keys ? ProviderViews.View(keys, snapshots.CurrentCatalogue)
            : ProviderCatalogue.Find(provider) is { } known ? ProviderViews.NotConfigured(known, snapshots.CurrentCatalogue)
            : NotFound(provider);
    }

    public async Task<Outcome<ProviderView>> PutAsync(Actor actor, string provider, CredentialDraft draft, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        var definition = CredentialRules.Provider(provider, draft.Kind);
        if (definition.Refusal is { } unknown)
        {
            return unknown;
        }

        var key = CredentialRules.ApiKey(draft.ApiKey, draft.AccessKey, definition.Value);
        var baseUrl = CredentialRules.BaseUrl(draft.BaseUrl, definition.Value, egress);
        var models = CredentialRules.Models(draft.Models, definition.Value);
        var settings = CredentialRules.Settings(draft.Settings, definition.Value, baseUrl.Refusal is null ? baseUrl.Value : null);
        if ((key.Refusal ?? baseUrl.Refusal ?? models.Refusal ?? settings.Refusal) is { } wrong)
        {
            return wrong;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var keys = await FindAsync(db, actor, provider, cancellationToken);
        var row = keys.FirstOrDefault();
        var before = row is null ? null : ProviderViews.Facts(row);
        if (row is null)
        {
            row = new CredentialRow
            {
                Id = Ulid.New("cred", now), WorkspaceId = actor.WorkspaceId, Provider = provider, Ciphertext = [], Nonce = [], AuthTag = [], CreatedAt = now,
            };
            db.Credentials.Add(row);
            keys.Add(row);
        }

        row.Kind = definition.Value.Custom ? draft.Kind : null;
        row.BaseUrl = baseUrl.Value?.AbsoluteUri;
        row.Models = models.Value;
        row.Settings = settings.Value.Write();
        row.Enabled = draft.Enabled;
        CredentialRows.SetKey(row, key.Value, vault, now);
        return await SaveAsync(db, actor, keys, before, cancellationToken);
    }

    public async Task<Outcome<ProviderView>> PatchAsync(Actor actor, string provider, CredentialPatch patch, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var keys = await FindAsync(db, actor, provider, cancellationToken);
        if (keys is not [var row, ..])
        {
            return NotConfigured(provider);
        }

        var definition = CredentialRules.Provider(provider, row.Kind);
        if (definition.Refusal is { } unknown)
        {
            return unknown;
        }

        var key = patch.ApiKey is null && patch.AccessKey is not { IsEmpty: false }
            ? null
            : (Outcome<string>?)CredentialRules.ApiKey(patch.ApiKey, patch.AccessKey, definition.Value);
        var baseUrl = patch.BaseUrl is null ? null : (Outcome<Uri?>?)CredentialRules.BaseUrl(patch.BaseUrl, definition.Value, egress);
        var models = patch.Models is null ? null : (Outcome<List<string>?>?)CredentialRules.Models(patch.Models, definition.Value);
        if ((key?.Refusal ?? baseUrl?.Refusal ?? models?.Refusal) is { } wrong)
        {
            return wrong;
        }

        var url = baseUrl is { } target ? target.Value : row.BaseUrl is { } present ? new Uri(present) : null;
        var settings = patch.Settings is null && baseUrl is null ? null
            : (Outcome<ProviderSettings>?)CredentialRules.Settings(patch.Settings ?? ProviderSettings.Read(row.Settings), definition.Value, url);
        if (settings?.Refusal is { } wrongSetting)
        {
            return wrongSetting;
        }

        // A key is entrusted to one address. Pointing the row elsewhere would send it to whoever waits there.
        var written = settings is { } told ? told.Value.Write() : row.Settings;
        var moved = url?.AbsoluteUri != row.BaseUrl
            || ProviderCatalogue.Resolve(row.Provider, row.Kind, row.BaseUrl, ProviderSettings.Read(written))?.BaseUrl.Host != ProviderCatalogue.Resolve(row)?.BaseUrl.Host;
        if (moved && key is null && row.Last4 is not null)
        {
            return new Refusal(RefusalKind.Invalid, "A new address needs the key again: the saved one was entrusted to the old address.", "api_key");
        }

        var before = ProviderViews.Facts(row);
        row.Enabled = patch.Enabled ?? row.Enabled;
        row.BaseUrl = url?.AbsoluteUri;
        row.Settings = written;
        row.Models = models is { } list ? list.Value : row.Models;
        if (key is { } fresh)
        {
            CredentialRows.SetKey(row, fresh.Value, vault, clock.GetUtcNow());
        }

        return await SaveAsync(db, actor, keys, before, cancellationToken);
    }

    public async Task<Outcome<bool>> DeleteAsync(Actor actor, string provider, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var keys = await FindAsync(db, actor, provider, cancellationToken);
        if (keys.Count == 0)
        {
            return NotConfigured(provider);
        }

        foreach (var row in keys)
        {
            db.Credentials.Remove(row);
            audit.Record(db, actor, "provider.deleted", row.Id, row.Provider, ProviderViews.Facts(row));
        }

        await db.SaveChangesAsync(cancellationToken);
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        return true;
    }

    public async Task<Outcome<ProviderTestResult>> TestAsync(Actor actor, string provider, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, actor, provider, cancellationToken) is not [var row, ..])
        {
            return NotConfigured(provider);
        }

        return await tests.RunAsync(db, actor, row);
    }

    /// <param name="keys">All of the provider; what was set on the first goes to the others where it belongs to the provider.</param>
    private async Task<Outcome<ProviderView>> SaveAsync(
        HiWayDb db, Actor actor, List<CredentialRow> keys, IReadOnlyDictionary<string, string?>? before, CancellationToken cancellationToken)
    {
        var row = keys[0];
        foreach (var other in keys.Skip(1))
        {
            // Each key was entrusted to an address of its own; settings that are shared must not carry the others elsewhere.
            var entrusted = AddressOf(other);
            CredentialRows.Share(row, other);
            if (other.Last4 is not null && AddressOf(other) != entrusted)
            {
                return new Refusal(RefusalKind.Invalid,
                    "These settings lead to another address, and the provider's further keys were entrusted to the old one. Remove those keys first, and add them again afterwards.", "settings");
            }
        }

        var after = ProviderViews.Facts(row);
        if (before is null)
        {
            audit.Record(db, actor, "provider.configured", row.Id, row.Provider, null, after);
        }
        else if (AuditChanges.Between(before, after) is { New.Count: > 0 } changes)
        {
            audit.Record(db, actor, "provider.updated", row.Id, row.Provider, changes.Old, changes.New);
        }

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.UniqueViolation })
        {
            return new Refusal(RefusalKind.Conflict, $"The provider '{row.Provider}' was configured by somebody else at the same time. Look at it and try again.");
        }

        // The caller's own next call must see the change, even if the caller hangs up now.
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        return ProviderViews.View(keys, snapshots.CurrentCatalogue);
    }

    private static string? AddressOf(CredentialRow row) => ProviderCatalogue.Resolve(row)?.BaseUrl.GetLeftPart(UriPartial.Authority);

    /// <summary>The provider's keys, oldest first; none when it is not configured.</summary>
    private static Task<List<CredentialRow>> FindAsync(HiWayDb db, Actor actor, string provider, CancellationToken cancellationToken) =>
        db.Credentials.Where(row => row.WorkspaceId == actor.WorkspaceId && row.Provider == provider).OrderBy(row => row.Id).ToListAsync(cancellationToken);

    private static Refusal NotFound(string provider) => new(RefusalKind.NotFound, $"There is no provider '{provider}' in this workspace.");

    private static Refusal NotConfigured(string provider) => new(RefusalKind.NotFound, $"The provider '{provider}' is not configured in this workspace; PUT its api_key first.");
}
