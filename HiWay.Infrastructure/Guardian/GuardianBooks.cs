using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Snapshots;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace HiWay.Infrastructure.Guardian;

/// <summary>
/// Reads from the books what the keys in use have cost, behind the calls: within 24 hours, which is what a spike is measured by, and within the
/// rule's window, which is how a node hears what others have let through and what an earlier process did. While the database is away
/// each node goes on with what it read last.
/// </summary>
internal sealed partial class GuardianBooks(
    KeyWatches watches, ISnapshots snapshots, BudgetHealth nodes, NpgsqlDataSource database, TimeProvider clock, ILogger<GuardianBooks> log) : BackgroundService
{
    private const int MostAtOnce = 500;
    private const long AloneMs = 60_000;
    private const long InCompanyMs = 5_000;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);
    private bool _away;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            for (var tick = 0; ; tick++)
            {
                await Task.Delay(s_tick, stoppingToken);
                await ReadAsync(stoppingToken);
                if (tick % 1_000 == 0)
                {
                    watches.Forget();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing is held here that would have to be kept.
        }
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        var due = Due();
        if (due.Count == 0)
        {
            return;
        }

        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(TimeSpan.FromSeconds(5));
            await ReadAsync(due, limit.Token);
            _away = false;
        }
        catch (Exception away) when (!stop.IsCancellationRequested && (away is OperationCanceledException || DatabaseFault.IsPassing(away)))
        {
            if (!_away)
            {
                LogAway(log, away.GetBaseException().Message);
            }

            _away = true;
        }
    }

    private List<(KeyWatch Watch, GuardianSettings Settings)> Due()
    {
        var (now, every) = (watches.NowMs, nodes.HasCompany ? InCompanyMs : AloneMs);
        var due = new List<(KeyWatch, GuardianSettings)>();
        foreach (var watch in watches.All)
        {
            if ((watch.KnownMs is not { } known || (now - known >= every && watch.SeenMs >= known))
                && snapshots.Workspace(watch.WorkspaceId)?.Guardian is { CostSpike.On: true } settings)
            {
                due.Add((watch, settings));
                if (due.Count == MostAtOnce)
                {
                    break;
                }
            }
        }

        return due;
    }

    private async Task ReadAsync(List<(KeyWatch Watch, GuardianSettings Settings)> due, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT asked.position,
                (SELECT coalesce(sum(cost_usd), 0) FROM usage_rollups r
                    WHERE r.workspace_id = asked.workspace_id AND r.key_id = asked.key_id AND r.granularity = 'hour' AND r.start > $4),
                (SELECT coalesce(sum(cost_usd), 0) FROM usage_rollups r
                    WHERE r.workspace_id = asked.workspace_id AND r.key_id = asked.key_id AND r.granularity = 'minute' AND r.start >= asked.since)
            FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS asked(workspace_id, key_id, since, position)
            """;
        var now = clock.GetUtcNow().UtcDateTime;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = due.Select(one => one.Watch.WorkspaceId).ToArray() });
        command.Parameters.Add(new() { Value = due.Select(one => one.Watch.KeyId ?? "").ToArray() });
        command.Parameters.Add(new() { Value = due.Select(one => now.AddSeconds(-one.Settings.CostSpike.WindowSeconds)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = now.AddDays(-1) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (watch, settings) = due[(int)reader.GetInt64(0) - 1];
            watch.Know(reader.GetDecimal(1), reader.GetDecimal(2), settings, watches.NowMs);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "What keys have cost cannot be read ({Problem}). Cost spikes are judged by what this node read last; keys that are new to it are not judged.")]
    private static partial void LogAway(ILogger log, string problem);
}
