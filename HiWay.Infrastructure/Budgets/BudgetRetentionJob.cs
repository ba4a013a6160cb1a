using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Quartz;

namespace HiWay.Infrastructure.Budgets;

/// <summary>Deletes what caps no longer need: windows that ended long ago, reached thresholds of old periods, nodes that are gone for good.</summary>
[DisallowConcurrentExecution]
internal sealed partial class BudgetRetentionJob(SpendShares shares, IOptions<BudgetOptions> options, TimeProvider clock, ILogger<BudgetRetentionJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow();
        var (windows, nodes) = await shares.PruneAsync(now.AddDays(-options.Value.WindowRetentionDays), cancellationToken);
        var events = await shares.PruneEventsAsync(now.AddDays(-options.Value.EventRetentionDays), cancellationToken);
        if (windows + nodes + events > 0)
        {
            LogPruned(log, windows, nodes, events);
        }
    }

    [LoggerMessage(LogLevel.Information, "Older than the retention and gone: {Windows} windows of caps, {Nodes} nodes, {Events} reached thresholds.")]
    private static partial void LogPruned(ILogger log, long windows, long nodes, long events);
}
