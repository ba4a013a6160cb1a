using HiWay.Domain.Fallback;
using HiWay.Domain.Health;
using HiWay.Domain.Ids;

namespace HiWay.Infrastructure.Health;

/// <summary>A stretch of time in which a deployment or a credential was left alone.</summary>
/// <param name="Id"><c>inc_</c> + ULID.</param>
/// <param name="ClosedAt">Null while it lasts.</param>
internal sealed record HealthIncident(
    string Id, HealthSubject Subject, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, FailureClass? Failure, string? Error);

/// <summary>This node's incidents until the recorder has written them down.</summary>
public sealed class HealthIncidents
{
    private const int MaxErrorLength = 500;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, HealthIncident> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HealthIncident> _changed = new(StringComparer.Ordinal);

    /// <param name="what">The deployment's or the credential's id; an incident that lasts is not begun again.</param>
    public void Began(string what, HealthSubject subject, FailureClass? failure, string? error, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (!_open.ContainsKey(what))
            {
                var incident = new HealthIncident(Ulid.New("inc", at), subject, at, null, failure, error is { Length: > MaxErrorLength } ? error[..MaxErrorLength] : error);
                _open[what] = _changed[incident.Id] = incident;
            }
        }
    }

    public void Ended(string what, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (_open.Remove(what, out var incident))
            {
                _changed[incident.Id] = incident with { ClosedAt = at };
            }
        }
    }

    /// <summary>What has changed since the last time.</summary>
    internal IReadOnlyList<HealthIncident> Take()
    {
        lock (_gate)
        {
            HealthIncident[] taken = [.. _changed.Values];
            _changed.Clear();
            return taken;
        }
    }

    /// <summary>Keeps what could not be written; newer news of the same incident wins.</summary>
    internal void PutBack(IReadOnlyList<HealthIncident> taken)
    {
        lock (_gate)
        {
            foreach (var incident in taken)
            {
                _changed.TryAdd(incident.Id, incident);
            }
        }
    }
}
