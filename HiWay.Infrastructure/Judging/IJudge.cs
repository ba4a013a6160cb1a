using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Judging;

/// <summary>The last rating that failed.</summary>
/// <param name="Code">An error code of the gateway, or <c>unreadable_rating</c>.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record JudgeFailureView(DateTimeOffset At, string Code, string Message, string Advice);

/// <summary>How far the judge and people are apart, over the requests of the last 30 days that both scored.</summary>
/// <param name="Requests">How many those are.</param>
/// <param name="MeanDifference">Of the two scores, 0..1, whichever is higher; null without such requests.</param>
/// <param name="Opposed">Requests that one of them scored below 0.5 and the other not.</param>
public sealed record JudgeAgreementView(long Requests, double? MeanDifference, long Opposed);

/// <param name="SampleRate">0..1.</param>
/// <param name="Model">Null until one is chosen.</param>
/// <param name="DailyLimitUsd">Per UTC day.</param>
/// <param name="ExpectedPerDay">Ratings a day, going by the last 7 days' routed answers; at most, because not every answer can be rated.</param>
/// <param name="ExpectedUsdPerDay">What those cost, no more than the limit; null without a model that has a price.</param>
/// <param name="JudgedToday">Calls of the judge that were answered since 00:00 UTC.</param>
/// <param name="SpentTodayUsd">What they have cost.</param>
/// <param name="LastFailure">Null when none failed since the last rating that went well, or since the settings were changed.</param>
public sealed record JudgeView(
    bool Enabled, double SampleRate, string? Model, decimal DailyLimitUsd, double ExpectedPerDay, decimal? ExpectedUsdPerDay,
    long JudgedToday, decimal SpentTodayUsd, JudgeFailureView? LastFailure, JudgeAgreementView Agreement);

/// <summary>What to set; null leaves a field as it is.</summary>
public sealed record JudgePatch
{
    public bool? Enabled { get; init; }

    public double? SampleRate { get; init; }

    /// <summary><c>provider/model</c>, a short id or an alias of one model.</summary>
    public string? Model { get; init; }

    public decimal? DailyLimitUsd { get; init; }
}

/// <summary>Has a sample of a workspace's routed answers rated by a model of its own; off by default.</summary>
public interface IJudge
{
    Task<Outcome<JudgeView>> GetAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<JudgeView>> UpdateAsync(Actor actor, JudgePatch patch, CancellationToken cancellationToken);
}

/// <summary>Where the background writes down that a rating failed.</summary>
public interface IJudgeFailures
{
    Task RecordAsync(string workspaceId, string code, string message, CancellationToken cancellationToken);
}
