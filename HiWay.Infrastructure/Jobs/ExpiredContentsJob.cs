using HiWay.Infrastructure.Contents;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

/// <summary>Deletes kept prompts and answers that are past their time, and those of workspaces that keep none any more.</summary>
[DisallowConcurrentExecution]
internal sealed class ExpiredContentsJob(ICallContents contents) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await contents.PurgeAsync(cancellationToken);
}
