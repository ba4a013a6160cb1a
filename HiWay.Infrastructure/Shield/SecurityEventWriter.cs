using System.Threading.Channels;
using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Shield;

/// <summary>Writes security events in batches behind the calls, and raises each as an alert.</summary>
internal sealed partial class SecurityEventWriter(IDbContextFactory<HiWayDb> contexts, IAlerts alerts, ILogger<SecurityEventWriter> log)
    : BackgroundService, ISecurityEvents
{
    private const int MaxWaiting = 10_000;
    private const int BatchSize = 200;
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(2);

    private readonly Channel<SecurityEventRow> _waiting = Channel.CreateBounded<SecurityEventRow>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public void Record(SecurityEventRow seen)
    {
        if (!_waiting.Writer.TryWrite(seen))
        {
            LogLost(log, seen.Id, seen.ThreatType);
        }

        alerts.Raise(Alert(seen));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What calls have seen is written before the process goes.
        _waiting.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<SecurityEventRow>(BatchSize);
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            while (batch.Count < BatchSize && _waiting.Reader.TryRead(out var seen))
            {
                batch.Add(seen);
            }

            await WriteAsync(batch, stoppingToken);
            batch.Clear();
        }
    }

    private async Task WriteAsync(List<SecurityEventRow> batch, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await using var db = await contexts.CreateDbContextAsync(stop);
                db.SecurityEvents.AddRange(batch);
                await db.SaveChangesAsync(stop);
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                LogNotWritten(log, batch.Count, failure);
                if (failure is DbUpdateException { InnerException: Npgsql.PostgresException })
                {
                    return; // the database answers and refuses: trying again changes nothing
                }

                await Task.Delay(s_retryAfter, stop);
            }
        }
    }

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
