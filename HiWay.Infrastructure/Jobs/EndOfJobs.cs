using Microsoft.Extensions.Hosting;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

/// <summary>
/// Ends the scheduler with its host: in good order when the host is stopped, and also when it is only disposed of, as it would go on working
/// in the background.
/// </summary>
internal sealed class EndOfJobs(ISchedulerFactory schedulers) : IHostedService, IAsyncDisposable
{
    /// <summary>
    /// For jobs that run; each is done over at its next time. Without it the scheduler's own service waits for as long as the database is
    /// away, since the scheduler tries to give back the triggers that it holds until it succeeds.
    /// </summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    private IScheduler? _scheduler;

    public async Task StartAsync(CancellationToken cancellationToken) => _scheduler = await schedulers.GetScheduler(cancellationToken);

    /// <remarks>Before the scheduler's own service, which then finds it ending.</remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is { } scheduler && await scheduler.GetStatus(cancellationToken) is SchedulerStatus.Running or SchedulerStatus.Standby)
        {
            await scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None).AsTask()
                .WaitAsync(s_patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <remarks>Does nothing to one that was shut down in good order, or that never began: half begun, it cannot be shut down.</remarks>
    public async ValueTask DisposeAsync()
    {
        if (_scheduler is { } scheduler && await scheduler.GetStatus() is SchedulerStatus.Running or SchedulerStatus.Standby)
        {
            await scheduler.DisposeAsync();
        }
    }
}
