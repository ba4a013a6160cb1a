using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Quartz;

namespace HiWay.Infrastructure.Guardian;

/// <summary>Deletes Guardian's events and counts that are older than <see cref="GuardianOptions.EventRetentionDays"/>.</summary>
[DisallowConcurrentExecution]
internal sealed partial class GuardianRetentionJob(IDbContextFactory<HiWayDb> contexts, IOptions<GuardianOptions> options, TimeProvider clock, ILogger<GuardianRetentionJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await PurgeAsync(cancellationToken);

    /// <returns>How many events went.</returns>
    internal async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        var keepFrom = clock.GetUtcNow().AddDays(-options.Value.EventRetentionDays);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var purged = await db.GuardianEvents.Where(row => row.LastAt < keepFrom).ExecuteDeleteAsync(cancellationToken);
        await db.GuardianHours.Where(row => row.Hour < keepFrom).ExecuteDeleteAsync(cancellationToken);
        if (purged > 0)
        {
            LogPurged(log, purged);
        }

        return purged;
    }

    [LoggerMessage(LogLevel.Information, "{Count} Guardian events were older than their retention and are gone.")]
    private static partial void LogPurged(ILogger log, int count);
}
