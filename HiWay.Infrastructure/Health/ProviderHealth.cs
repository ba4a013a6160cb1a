using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Fallback;
using HiWay.Domain.Health;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;
using Npgsql;

namespace HiWay.Infrastructure.Health;

/// <inheritdoc cref="IProviderHealth"/>
internal sealed class ProviderHealth(HealthRegistry registry, HealthMonitor monitor, ISnapshots snapshots, NpgsqlDataSource database, TimeProvider clock) : IProviderHealth
{
    /// <summary>Share of failed calls in the last minute from which a provider is no longer simply up.</summary>
    private const double DegradedFrom = 0.1;

    public async Task<Outcome<HealthBoard>> ReadAsync(Actor actor, HealthRange range, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        var now = clock.GetUtcNow();
        var (length, interval) = range switch
        {
            HealthRange.Hour => (TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)),
            HealthRange.Day => (TimeSpan.FromDays(1), TimeSpan.FromMinutes(30)),
            HealthRange.Week => (TimeSpan.FromDays(7), TimeSpan.FromHours(4)),
        };
        var to = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % interval.Ticks), TimeSpan.Zero) + interval;
        var history = await HistoryAsync(actor.WorkspaceId, to - length, interval, cancellationToken);
        var providers = Deployments(actor.WorkspaceId).GroupBy(deployment => deployment.Provider.Slug, StringComparer.Ordinal)
            .Select(group => View([.. group], history.GetValueOrDefault(group.Key) ?? [], now))
            .OrderBy(view => view.Status switch { "down" => 0, "degraded" => 1, "up" => 2, _ => 3 }).ThenBy(view => view.Name, StringComparer.OrdinalIgnoreCase);
        return new HealthBoard(to - length, to, (int)interval.TotalSeconds, [.. providers]);
    }

    public async Task<Outcome<Page<IncidentView>>> IncidentsAsync(Actor actor, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var command = database.CreateCommand("""
            SELECT id, provider, model, credential_id, opened_at, closed_at, failure, error FROM health_incidents
            WHERE workspace_id = $1 AND ($2::text IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
            """);
        command.Parameters.Add(new() { Value = actor.WorkspaceId });
        command.Parameters.Add(new() { Value = (object?)cursor ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = limit + 1 });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var incidents = new List<IncidentView>();
        while (await rows.ReadAsync(cancellationToken))
        {
            incidents.Add(new(
                rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.GetFieldValue<DateTimeOffset>(4),
                rows.IsDBNull(5) ? null : rows.GetFieldValue<DateTimeOffset>(5), rows.IsDBNull(6) ? null : rows.GetString(6), rows.IsDBNull(7) ? null : rows.GetString(7)));
        }

        return incidents.Count > limit
            ? new Page<IncidentView>(incidents[..limit], incidents[limit - 1].Id)
            : new Page<IncidentView>(incidents, null);
    }

    public Task<Outcome<bool>> RetryAsync(Actor actor, string provider, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return Task.FromResult<Outcome<bool>>(refusal);
        }

        var own = Deployments(actor.WorkspaceId).Where(deployment => deployment.Provider.Slug == provider).ToList();
        if (own.Count == 0)
        {
            return Task.FromResult<Outcome<bool>>(new Refusal(RefusalKind.NotFound, $"The provider '{provider}' is not in use in this workspace."));
        }

        monitor.TryAgain(own);
        return Task.FromResult<Outcome<bool>>(true);
    }

    private IEnumerable<Deployment> Deployments(string workspaceId) =>
        snapshots.Workspace(workspaceId)?.ByModelId.Values.DistinctBy(deployment => deployment.Id, StringComparer.Ordinal)
            .SelectMany(deployment => deployment.Keys?.All ?? [deployment]) ?? [];

    private ProviderHealthView View(IReadOnlyList<Deployment> deployments, IReadOnlyList<HealthPoint> history, DateTimeOffset now)
    {
        var ticks = now.UtcTicks;
        var known = deployments.Select(deployment => (Deployment: deployment, Health: registry.Known(deployment.Id))).Where(pair => pair.Health is not null)
            .Select(pair => (pair.Deployment, Reading: pair.Health!.Read(ticks))).ToList();
        var refused = deployments.DistinctBy(deployment => deployment.CredentialId).Where(deployment => !deployment.Credential.IsUsable(ticks)).ToList();
        var keys = deployments.DistinctBy(deployment => deployment.CredentialId).Count();
        var broken = known.Count(pair => pair.Reading.State is CircuitState.Open or CircuitState.HalfOpen);
        var (calls, failed) = (known.Sum(pair => pair.Reading.Calls), known.Sum(pair => pair.Reading.Failed));
        var (status, reason) =
            refused.Count == keys ? ("down", $"It refuses the workspace's key: {refused[0].Credential.Cooling(ticks)?.Error}")
            : broken > 0 && broken == known.Count ? ("down", $"Calls there fail: {known[0].Reading.LastError}")
            : broken > 0 ? ("degraded", $"{broken} of {known.Count} models in use fail")
            : refused.Count > 0 ? ("degraded", $"It refuses {refused.Count} of {keys} keys")
            : known.Exists(pair => pair.Reading.State == CircuitState.Cooling) ? ("degraded", "It limits the rate of calls")
            : calls >= BreakerRules.CallsToJudge && failed >= calls * DegradedFrom ? ("degraded", $"{failed} of {calls} calls failed in the last minute")
            : known.Count == 0 ? ("idle", null)
            : ("up", (string?)null);
        return new(deployments[0].Provider.Slug, deployments[0].Provider.Name, status, reason,
            [.. known.Select(pair => View(pair.Deployment, pair.Reading, ticks)).OrderBy(view => view.State == "closed" ? 1 : 0).ThenByDescending(view => view.LastUsedAt)], history);
    }

    private static DeploymentHealthView View(Deployment deployment, HealthReading reading, long now)
    {
        var refused = deployment.Credential.Cooling(now);
        return new(
            deployment.Model.Id, deployment.CredentialId, deployment.KeyLabel,
            refused is not null ? "cooling" : reading.State switch
            {
                CircuitState.Closed => "closed",
                CircuitState.Open => "open",
                CircuitState.HalfOpen => "half_open",
                CircuitState.Cooling => "cooling",
            },
            reading.Since, refused?.Until ?? (reading.State is CircuitState.Closed ? null : reading.Until), reading.Calls, reading.Failed, reading.LatencyMs, reading.FirstContentMs,
            reading.LastFailure?.Text(), reading.LastError, reading.LastUsedAt);
    }

    private async Task<Dictionary<string, IReadOnlyList<HealthPoint>>> HistoryAsync(string workspaceId, DateTimeOffset from, TimeSpan interval, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            SELECT provider, date_bin($3, minute, $2), sum(calls)::bigint, sum(failed)::bigint, sum(rate_limited)::bigint, sum(latency_ms), bool_or(down)
            FROM health_minutes WHERE workspace_id = $1 AND minute >= $2 GROUP BY 1, 2 ORDER BY 1, 2
            """);
        command.Parameters.Add(new() { Value = workspaceId });
        command.Parameters.Add(new() { Value = from.UtcDateTime });
        command.Parameters.Add(new() { Value = interval });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var points = new Dictionary<string, List<HealthPoint>>(StringComparer.Ordinal);
        while (await rows.ReadAsync(cancellationToken))
        {
            var provider = rows.GetString(0);
            if (!points.TryGetValue(provider, out var own))
            {
                points[provider] = own = [];
            }

            var (calls, failed, limited) = (rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4));
            var good = calls - failed - limited;
            own.Add(new(rows.GetFieldValue<DateTimeOffset>(1), calls, failed, limited, good > 0 ? rows.GetDouble(5) / good : null, rows.GetBoolean(6)));
        }

        return points.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<HealthPoint>)pair.Value, StringComparer.Ordinal);
    }
}
