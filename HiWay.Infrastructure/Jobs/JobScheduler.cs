using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

/// <summary>
/// Begins the scheduler once HiWay answers, as no call needs it and making it takes a sixth of a start. Ends it with its host: in good order
/// when the host is stopped, and also when it is only disposed of, as it would go on working in the background.
/// </summary>
/// <remarks>In place of Quartz's own service, which a start waits for.</remarks>
internal sealed partial class JobScheduler(
    ISchedulerFactory schedulers, NpgsqlDataSource database, IHostApplicationLifetime lifetime, ILogger<JobScheduler> log) : BackgroundService, IAsyncDisposable
{
    /// <summary>
    /// For jobs that run; each is done over at its next time. Without it a stop waits for as long as the database is away, since the
    /// scheduler tries to give back the triggers that it holds until it succeeds.
    /// </summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan s_betweenTries = TimeSpan.FromSeconds(1);

    private IScheduler? _scheduler;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (await RunningAsync() is { } scheduler)
        {
            await scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None).AsTask()
                .WaitAsync(s_patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <remarks>Does nothing to one that was shut down in good order, or that never began: half begun, it cannot be shut down.</remarks>
    public async ValueTask DisposeAsync()
    {
        base.Dispose();
        if (await RunningAsync() is { } scheduler)
        {
            await scheduler.DisposeAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var begin = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        // The factory makes one scheduler: where it fails to, it has none from then on.
        await UntilDatabaseAnswersAsync(stoppingToken);
        _scheduler = await schedulers.GetScheduler(stoppingToken);
        await _scheduler.Start(stoppingToken);
    }

    private async Task UntilDatabaseAnswersAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancellationToken);
                return;
            }
            catch (Exception away) when (DatabaseFault.IsAway(away))
            {
                LogLater(log, away.Message);
            }

            await Task.Delay(s_betweenTries, cancellationToken);
        }
    }

    private async Task<IScheduler?> RunningAsync() =>
        _scheduler is { } scheduler && await scheduler.GetStatus() is SchedulerStatus.Running or SchedulerStatus.Standby ? scheduler : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "What happens by the clock begins when PostgreSQL answers again: {Reason}")]
    private static partial void LogLater(ILogger log, string reason);
}
