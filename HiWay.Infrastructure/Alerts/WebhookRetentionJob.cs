using Microsoft.Extensions.Logging;
using Quartz;

namespace HiWay.Infrastructure.Alerts;

/// <summary>Deletes deliveries that are older than the log's retention.</summary>
[DisallowConcurrentExecution]
internal sealed partial class WebhookRetentionJob(WebhookQueue queue, ILogger<WebhookRetentionJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (await queue.PurgeAsync(cancellationToken) is var purged and > 0)
        {
            LogPurged(log, purged);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} deliveries of alerts were older than the retention and are gone.")]
    private static partial void LogPurged(ILogger log, int count);
}
