using HiWay.Infrastructure.Metering;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

/// <summary>Drops what is older than its retention, a day's partition at a time. The totals by hour and day stay.</summary>
[DisallowConcurrentExecution]
internal sealed class RetentionJob(Partitions partitions, NpgsqlDataSource database, IOptions<MeteringOptions> options, TimeProvider clock, ILogger<RetentionJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        // A day goes when the whole of it is older than the retention.
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        await DropAsync(Partitions.Requests, today.AddDays(-options.Value.RequestRetentionDays), cancellationToken);
        await DropAsync(Partitions.MinuteRollups, today.AddDays(-options.Value.MinuteRetentionDays), cancellationToken);
        await DropAsync(Partitions.MinuteAttribution, today.AddDays(-options.Value.MinuteRetentionDays), cancellationToken);
        await ForgetScoresAsync(today.AddDays(-options.Value.RequestRetentionDays), cancellationToken);
    }

    /// <summary>Scores of requests that are gone; what they added up to stays.</summary>
    private async Task ForgetScoresAsync(DateOnly keepFrom, CancellationToken cancellationToken)
    {
        foreach (var table in (string[])["request_scores", "judge_scores"])
        {
            await using var command = database.CreateCommand($"DELETE FROM {table} WHERE scored_at < $1");
            command.Parameters.Add(new() { Value = keepFrom.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task DropAsync(string table, DateOnly keepFrom, CancellationToken cancellationToken)
    {
        var dropped = await partitions.DropBeforeAsync(table, keepFrom, cancellationToken);
        if (dropped.Count > 0)
        {
            MeteringLog.PartitionsDropped(log, dropped.Count, table, keepFrom);
        }
    }
}
