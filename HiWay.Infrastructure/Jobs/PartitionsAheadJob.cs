using HiWay.Infrastructure.Metering;
using Microsoft.Extensions.Options;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

/// <summary>Makes the partitions of the coming days, so that the drain never has to stop for one at midnight.</summary>
[DisallowConcurrentExecution]
internal sealed class PartitionsAheadJob(Partitions partitions, IOptions<MeteringOptions> options, TimeProvider clock) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        await partitions.EnsureAsync([.. Enumerable.Range(0, options.Value.PartitionDaysAhead + 1).Select(today.AddDays)], cancellationToken);
    }
}
