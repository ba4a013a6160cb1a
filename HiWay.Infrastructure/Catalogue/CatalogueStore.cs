using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>The catalogue's rows in PostgreSQL: filled from the data file, changed by the operator, read into memory whole.</summary>
internal sealed class CatalogueStore(NpgsqlDataSource database, IDbContextFactory<HiWayDb> contexts, TimeProvider clock)
{
    /// <summary>The setting that names the installation's baseline model, a JSON string.</summary>
    public const string FlagshipSetting = "flagship_model";

    /// <summary>
    /// Brings the rows to the data file's version. The operator's overrides stay, and so do rows that the operator added; rows
    /// that a newer file no longer has stay as retired, so that what was metered under them keeps its price.
    /// </summary>
    /// <returns>How many rows were written; 0 when this version is there already.</returns>
    public async Task<int> ImportAsync(CatalogueData data, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Nodes that start together would write the same rows; the second finds the version there and leaves.
        await using (var one = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtext('hiway catalogue import'))", connection, transaction))
        {
            await one.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (var missing = new NpgsqlCommand("SELECT count(*) FROM catalogue_models WHERE imported_from = $1", connection, transaction))
        {
            missing.Parameters.Add(new() { Value = data.Version });
            if ((long)(await missing.ExecuteScalarAsync(cancellationToken))! == data.Models.Count)
            {
                return 0;
            }
        }

        await using var upsert = new NpgsqlCommand(
            """
            INSERT INTO catalogue_models (id, entry, imported_from, updated_at)
            SELECT id, entry, $3, $4 FROM unnest($1, $2) AS new(id, entry)
            ON CONFLICT (id) DO UPDATE SET entry = excluded.entry, imported_from = excluded.imported_from, updated_at = excluded.updated_at
            """, connection, transaction);
        upsert.Parameters.Add(new() { Value = data.Models.Select(model => model.Id).ToArray() });
        upsert.Parameters.Add(new() { Value = data.Models.Select(model => JsonSerializer.Serialize(model, CatalogueJson.Options)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        upsert.Parameters.Add(new() { Value = data.Version });
        upsert.Parameters.Add(new() { Value = clock.GetUtcNow() });
        var written = await upsert.ExecuteNonQueryAsync(cancellationToken);

        await using var retire = new NpgsqlCommand(
            "UPDATE catalogue_models SET entry = entry || '{\"listed\": false}' WHERE imported_from IS NOT NULL AND imported_from <> $1", connection, transaction);
        retire.Parameters.Add(new() { Value = data.Version });
        await retire.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return written;
    }

    /// <summary>All rows with the operator's overrides and their tiers.</summary>
    public async Task<CatalogueSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        // The mark first: rows read after it are at least as new, so a change in between is seen again by the next poll and not lost.
        await using var markCommand = database.CreateCommand("SELECT version FROM change_marks WHERE name = 'catalogue'");
        var mark = (long)(await markCommand.ExecuteScalarAsync(cancellationToken))!;

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.CatalogueModels.AsNoTracking().ToListAsync(cancellationToken);
        var flagship = await db.InstallationSettings.AsNoTracking().Where(setting => setting.Name == FlagshipSetting).Select(setting => setting.Value).SingleOrDefaultAsync(cancellationToken);
        return new(mark, rows.Select(Entry), flagship is null ? null : JsonSerializer.Deserialize<string>(flagship));
    }

    /// <summary>The row's entry as everybody sees it: the operator's fields over the imported ones, and the tier.</summary>
    public ModelEntry Entry(CatalogueModelRow row) => Entry(row, Overrides(row));

    /// <param name="overrides">Null for the entry as it would be without the operator's fields.</param>
    public ModelEntry Entry(CatalogueModelRow row, ModelOverride? overrides)
    {
        var imported = JsonSerializer.Deserialize<ModelEntry>(row.Entry, CatalogueJson.Options)!;
        var entry = overrides?.ApplyTo(imported) ?? imported;
        return entry with { Tier = overrides?.Tier ?? TierPlacement.TierOf(entry, clock.GetUtcNow()) };
    }

    /// <summary>What the operator changed of the row; null when nothing.</summary>
    public static ModelOverride? Overrides(CatalogueModelRow row) =>
        row.Override is null ? null : JsonSerializer.Deserialize<ModelOverride>(row.Override, CatalogueJson.Options);
}
