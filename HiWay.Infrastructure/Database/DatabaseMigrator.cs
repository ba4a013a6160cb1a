using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HiWay.Infrastructure.Database;

/// <summary>
/// Brings the database to this version before anything else of the application starts. Several nodes may start at once: a lock in the
/// database lets one of them work while the others wait. Waits for a database that is not there yet; refuses to run on one that is newer.
/// </summary>
internal sealed partial class DatabaseMigrator(
    NpgsqlDataSource database, IDbContextFactory<HiWayDb> contexts, DatabaseState state, DatabaseOptions options, ILogger<DatabaseMigrator> log) : IHostedLifecycleService
{
    /// <summary>"HiWay" in ASCII; names the lock among others that applications take in this database.</summary>
    private const long LockKey = 0x4869576179;

    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(30);

    // In "starting" and not in "start": all services' "starting" come before the first one's "start", whatever the order of registration.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await MigrateAsync(cancellationToken);
                state.MarkMigrated();
                return;
            }
            catch (Exception e) when (DatabaseFault.IsAway(e) && waited.Elapsed < options.StartTimeout)
            {
                LogWaiting(log, e.GetBaseException().Message);
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        if (await CountPendingAsync(cancellationToken) == 0)
        {
            return;
        }

        // Entity Framework's own lock is let go between two migrations, where another node would slip in; this one is held to the end.
        await using var session = await database.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(session, $"SELECT pg_advisory_lock({LockKey})", cancellationToken);
        try
        {
            var pending = await CountPendingAsync(cancellationToken);
            if (pending > 0)
            {
                var took = Stopwatch.StartNew();
                await using var db = await contexts.CreateDbContextAsync(cancellationToken);
                db.Database.SetCommandTimeout(LongEnough);   // an index over many rows takes its time
                await db.Database.MigrateAsync(cancellationToken);
                LogMigrated(log, pending, took.ElapsedMilliseconds);
            }
        }
        finally
        {
            await ExecuteAsync(session, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }

    /// <summary>How many migrations of ours the database does not have yet.</summary>
    /// <exception cref="InvalidOperationException">It has some that we do not know.</exception>
    private async Task<int> CountPendingAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var ours = db.Database.GetMigrations().ToHashSet();
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        var unknown = applied.Where(name => !ours.Contains(name)).ToList();
        return unknown.Count == 0
            ? ours.Count - applied.Count
            : throw new InvalidOperationException(
                $"The database was migrated by a newer HiWay ({string.Join(", ", unknown)}). Start that version, or restore a backup made before it.");
    }

    private static async Task ExecuteAsync(NpgsqlConnection session, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, session) { CommandTimeout = (int)LongEnough.TotalSeconds };   // others may be migrating
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "The database does not answer yet ({Problem}); trying again in a second.")]
    private static partial void LogWaiting(ILogger log, string problem);

    [LoggerMessage(LogLevel.Information, "Applied {Count} database migrations in {ElapsedMs} ms.")]
    private static partial void LogMigrated(ILogger log, int count, long elapsedMs);
}
