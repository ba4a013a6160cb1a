using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

/// <summary>
/// Begins the scheduler once HiWay answers, as no call needs it and making it takes a sixth of a start. Ends it with its host: in good order
/// when the host is stopped, and also when it is only disposed of, as it would go on working in the background.
/// </summary>
/// <remarks>In place of Quartz's own service, which a start waits for.</remarks>
internal sealed partial class JobScheduler(ISchedulerFactory schedulers, ILogger<JobScheduler> log) : IHostedLifecycleService, IAsyncDisposable
{
    /// <summary>
    /// For jobs that run; each is done over at its next time. Without it a stop waits for as long as the database is away, since the
    /// scheduler tries to give back the triggers that it holds until it succeeds.
    /// </summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    /// <summary>Between two tries to begin; the database may have gone away since HiWay started.</summary>
    private static readonly TimeSpan s_betweenTries = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ending = new();
    private Task _beginning = Task.CompletedTask;
    private IScheduler? _scheduler;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _beginning = Task.Run(BeginAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (await EndBeginningAsync() is { } scheduler)
        {
            await scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None).AsTask()
                .WaitAsync(s_patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <remarks>Does nothing to one that was shut down in good order, or that never began: half begun, it cannot be shut down.</remarks>
    public async ValueTask DisposeAsync()
    {
        if (await EndBeginningAsync() is { } scheduler)
        {
            await scheduler.DisposeAsync();
        }

        _ending.Dispose();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task BeginAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                _scheduler = await schedulers.GetScheduler(_ending.Token);
                await _scheduler.Start(_ending.Token);
                return;
            }
            catch (Exception fault)
            {
                if (!_ending.IsCancellationRequested)
                {
                    LogLater(log, fault);
                }
            }

            await Task.Delay(s_betweenTries, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>What is to be shut down, if there is any.</returns>
    private async Task<IScheduler?> EndBeginningAsync()
    {
        await _ending.CancelAsync();
        await _beginning;
        return _scheduler is { } scheduler && await scheduler.GetStatus() is SchedulerStatus.Running or SchedulerStatus.Standby ? scheduler : null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What happens by the clock has not begun yet; trying again in a second")]
    private static partial void LogLater(ILogger log, Exception fault);
}
