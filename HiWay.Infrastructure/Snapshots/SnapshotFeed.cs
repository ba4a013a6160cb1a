using HiWay.Infrastructure.Catalogue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HiWay.Infrastructure.Snapshots;

/// <summary>
/// Keeps the snapshots up to date: imports the catalogue and reads everything before the application answers, then listens for
/// changes. A notification only ends the wait early; what changed is always read from the marks in the rows, so a lost one costs
/// half a second and never a change. While the database is away the last snapshots stay.
/// </summary>
internal sealed partial class SnapshotFeed(
    NpgsqlDataSource database, SnapshotStore store, CatalogueStore catalogue, TimeProvider clock, ILogger<SnapshotFeed> log) : BackgroundService, IHostedLifecycleService
{
    /// <summary>The longest that a change stays unseen when its notification is lost.</summary>
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromMilliseconds(250);

    // A transaction that was running when the last poll looked may commit later with a smaller number than others already
    // seen. So the rows carry their transaction's id, and a poll looks again at everything from the oldest one still running.
    private string _horizon = "0";
    private DateOnly _day;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var written = await catalogue.ImportAsync(CatalogueFile.Read(), cancellationToken);
        if (written > 0)
        {
            LogImported(log, written);
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        // A restored backup carries the transaction ids of another server; those ahead of this one's would be read anew at every poll.
        await using (var restored = new NpgsqlCommand("UPDATE workspaces SET version = version WHERE changed_xid > pg_current_xact_id()", connection))
        {
            await restored.ExecuteNonQueryAsync(cancellationToken);
        }

        await PollAsync(connection, cancellationToken);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var lost = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stoppingToken);
                await using (var listen = new NpgsqlCommand("LISTEN hiway_changes", connection))
                {
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                }

                while (true)
                {
                    await PollAsync(connection, stoppingToken);
                    if (lost)
                    {
                        lost = false;
                        LogBack(log);
                    }

                    await connection.WaitAsync(s_pollEvery, stoppingToken);
                }
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!lost)
                {
                    lost = true;
                    LogLost(log, e);
                }

                await Task.Delay(s_retryAfter, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PollAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var at = clock.GetUtcNow();
        var today = DateOnly.FromDateTime(at.UtcDateTime);
        var (horizon, mark, changed) = await ReadMarksAsync(connection, cancellationToken);

        // A new day retires models whose shutdown date has come, so everything is built anew then, too.
        if (mark != store.CurrentCatalogue.Mark || today != _day)
        {
            await store.LoadCatalogueAsync(cancellationToken);
            _day = today;
        }
        else if (changed.Where(row => store.Workspace(row.Id)?.Version != row.Version).Select(row => row.Id).ToList() is { Count: > 0 } stale)
        {
            await store.LoadAsync(stale, cancellationToken);
        }

        _horizon = horizon;
        store.MarkFresh(at);
    }

    private async Task<(string Horizon, long CatalogueMark, List<(string Id, long? Version)> Changed)> ReadMarksAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            Timeout = 5,
            BatchCommands =
            {
                // The horizon before the rows: what commits between the two is then seen twice rather than never.
                new("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, (SELECT version FROM change_marks WHERE name = 'catalogue')"),
                new("SELECT id, CASE WHEN deleted_at IS NULL THEN version END FROM workspaces WHERE changed_xid >= $1::text::xid8")
                {
                    Parameters = { new() { Value = _horizon } },
                },
            },
        };
        await using var answer = await batch.ExecuteReaderAsync(cancellationToken);
        await answer.ReadAsync(cancellationToken);
        var horizon = answer.GetString(0);
        var mark = answer.GetInt64(1);
        await answer.NextResultAsync(cancellationToken);
        var changed = new List<(string, long?)>();
        while (await answer.ReadAsync(cancellationToken))
        {
            changed.Add((answer.GetString(0), answer.IsDBNull(1) ? null : answer.GetInt64(1)));
        }

        return (horizon, mark, changed);
    }

    [LoggerMessage(LogLevel.Information, "Wrote {Count} models of the catalogue.")]
    private static partial void LogImported(ILogger log, int count);

    [LoggerMessage(LogLevel.Warning, "Changes in the database cannot be seen at the moment; the last known keys and settings stay in use.")]
    private static partial void LogLost(ILogger log, Exception e);

    [LoggerMessage(LogLevel.Information, "Changes in the database are seen again.")]
    private static partial void LogBack(ILogger log);
}
