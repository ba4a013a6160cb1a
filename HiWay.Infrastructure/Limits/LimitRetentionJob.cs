using Microsoft.Extensions.Logging;
using Quartz;

namespace HiWay.Infrastructure.Limits;

/// <summary>Deletes counts of minutes and days that no limit looks at any more.</summary>
[DisallowConcurrentExecution]
internal sealed partial class LimitRetentionJob(RateShares shares, TimeProvider clock, ILogger<LimitRetentionJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (await shares.PruneAsync(clock.GetUtcNow(), cancellationToken) is var gone and > 0)
        {
            LogPruned(log, gone);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} counts of limits were over and are gone.")]
    private static partial void LogPruned(ILogger log, long count);
}
