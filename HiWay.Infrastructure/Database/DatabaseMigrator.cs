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
    IDbContextFactory<HiWayDb> contexts, DatabaseState state, DatabaseOptions options, ILogger<DatabaseMigrator> log) : IHostedLifecycleService
{
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
            catch (Exception e) when (IsOutage(e) && waited.Elapsed < options.StartTimeout)
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
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var ours = db.Database.GetMigrations().ToHashSet();
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        var unknown = applied.Where(name => !ours.Contains(name)).ToList();
        if (unknown.Count > 0)
        {
            throw new InvalidOperationException(
                $"The database was migrated by a newer HiWay ({string.Join(", ", unknown)}). Start that version, or restore a backup made before it.");
        }

        var pending = ours.Count - applied.Count;
        if (pending > 0)
        {
            var took = Stopwatch.StartNew();
            db.Database.SetCommandTimeout(TimeSpan.FromMinutes(30));   // an index over many rows, or the wait for the node that builds it
            await db.Database.MigrateAsync(cancellationToken);
            LogMigrated(log, pending, took.ElapsedMilliseconds);
        }
    }

    /// <summary>Not there, starting, shutting down or out of connections; anything else would not get better by waiting.</summary>
    private static bool IsOutage(Exception e) =>
        e is TimeoutException
        || e.InnerException is { } inner && IsOutage(inner)
        || e is PostgresException { SqlState: "57P03" or "57P01" or "57P02" or "53300" }
        || e is NpgsqlException and not PostgresException;

    [LoggerMessage(LogLevel.Warning, "The database does not answer yet ({Problem}); trying again in a second.")]
    private static partial void LogWaiting(ILogger log, string problem);

    [LoggerMessage(LogLevel.Information, "Applied {Count} database migrations in {ElapsedMs} ms.")]
    private static partial void LogMigrated(ILogger log, int count, long elapsedMs);
}
