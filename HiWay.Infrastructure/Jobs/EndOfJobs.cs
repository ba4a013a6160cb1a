using Microsoft.Extensions.Hosting;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

/// <summary>Ends the scheduler with a host that is disposed of without having been stopped; it would go on working in the background.</summary>
internal sealed class EndOfJobs(ISchedulerFactory schedulers) : IHostedService, IAsyncDisposable
{
    private IScheduler? _scheduler;

    public async Task StartAsync(CancellationToken cancellationToken) => _scheduler = await schedulers.GetScheduler(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <remarks>Does nothing to one that was shut down in good order, or that never began: half begun, it cannot be shut down.</remarks>
    public async ValueTask DisposeAsync()
    {
        if (_scheduler is { } scheduler && await scheduler.GetStatus() is SchedulerStatus.Running or SchedulerStatus.Standby)
        {
            await scheduler.DisposeAsync();
        }
    }
}
