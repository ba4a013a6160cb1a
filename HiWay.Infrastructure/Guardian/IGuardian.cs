using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Database;

namespace HiWay.Infrastructure.Guardian;

/// <summary>One rule as shown.</summary>
/// <param name="Params">The rule's figures by name.</param>
/// <param name="AlertTarget">A webhook endpoint that hears of it beside the subscribed ones.</param>
/// <param name="HitsToday">Calls since midnight UTC that ran into it, on all nodes.</param>
/// <param name="HitsLastDay">The same for the last 24 hours, by the hour.</param>
public sealed record GuardianRuleView(
    string Rule, bool Enabled, string Action, IReadOnlyDictionary<string, decimal?> Params, string? AlertTarget, long HitsToday, long HitsLastDay);

public sealed record GuardianView(IReadOnlyList<GuardianRuleView> Rules);

/// <summary>What to change of one rule; null leaves a field or a figure as it is.</summary>
/// <param name="AlertTarget">An empty text takes the target away.</param>
public sealed record GuardianRulePatch(string? Rule, bool? Enabled = null, string? Action = null, IReadOnlyDictionary<string, decimal?>? Params = null, string? AlertTarget = null);

/// <summary>Calls of one key that ran into a rule, one after the other.</summary>
/// <param name="Action">What was done about it.</param>
/// <param name="Hits">How many calls.</param>
/// <param name="RequestId">The first of them.</param>
public sealed record GuardianEventView(
    string Id, DateTimeOffset CreatedAt, DateTimeOffset LastAt, string Rule, string Action, string? KeyId, string? EndUser, string? RequestId, string Detail,
    decimal Value, decimal Limit, long Hits);

/// <summary>Which events to read; null takes all.</summary>
/// <param name="From">Events with a call at or after it.</param>
/// <param name="To">Events that began before it.</param>
public sealed record GuardianEventFilter(string? Rule = null, string? KeyId = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Guardian's rules of a workspace, and what ran into them.</summary>
public interface IGuardian
{
    Task<Outcome<GuardianView>> GetAsync(Actor actor, CancellationToken cancellationToken);

    /// <summary>Changes the rules that are named; all or none.</summary>
    Task<Outcome<GuardianView>> UpdateAsync(Actor actor, IReadOnlyList<GuardianRulePatch> rules, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    Task<Outcome<Page<GuardianEventView>>> EventsAsync(Actor actor, GuardianEventFilter filter, string? cursor, int limit, CancellationToken cancellationToken);
}

/// <summary>A call that ran into a rule.</summary>
/// <param name="Watch">The key.</param>
/// <param name="At">UTC.</param>
/// <param name="AlertTarget">As the rule sets it.</param>
public sealed record GuardianSeen(KeyWatch Watch, GuardianHit Hit, DateTimeOffset At, string RequestId, string? EndUser, string? AlertTarget);

/// <summary>Where calls leave what Guardian saw.</summary>
public interface IGuardianEvents
{
    /// <summary>Takes it and returns at once: written down, told to people and, where the rule says so, the key suspended, all behind the call.</summary>
    void Record(GuardianSeen seen);
}
