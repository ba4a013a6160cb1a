using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Batches;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Shield;

/// <summary>Writes security events in batches behind the calls, and raises each as an alert.</summary>
internal sealed partial class SecurityEventWriter(IDbContextFactory<HiWayDb> contexts, IAlerts alerts, ILogger<SecurityEventWriter> log)
    : BatchedRecorder<SecurityEventRow>(batchSize: 200), ISecurityEvents
{
    public void Record(SecurityEventRow seen)
    {
        if (!TryAdd(seen))
        {
            LogLost(log, seen.Id, seen.ThreatType);
        }

        alerts.Raise(Alert(seen));
    }

    protected override Task WriteAsync(List<SecurityEventRow> batch, CancellationToken stop) => UntilDoneAsync(
        async () =>
        {
            await using var db = await contexts.CreateDbContextAsync(stop);
            db.SecurityEvents.AddRange(batch);
            await db.SaveChangesAsync(stop);
        },
        batch.Count, stop);

    protected override void NotWritten(int count, Exception failure) => LogNotWritten(log, count, failure);

    private static AlertEvent Alert(SecurityEventRow seen) => new(
        AlertTypes.SecurityEvent, seen.WorkspaceId, seen.CreatedAt,
        $"{(seen.Action == "blocked" ? "Blocked" : "Seen")}: {seen.ThreatType.Replace('_', ' ')}",
        $"A call {(seen.Action == "blocked" ? "was refused" : "went through")} with a score of {seen.Score:0.00}. See it under Security > Events.",
        [
            new("event_id", seen.Id), new("action", seen.Action), new("threat_type", seen.ThreatType), new("score", seen.Score), new("direction", seen.Direction), new("mode", seen.Mode),
            new("detail", seen.Detail), new("key_id", seen.KeyId), new("end_user", seen.EndUser), new("model", seen.Model), new("ip_address", seen.IpAddress), new("request_id", seen.RequestId),
            new("prompt_sha256", seen.PromptSha256),
        ]);

    [LoggerMessage(LogLevel.Warning, "Security event {EventId} ({ThreatType}) was lost: too many wait for the database.")]
    private static partial void LogLost(ILogger log, string eventId, string threatType);

    [LoggerMessage(LogLevel.Warning, "{Count} security events could not be written.")]
    private static partial void LogNotWritten(ILogger log, int count, Exception failure);
}
