using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Quartz;

namespace HiWay.Infrastructure.Shield;

/// <summary>Purges security events that are older than their workspace's retention, by the one function that the table's trigger lets through.</summary>
[DisallowConcurrentExecution]
internal sealed partial class SecurityRetentionJob(IDbContextFactory<HiWayDb> contexts, ILogger<SecurityRetentionJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await PurgeAsync(cancellationToken);

    /// <returns>How many events went.</returns>
    internal async Task<long> PurgeAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var purged = await db.Database
            .SqlQuery<long>($"SELECT purge_security_events() AS \"Value\"")
            .SingleAsync(cancellationToken);
        if (purged > 0)
        {
            LogPurged(log, purged);
        }

        return purged;
    }

    [LoggerMessage(LogLevel.Information, "{Count} security events were older than their retention and are gone.")]
    private static partial void LogPurged(ILogger log, long count);
}
