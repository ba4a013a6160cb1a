using HiWay.Infrastructure.StoredResponses;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

/// <summary>Deletes stored conversations that are past their time; they are not given out in between either.</summary>
[DisallowConcurrentExecution]
internal sealed class ExpiredResponsesJob(IStoredResponses stored) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await stored.PurgeAsync(cancellationToken);
}
