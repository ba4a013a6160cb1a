using HiWay.Domain.Fallback;
using HiWay.Domain.Health;
using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HiWay.Infrastructure.Health;

/// <summary>
/// Writes this node's health records down every few seconds: one small row a minute for each deployment that was called or is down, and
/// the incidents. What cannot be written waits; the path of calls never does.
/// </summary>
internal sealed partial class HealthRecorder(
    HealthRegistry registry, HealthIncidents incidents, NpgsqlDataSource database, TimeProvider clock, ILogger<HealthRecorder> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_minutesKept = TimeSpan.FromDays(8);
    private static readonly TimeSpan s_incidentsKept = TimeSpan.FromDays(90);

    private readonly Dictionary<string, HealthTotals> _written = new(StringComparer.Ordinal);
    private DateTimeOffset _tidiedAt;
    private bool _failing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, clock);
        try
        {
            await TryAsync(CloseLeftOversAsync, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryAsync(WriteAsync, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await TryAsync(WriteAsync, CancellationToken.None);
        }
    }

    /// <summary>Writes what has changed since the last time.</summary>
    internal async Task WriteAsync(CancellationToken cancellationToken)
    {
        await WriteMinutesAsync(cancellationToken);
        await WriteIncidentsAsync(cancellationToken);
        var now = clock.GetUtcNow();
        if (now - _tidiedAt > TimeSpan.FromHours(1))
        {
            await TidyAsync(now, cancellationToken);
            _tidiedAt = now;
        }
    }

    private async Task WriteMinutesAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rows = new List<(string Id, HealthSubject Of, HealthTotals Totals, HealthTotals Change, bool Down)>();
        foreach (var (id, health) in registry.All)
        {
            var totals = health.Totals;
            var change = totals - _written.GetValueOrDefault(id);
            var down = health.Read(now.UtcTicks).State is CircuitState.Open or CircuitState.HalfOpen;
            if (change.Calls > 0 || down)
            {
                rows.Add((id, health.Subject, totals, change, down));
            }
        }

        if (rows.Count == 0)
        {
            return;
        }

        await using var command = database.CreateCommand("""
            INSERT INTO health_minutes (workspace_id, minute, provider, model, credential_id, calls, failed, rate_limited, latency_ms, down)
            SELECT w, $2, p, m, c, calls, failed, limited, ms, down
            FROM unnest($1::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::double precision[], $10::boolean[])
                AS t (w, p, m, c, calls, failed, limited, ms, down)
            ON CONFLICT (workspace_id, minute, model, credential_id) DO UPDATE SET
                calls = health_minutes.calls + excluded.calls, failed = health_minutes.failed + excluded.failed,
                rate_limited = health_minutes.rate_limited + excluded.rate_limited, latency_ms = health_minutes.latency_ms + excluded.latency_ms,
                down = health_minutes.down OR excluded.down
            """);
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Of.WorkspaceId).ToArray() });
        command.Parameters.Add(new() { Value = new DateTime(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMinute), DateTimeKind.Utc) });
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Of.Provider).ToArray() });
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Of.Model).ToArray() });
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Of.CredentialId).ToArray() });
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Change.Calls).ToArray() });
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Change.Failed).ToArray() });
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Change.RateLimited).ToArray() });
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Change.LatencyMicros / 1000.0).ToArray() });
        command.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Down).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
        foreach (var row in rows)
        {
            _written[row.Id] = row.Totals;
        }
    }

    private async Task WriteIncidentsAsync(CancellationToken cancellationToken)
    {
        var changed = incidents.Take();
        try
        {
            foreach (var incident in changed)
            {
                await using var command = database.CreateCommand("""
                    INSERT INTO health_incidents (id, workspace_id, node, provider, model, credential_id, opened_at, closed_at, failure, error)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                    ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at
                    """);
                foreach (var value in (object?[])[incident.Id, incident.Subject.WorkspaceId, Environment.MachineName, incident.Subject.Provider, incident.Subject.Model,
                    incident.Subject.CredentialId, incident.OpenedAt.UtcDateTime, incident.ClosedAt?.UtcDateTime, incident.Failure?.Text(), incident.Error])
                {
                    command.Parameters.Add(new() { Value = value ?? DBNull.Value });
                }

                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }
        catch
        {
            incidents.PutBack(changed);
            throw;
        }
    }

    /// <summary>A process that ended could not say when its incidents did.</summary>
    private async Task CloseLeftOversAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("UPDATE health_incidents SET closed_at = $1 WHERE node = $2 AND closed_at IS NULL");
        command.Parameters.Add(new() { Value = clock.GetUtcNow().UtcDateTime });
        command.Parameters.Add(new() { Value = Environment.MachineName });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task TidyAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand();
        command.CommandText = "DELETE FROM health_minutes WHERE minute < $1";
        command.Parameters.Add(new() { Value = (now - s_minutesKept).UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellationToken);
        await using var older = database.CreateCommand("DELETE FROM health_incidents WHERE opened_at < $1");
        older.Parameters.Add(new() { Value = (now - s_incidentsKept).UtcDateTime });
        await older.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
            _failing = false;
        }
        catch (Exception e) when (DatabaseFault.IsPassing(e))
        {
            // Once per outage: the database's own state is told elsewhere, and calls do not need this.
            if (!_failing)
            {
                _failing = true;
                LogNotWritten(log, e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "How providers do could not be written down; it is tried again every few seconds.")]
    private static partial void LogNotWritten(ILogger log, Exception e);
}
