using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>A row of the catalogue as the operator sees it.</summary>
/// <param name="Entry">With the overrides applied.</param>
/// <param name="Shipped">Without them: as the data file has it, or as the operator added it.</param>
/// <param name="Overrides">What the operator changed; null when nothing.</param>
/// <param name="Own">Added by the operator; no data file brings or changes it.</param>
public sealed record OperatorModelView(ModelEntry Entry, ModelEntry Shipped, ModelOverride? Overrides, bool Own, DateTimeOffset UpdatedAt);

/// <summary>
/// What the operator does to the catalogue: change what the data file says of a model, or add one that it lacks. Callers have made
/// sure that the actor is the operator. Every node knows the change within half a second, this one when the call returns.
/// </summary>
internal sealed class OperatorModels(IDbContextFactory<HiWayDb> contexts, CatalogueStore store, SnapshotStore snapshots, IAuditLog audit, TimeProvider clock)
{
    public async Task<Outcome<IReadOnlyList<OperatorModelView>>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.CatalogueModels.AsNoTracking().ToListAsync(cancellationToken);
        return (OperatorModelView[])[.. rows.OrderBy(row => row.Id, StringComparer.Ordinal).Select(View)];
    }

    /// <param name="change">From the overrides so far to those wanted; fields set to null go back to the data file's.</param>
    public async Task<Outcome<OperatorModelView>> OverrideAsync(Actor actor, string id, Func<ModelOverride, ModelOverride> change, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.CatalogueModels.SingleOrDefaultAsync(row => row.Id == id, cancellationToken) is not { } row)
        {
            return new Refusal(RefusalKind.NotFound, $"There is no model '{id}' in the catalogue; PUT adds one.");
        }

        var wanted = change(CatalogueStore.Overrides(row) ?? new ModelOverride());
        if (OperatorModelRules.Check(wanted) is { } refusal)
        {
            return refusal;
        }

        var before = row.Override;
        row.Override = wanted == new ModelOverride() ? null : JsonSerializer.Serialize(wanted, CatalogueJson.Options);
        return await SaveAsync(db, actor, row, "catalogue.overridden", before, row.Override, cancellationToken);
    }

    /// <summary>Adds a model or replaces one that the operator added before, with what was overridden of it.</summary>
    public async Task<Outcome<OperatorModelView>> PutAsync(Actor actor, AddedModel asked, CancellationToken cancellationToken)
    {
        var read = asked.ToEntry();
        if (read.Refusal is { } unread)
        {
            return unread;
        }

        var entry = read.Value;
        if (OperatorModelRules.Check(entry) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.CatalogueModels.SingleOrDefaultAsync(other => other.Id == entry.Id, cancellationToken);
        if (row is { ImportedFrom: not null })
        {
            return new Refusal(RefusalKind.Conflict, $"'{entry.Id}' comes with HiWay's catalogue. PATCH it to change single fields; they then stay over updates.");
        }

        var before = row?.Entry;
        if (row is null)
        {
            db.CatalogueModels.Add(row = new CatalogueModelRow { Id = entry.Id, Entry = "{}" });
        }

        row.Entry = JsonSerializer.Serialize(entry, CatalogueJson.Options);
        row.Override = TierNames.Parse(asked.Tier) is { } tier ? JsonSerializer.Serialize(new ModelOverride { Tier = tier }, CatalogueJson.Options) : null;
        return await SaveAsync(db, actor, row, "catalogue.added", before, row.Entry, cancellationToken);
    }

    private async Task<Outcome<OperatorModelView>> SaveAsync(
        HiWayDb db, Actor actor, CatalogueModelRow row, string action, string? before, string? after, CancellationToken cancellationToken)
    {
        row.UpdatedAt = clock.GetUtcNow();
        var view = View(row);
        audit.Record(db, actor, action, row.Id, view.Entry.Name, new Dictionary<string, string?> { ["model"] = before }, new Dictionary<string, string?> { ["model"] = after });
        await db.SaveChangesAsync(cancellationToken);
        await snapshots.LoadCatalogueAsync(CancellationToken.None);
        return view;
    }

    private OperatorModelView View(CatalogueModelRow row)
    {
        var overrides = CatalogueStore.Overrides(row);
        var entry = store.Entry(row, overrides);
        return new(entry, overrides is null ? entry : store.Entry(row, overrides: null), overrides, row.ImportedFrom is null, row.UpdatedAt);
    }
}
