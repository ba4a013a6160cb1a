using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Shield;

/// <summary>A workspace's Shield as shown.</summary>
public sealed record SecurityConfigView(string Mode, double Threshold, int RetentionDays, bool ScanOutput);

/// <summary>What to change of it; null leaves a field as it is.</summary>
public sealed record SecurityConfigPatch(string? Mode = null, double? Threshold = null, int? RetentionDays = null, bool? ScanOutput = null);

public sealed record IpRuleView(string Id, string Cidr, string Action, string? Comment, DateTimeOffset CreatedAt);

/// <summary>One threat that was seen.</summary>
public sealed record SecurityEventView(
    string Id, DateTimeOffset CreatedAt, string ThreatType, double Score, string Action, string Direction, string Mode, string? Detail, string? KeyId, string? EndUser, string? Model,
    string? IpAddress, string? RequestId, string PromptSha256);

/// <summary>Which events to read; null takes all.</summary>
/// <param name="Days">How far back.</param>
public sealed record SecurityEventFilter(string? ThreatType = null, string? Action = null, int Days = 30)
{
    /// <summary>Null when the filter can be asked for.</summary>
    public Refusal? Wrong() => SecurityService.Wrong(this);
}

/// <summary>The Shield's settings, the IP rules and the events of a workspace.</summary>
public interface ISecurity
{
    Task<Outcome<SecurityConfigView>> ConfigAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<SecurityConfigView>> ConfigureAsync(Actor actor, SecurityConfigPatch patch, CancellationToken cancellationToken);

    Task<Outcome<IReadOnlyList<IpRuleView>>> IpRulesAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<IpRuleView>> AddIpRuleAsync(Actor actor, string? cidr, string? action, string? comment, CancellationToken cancellationToken);

    Task<Outcome<bool>> RemoveIpRuleAsync(Actor actor, string id, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    Task<Outcome<Page<SecurityEventView>>> EventsAsync(Actor actor, SecurityEventFilter filter, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>All events of the filter, newest first, as they are read.</summary>
    IAsyncEnumerable<SecurityEventView> ExportAsync(Actor actor, SecurityEventFilter filter, CancellationToken cancellationToken);
}

/// <summary>Where calls leave what the Shield saw.</summary>
public interface ISecurityEvents
{
    /// <summary>Takes the event and returns at once. When the database is away for long, the oldest that wait are lost, and a log says so.</summary>
    void Record(SecurityEventRow seen);
}
