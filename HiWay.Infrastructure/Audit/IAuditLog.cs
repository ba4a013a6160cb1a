using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;

namespace HiWay.Infrastructure.Audit;

public sealed record AuditView(
    string Id, DateTimeOffset CreatedAt, string Actor, string? UserId, string? KeyId, string? IpAddress, string Action, string? SubjectId, string? Subject,
    IReadOnlyDictionary<string, string?>? OldValues, IReadOnlyDictionary<string, string?>? NewValues);

public interface IAuditLog
{
    /// <summary>Newest first.</summary>
    Task<Outcome<Page<AuditView>>> ReadAsync(Actor actor, string? action, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>Adds a row to the caller's own unit of work, so that the change and its record commit together. Secrets never go in.</summary>
    void Record(HiWayDb db, Actor actor, string action, string? subjectId, string? subject,
        IReadOnlyDictionary<string, string?>? oldValues = null, IReadOnlyDictionary<string, string?>? newValues = null);
}
