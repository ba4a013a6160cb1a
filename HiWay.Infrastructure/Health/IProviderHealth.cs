using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;

namespace HiWay.Infrastructure.Health;

/// <summary>How far back the board looks.</summary>
public enum HealthRange { Hour, Day, Week }

/// <summary>How one provider of the workspace does, as this node sees it, with its history from all nodes.</summary>
/// <param name="Status"><c>up</c>, <c>degraded</c>, <c>down</c>, or <c>idle</c> while nothing was called.</param>
/// <param name="Reason">Why it is not up, in a sentence; null when it is.</param>
/// <param name="Deployments">Those that were called, worst first.</param>
/// <param name="History">Points of equal length over the range, oldest first; stretches without calls are left out.</param>
public sealed record ProviderHealthView(
    string Provider, string Name, string Status, string? Reason, IReadOnlyList<DeploymentHealthView> Deployments, IReadOnlyList<HealthPoint> History);

/// <summary>One model through one of the provider's keys.</summary>
/// <param name="State"><c>closed</c> (in use), <c>open</c> (left alone), <c>half_open</c> (one call at a time tries it), <c>cooling</c> (asked to be left alone).</param>
/// <param name="Until">When it is tried again; null while it is in use.</param>
/// <param name="Calls">Of the last minute.</param>
/// <param name="Failed">Of the last minute.</param>
/// <param name="LatencyMs">Smoothed, of whole answers.</param>
/// <param name="TtftMs">Smoothed, to the first content.</param>
public sealed record DeploymentHealthView(
    string Model, string CredentialId, string KeyLabel, string State, DateTimeOffset? Since, DateTimeOffset? Until, int Calls, int Failed,
    double? LatencyMs, double? TtftMs, string? LastFailure, string? LastError, DateTimeOffset? LastUsedAt);

/// <param name="Failed">Broken calls; rate limits are counted by themselves.</param>
/// <param name="LatencyMs">Mean of the calls that succeeded; null without any.</param>
/// <param name="Down">Left alone at some time in it.</param>
public sealed record HealthPoint(DateTimeOffset At, long Calls, long Failed, long RateLimited, double? LatencyMs, bool Down);

/// <summary>The board.</summary>
/// <param name="IntervalSeconds">Length of one point of the histories.</param>
public sealed record HealthBoard(DateTimeOffset From, DateTimeOffset To, int IntervalSeconds, IReadOnlyList<ProviderHealthView> Providers);

/// <summary>A stretch of time in which a deployment or a key was left alone.</summary>
/// <param name="ClosedAt">Null while it lasts.</param>
public sealed record IncidentView(
    string Id, string Provider, string Model, string CredentialId, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string? Failure, string? Error);

/// <summary>How the workspace's providers do.</summary>
public interface IProviderHealth
{
    Task<Outcome<HealthBoard>> ReadAsync(Actor actor, HealthRange range, CancellationToken cancellationToken);

    /// <summary>Outages, newest first.</summary>
    Task<Outcome<Page<IncidentView>>> IncidentsAsync(Actor actor, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>Has the provider tried again at once by the next calls on this node, whatever speaks against it.</summary>
    Task<Outcome<bool>> RetryAsync(Actor actor, string provider, CancellationToken cancellationToken);
}
