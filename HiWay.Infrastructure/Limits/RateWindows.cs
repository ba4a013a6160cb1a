using System.Collections.Concurrent;
using HiWay.Domain.Limits;

namespace HiWay.Infrastructure.Limits;

/// <summary>What is left of a subject's limits, for headers. A null limit is unlimited.</summary>
public readonly record struct RateState(
    int? RequestLimit, long RequestsLeft, int RequestsResetSeconds, int? TokenLimit, long TokensLeft, int TokensResetSeconds);

/// <summary>Which limit is in the way.</summary>
public enum RateRefusal { None, Concurrency, RequestsPerMinute, TokensPerMinute, RequestsPerDay }

/// <summary>Whether a call may pass now.</summary>
/// <param name="RetryAfterSeconds">When refused: until it would pass, as far as anyone can say.</param>
/// <param name="Second">When admitted: where its tokens were counted, for <see cref="RateWindows.End"/>.</param>
/// <param name="Slot">When admitted: its place among the running calls; null where nothing is limited.</param>
public readonly record struct RateAdmission(RateRefusal Refusal, int RetryAfterSeconds, long Second, RateState State, LinkedListNode<DateTimeOffset>? Slot)
{
    public bool Admitted => Refusal is RateRefusal.None;
}

/// <summary>
/// Requests and tokens per rolling minute, requests per day and running calls of every subject with a limit. Counted in this
/// process; with other nodes on the database each hears four times a second what the others have let through, so a limit is passed
/// by no more than what they let through in that time.
/// </summary>
public sealed class RateWindows(TimeProvider time)
{
    /// <summary>A call ends after ten minutes; a slot that is still taken then was lost.</summary>
    private static readonly TimeSpan s_slot = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, RateSubject> _subjects = new(StringComparer.Ordinal);
    private volatile bool _cutOff;

    internal IEnumerable<RateSubject> Subjects => _subjects.Values;

    /// <summary>Other nodes cannot be heard; set by the exchange.</summary>
    internal bool CutOff { get => _cutOff; set => _cutOff = value; }

    /// <summary>Counts one call and its estimated tokens, or refuses and counts nothing.</summary>
    public RateAdmission Admit(string subjectId, in RateLimits limits, long estimatedTokens)
    {
        if (!limits.Any)
        {
            return default;
        }

        var (second, now) = (NowSecond(), time.GetUtcNow());
        var subject = _subjects.GetOrAdd(subjectId, static id => new RateSubject(id));
        lock (subject.Gate)
        {
            subject.Advance(second, DateOnly.FromDateTime(now.UtcDateTime), _cutOff);
            subject.CountsDays |= limits.Rpd is not null;
            if (limits.Concurrency is { } most && subject.Running(now) + subject.OthersRunning >= most)
            {
                return new(RateRefusal.Concurrency, 1, second, State(subject, limits), null);
            }

            if (limits.Rpm is { } rpm && subject.Requests.Used + subject.OthersRequests.Used + 1 > rpm)
            {
                return new(RateRefusal.RequestsPerMinute, Wait(subject.Requests, subject.OthersRequests, 1 - rpm), second, State(subject, limits), null);
            }

            if (limits.Tpm is { } tpm && subject.Tokens.Used + subject.OthersTokens.Used + estimatedTokens > tpm)
            {
                return new(RateRefusal.TokensPerMinute, Wait(subject.Tokens, subject.OthersTokens, estimatedTokens - tpm), second, State(subject, limits), null);
            }

            if (limits.Rpd is { } rpd && subject.DayRequests + subject.OthersDayRequests + 1 > rpd)
            {
                var midnight = new DateTimeOffset(now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
                return new(RateRefusal.RequestsPerDay, (int)Math.Ceiling((midnight - now).TotalSeconds), second, State(subject, limits), null);
            }

            var slot = subject.Count(estimatedTokens, now + s_slot);
            return new(RateRefusal.None, 0, second, State(subject, limits), slot);
        }
    }

    /// <summary>The call is over: its slot is free, and what it really used takes the place of the estimate while its second is still in the window.</summary>
    public void End(string subjectId, in RateAdmission admission, long estimatedTokens, long usedTokens)
    {
        if (admission.Slot is not { } slot || !_subjects.TryGetValue(subjectId, out var subject))
        {
            return;
        }

        lock (subject.Gate)
        {
            subject.Release(slot);
            if (estimatedTokens != usedTokens)
            {
                subject.Advance(NowSecond(), DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), _cutOff);
                subject.CorrectTokens(admission.Second, usedTokens - estimatedTokens);
            }
        }
    }

    // Monotonic, so that a clock that is set back frees nothing.
    internal long NowSecond() => time.GetTimestamp() / time.TimestampFrequency;

    private static int Wait(SlidingWindow own, SlidingWindow others, long over)
    {
        var amount = own.Used + others.Used + over;
        var wait = own.SecondsUntilFree(amount);
        return wait <= SlidingWindow.Seconds || others.Used == 0 ? wait : Math.Max(1, own.SecondsUntilEmpty());
    }

    private static RateState State(RateSubject subject, in RateLimits limits) => new(
        limits.Rpm, limits.Rpm is { } rpm ? Math.Max(0, rpm - subject.Requests.Used - subject.OthersRequests.Used) : 0, subject.Requests.SecondsUntilEmpty(),
        limits.Tpm, limits.Tpm is { } tpm ? Math.Max(0, tpm - subject.Tokens.Used - subject.OthersTokens.Used) : 0, subject.Tokens.SecondsUntilEmpty());
}
