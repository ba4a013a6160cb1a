using Npgsql;

namespace HiWay.Infrastructure.Database;

/// <summary>Deletes old rows a few thousand at a time, so that no other statement waits long for one of them.</summary>
internal static class Pruning
{
    private const int RowsAtOnce = 10_000;

    /// <param name="table">A table of ours, never a caller's text.</param>
    /// <param name="condition">On its columns; <c>$1</c> is <paramref name="before"/>.</param>
    /// <returns>How many rows went.</returns>
    public static async Task<long> DeleteAsync(NpgsqlDataSource database, string table, string condition, object before, CancellationToken cancellationToken)
    {
        var all = 0L;
        while (true)
        {
            await using var command = database.CreateCommand($"DELETE FROM {table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM {table} WHERE {condition} LIMIT {RowsAtOnce}))");
            command.Parameters.Add(new() { Value = before });
            var gone = await command.ExecuteNonQueryAsync(cancellationToken);
            all += gone;
            if (gone < RowsAtOnce)
            {
                return all;
            }
        }
    }
}
