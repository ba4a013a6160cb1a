using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace HiWay.Infrastructure.Metering;

/// <summary>
/// Partitions by UTC day of the tables that grow with traffic. The job makes them ahead; the drain makes those that an
/// event needs and that are not there (an old journal, a clock that is off).
/// </summary>
internal sealed class Partitions(NpgsqlDataSource database)
{
    public const string Requests = "requests";
    public const string MinuteRollups = "usage_rollups_minute";
    public const string MinuteAttribution = "usage_attribution_minute";

    /// <summary>Serialises makers on all nodes; any number that nothing else locks.</summary>
    private const long MakersLock = 0x4869_5761_7970_6172;

    private static readonly string[] s_tables = [Requests, MinuteRollups, MinuteAttribution];

    /// <summary>What the log of requests is searched by: the columns for which PostgreSQL needs to know how often a value occurs.</summary>
    private static readonly string[] s_searched =
        ["id", "created_at", "workspace_id", "key_id", "end_user", "model", "provider", "tier", "status", "error_code", "tags"];

    private readonly ConcurrentDictionary<DateOnly, bool> _known = [];

    /// <summary>Makes the partitions of these days, but for those that this process has seen.</summary>
    public async Task EnsureUnseenAsync(IReadOnlyCollection<DateOnly> days, CancellationToken cancellationToken)
    {
        var unseen = days.Where(day => !_known.ContainsKey(day)).ToList();
        if (unseen.Count > 0)
        {
            await EnsureAsync(unseen, cancellationToken);
        }
    }

    public async Task EnsureAsync(IReadOnlyCollection<DateOnly> days, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var day in days)
        {
            foreach (var table in s_tables)
            {
                await EnsureAsync(connection, table, day, cancellationToken);
            }

            _known[day] = true;
        }
    }

    /// <summary>Another node may have dropped a partition; look again before the next write.</summary>
    public void Forget() => _known.Clear();

    /// <summary>Drops a table's partitions of days before <paramref name="keepFrom"/>. Returns their names.</summary>
    /// <remarks>Detached concurrently first, so that neither the drain nor a long export has to wait.</remarks>
    public async Task<IReadOnlyList<string>> DropBeforeAsync(string table, DateOnly keepFrom, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var dropped = new List<string>();
        foreach (var partition in await NamesAsync(connection, table, cancellationToken))
        {
            if (DayOf(table, partition) is not { } day || day >= keepFrom)
            {
                continue;
            }

            await ExecuteAsync(connection, $"ALTER TABLE {table} DETACH PARTITION {partition} CONCURRENTLY", cancellationToken);
            await ExecuteAsync(connection, $"DROP TABLE {partition}", cancellationToken);
            _known.TryRemove(day, out _);
            dropped.Add(partition);
        }

        return dropped;
    }

    private static string NameOf(string table, DateOnly day) => table + day.ToString("_yyyyMMdd", CultureInfo.InvariantCulture);

    private static DateOnly? DayOf(string table, string partition) =>
        partition.StartsWith(table + "_", StringComparison.Ordinal)
        && DateOnly.TryParseExact(partition[(table.Length + 1)..], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static async Task EnsureAsync(NpgsqlConnection connection, string table, DateOnly day, CancellationToken cancellationToken)
    {
        var name = NameOf(table, day);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({MakersLock.ToString(CultureInfo.InvariantCulture)})", cancellationToken);
        await using (var find = new NpgsqlCommand("SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass($1)", connection) { Parameters = { new() { Value = name } } })
        {
            if (await find.ExecuteScalarAsync(cancellationToken) is not null)
            {
                return;
            }
        }

        // A table left by a retention run that was stopped between its two steps is out of the way first.
        // Made apart and attached: CREATE … PARTITION OF would lock out every reader and writer of the whole table.
        var (from, to) = (Instant(day), Instant(day.AddDays(1)));
        await ExecuteAsync(connection, $"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} (LIKE {table} INCLUDING ALL)", cancellationToken);
        if (table == Requests)
        {
            await SpareAsync(connection, name, cancellationToken);
        }

        await ExecuteAsync(connection, $"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{from}') TO ('{to}')", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// Leaves out what PostgreSQL would do for nothing while calls want the machine: counting the values of columns that nobody searches by,
    /// again and again as the day grows.
    /// </summary>
    private static async Task SpareAsync(NpgsqlConnection connection, string partition, CancellationToken cancellationToken)
    {
        var searched = string.Join(", ", s_searched.Select(column => $"'{column}'"));
        await ExecuteAsync(connection, $"""
            DO $$ DECLARE unsearched name; BEGIN
                FOR unsearched IN SELECT attname FROM pg_attribute WHERE attrelid = '{partition}'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ({searched}) LOOP
                    EXECUTE format('ALTER TABLE {partition} ALTER COLUMN %I SET STATISTICS 0', unsearched);
                END LOOP;
            END $$
            """, cancellationToken);
    }

    private static string Instant(DateOnly day) => day.ToString("yyyy-MM-dd' 00:00:00+00'", CultureInfo.InvariantCulture);

    private static async Task<List<string>> NamesAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        const string sql = "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1) ORDER BY 1";
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = table } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    // Names are made here from constants and dates; nothing from outside is part of these statements.
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
