using System.Globalization;
using HiWay.Domain.Accounts;
using HiWay.Domain.Alerts;
using HiWay.Domain.Guardian;
using HiWay.Domain.Guardian.Rules;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Batches;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Guardian;

/// <summary>
/// Behind the calls: suspends keys, writes down what ran into a rule, and tells people, once per rule and hour on all nodes together. While the
/// database is away all of it waits; the key that is to be suspended is out of use on this node meanwhile.
/// </summary>
internal sealed partial class GuardianRecorder(
    IDbContextFactory<HiWayDb> contexts, GuardianEventStore store, IAuditLog audit, ISnapshots snapshots, IAlerts alerts, ILogger<GuardianRecorder> log)
    : BatchedRecorder<GuardianSeen>(batchSize: 500), IGuardianEvents
{
    private readonly OpenEvents _open = new();

    public void Record(GuardianSeen seen)
    {
        if (!TryAdd(seen))
        {
            LogLost(log, seen.Hit.Rule.Text(), seen.Watch.WorkspaceId);
        }
    }

    protected override async Task WriteAsync(List<GuardianSeen> batch, CancellationToken stop)
    {
        await UntilDoneAsync(() => SuspendAsync(batch, stop), batch.Count, stop);
        var news = _open.Take(batch);
        await UntilDoneAsync(() => WriteNewsAsync(news, stop), batch.Count, stop);
    }

    protected override void NotWritten(int count, Exception failure) => LogNotWritten(log, count, failure);

    private async Task SuspendAsync(List<GuardianSeen> batch, CancellationToken stop)
    {
        foreach (var group in batch.Where(seen => seen.Hit.Action is GuardianAction.Suspend && seen.Watch is { KeyId: not null, SuspensionPending: true }).GroupBy(seen => seen.Watch))
        {
            var (watch, first) = (group.Key, group.First());
            await using var db = await contexts.CreateDbContextAsync(stop);
            if (await db.ApiKeys.SingleOrDefaultAsync(row => row.Id == watch.KeyId && row.SuspendedAt == null && row.RevokedAt == null, stop) is { } key)
            {
                (key.SuspendedAt, key.SuspendedByRule) = (first.At, first.Hit.Rule.Text());
                audit.Record(db, new Actor(watch.WorkspaceId, null, null, WorkspaceRole.Viewer, "Guardian", null), "key.suspended", key.Id, key.Name, null,
                    new Dictionary<string, string?> { ["rule"] = first.Hit.Rule.Text(), ["reason"] = first.Hit.Reason });
                await db.SaveChangesAsync(stop);
                LogSuspended(log, key.Id, watch.WorkspaceId, first.Hit.Rule.Text(), first.Hit.Reason);
            }

            await snapshots.RefreshAsync(watch.WorkspaceId, stop);
            watch.SuspensionIsKnown();
        }
    }

    private async Task WriteNewsAsync(IReadOnlyList<EventNews> news, CancellationToken stop)
    {
        foreach (var alert in await store.WriteAsync(news, stop))
        {
            alerts.Raise(Alert(alert));
        }
    }

    private static AlertEvent Alert(EventNews news)
    {
        var (seen, hit) = (news.First, news.First.Hit);
        var whose = news.KeyName is { } name ? $"key '{name}'" : seen.Watch.KeyId is { } id ? $"key {id}" : "the playground";
        var done = news.Action switch
        {
            GuardianAction.Block or GuardianAction.Reject => "Calls are refused.",
            GuardianAction.Throttle when hit.Rule is GuardianRule.CostSpike =>
                string.Create(CultureInfo.InvariantCulture,
                    $"The key gets one call through per second. If its calls are slower than that and it spends {hit.Limit * CostSpikeRule.ThrottleFails:0.00##} USD all the same, they are refused until it has been silent for {hit.WindowSeconds} seconds."),
            GuardianAction.Throttle => "The key gets one call through per second.",
            GuardianAction.Suspend => "The key is suspended until someone restores it under Guardian or Keys.",
            GuardianAction.Downgrade => "Such calls go to models one tier lower.",
            GuardianAction.Truncate => "The oldest turns are left out.",
            GuardianAction.Alert => "The calls go on: the rule only tells.",
        };
        return new(AlertTypes.GuardianBlock, seen.Watch.WorkspaceId, seen.At, $"Guardian: {GuardianCatalog.Info(hit.Rule).Title.ToLowerInvariant()} on {whose}", $"{hit.Reason} {done}",
        [
            new("event_id", news.Id), new("rule", hit.Rule.Text()), new("action", news.Action.Text()), new("key_id", seen.Watch.KeyId), new("key_name", news.KeyName), new("end_user", seen.EndUser),
            new("request_id", seen.RequestId), new("value", hit.Value), new("limit", hit.Limit),
        ])
        {
            TargetId = seen.AlertTarget,
        };
    }

    [LoggerMessage(1, LogLevel.Warning, "Key {KeyId} of workspace {WorkspaceId} is suspended by Guardian's rule {Rule}: {Reason}")]
    private static partial void LogSuspended(ILogger log, string keyId, string workspaceId, string rule, string reason);

    [LoggerMessage(2, LogLevel.Warning, "A hit of Guardian's rule {Rule} in workspace {WorkspaceId} was not written down: too many wait for the database.")]
    private static partial void LogLost(ILogger log, string rule, string workspaceId);

    [LoggerMessage(3, LogLevel.Warning, "{Count} hits of Guardian's rules could not be written down.")]
    private static partial void LogNotWritten(ILogger log, int count, Exception failure);
}
