using System.Diagnostics;
using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Snapshots;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HiWay.Infrastructure.Guardian;

/// <summary>
/// Tells the other nodes which prompts and steps keys have sent through this one, and hears the same from them, so that a load balancer
/// multiplies nothing. As notifications of PostgreSQL: nothing is stored, and no call waits. A node alone tells nothing; one that cannot reach
/// the database goes on with what it has seen itself.
/// </summary>
internal sealed partial class GuardianExchange(
    KeyWatches watches, ISnapshots snapshots, BudgetHealth nodes, NodeIdentity node, NpgsqlDataSource database, IOptions<BudgetOptions> options, ILogger<GuardianExchange> log)
    : BackgroundService
{
    private const string Channel = "hiway_guardian";

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.Value.ExchangeInterval, stoppingToken);
                Company(nodes.HasCompany);
                if (nodes.HasCompany && !await ExchangeAsync(stoppingToken))
                {
                    await Task.Delay(s_retryAfter, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What has not been told is at most one exchange old.
        }
    }

    /// <summary>Until this node is alone; false when the database went away.</summary>
    private async Task<bool> ExchangeAsync(CancellationToken stop)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(stop);
            connection.Notification += (_, said) => Hear(said.Payload);
            await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
            {
                await listen.ExecuteNonQueryAsync(stop);   // ends when the connection goes back to the pool
            }

            while (nodes.HasCompany)
            {
                Company(true);
                await TellAsync(connection, stop);

                // Each wait ends with what is heard; telling more often for that would set nodes talking to each other without an end.
                for (var began = Stopwatch.GetTimestamp(); options.Value.ExchangeInterval - Stopwatch.GetElapsedTime(began) is var left && left > TimeSpan.FromMilliseconds(1);)
                {
                    await connection.WaitAsync(left, stop);
                }
            }

            return true;
        }
        catch (Exception away) when (!stop.IsCancellationRequested && DatabaseFault.IsPassing(away))
        {
            LogAway(log, away.GetBaseException().Message);
            return false;
        }
    }

    private async Task TellAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        var news = new List<(string, string?, KeyNews)>();
        foreach (var watch in watches.All)
        {
            if (watch.TakeNews() is { } fresh)
            {
                news.Add((watch.WorkspaceId, watch.KeyId, fresh));
            }
        }

        if (news.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand($"SELECT pg_notify('{Channel}', said) FROM unnest($1::text[]) AS said", connection);
        command.Parameters.Add(new() { Value = GuardianWire.Write(node.Id, news, watches.NowMs).ToArray() });
        await command.ExecuteNonQueryAsync(stop);
    }

    private void Hear(string payload)
    {
        try
        {
            foreach (var (workspaceId, keyId, news) in GuardianWire.Read(payload, node.Id, watches.NowMs))
            {
                if (snapshots.Workspace(workspaceId)?.Guardian is { WatchesKeys: true } settings)
                {
                    watches.Of(workspaceId, keyId).Hear(news, settings);
                }
            }
        }
        catch (Exception foreign) when (foreign is IOException or FormatException)
        {
            LogForeign(log, foreign.Message);
        }
    }

    private void Company(bool any)
    {
        if (watches.InCompany != any || any)
        {
            watches.InCompany = any;
            foreach (var watch in watches.All)
            {
                watch.InCompany = any;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "What keys send through other nodes cannot be heard ({Problem}). Repeats and loops are counted by what comes through this one.")]
    private static partial void LogAway(ILogger log, string problem);

    [LoggerMessage(2, LogLevel.Warning, "A notification of Guardian's cannot be read ({Problem}); another version of HiWay may be running.")]
    private static partial void LogForeign(ILogger log, string problem);
}
