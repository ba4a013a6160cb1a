using HiWay.Domain.Fallback;

namespace HiWay.Domain.Health;

/// <summary>When a deployment is left alone, and for how long. All times are a node's own; nodes find out by themselves.</summary>
public static class BreakerRules
{
    /// <summary>Failures without a success between them that open the circuit.</summary>
    public const int StreakToOpen = 3;

    /// <summary>Calls in the window before its error rate says anything.</summary>
    public const int CallsToJudge = 10;

    /// <summary>Share of failed calls in the window, 0..1, that opens the circuit.</summary>
    public const double ErrorRateToOpen = 0.5;

    /// <summary>How long a call may hold the one place for a probe; one that never reports back must not keep the circuit open for ever.</summary>
    public static readonly TimeSpan ProbeLease = TimeSpan.FromSeconds(30);

    /// <summary>A rate limit that names no wait.</summary>
    public static readonly TimeSpan UnstatedWait = TimeSpan.FromSeconds(1);

    /// <summary>A wait is believed up to this; whatever the provider says, it is asked again then.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>A model that the account cannot see; such things change by hand.</summary>
    public static readonly TimeSpan MissingModelWait = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_firstOpen = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestOpen = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_firstCooling = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestCooling = TimeSpan.FromMinutes(10);

    /// <summary>How much a failure says about the deployment; 0 for what is the caller's, the account's or the clock's affair.</summary>
    /// <remarks>A silent target costs its callers half a minute each, so two of those are enough.</remarks>
    public static int Weight(FailureClass failure) => failure switch
    {
        FailureClass.Timeout => 2,
        FailureClass.Overloaded or FailureClass.ServerError or FailureClass.ConnectionFailed or FailureClass.BrokenAnswer => 1,
        FailureClass.RateLimited or FailureClass.Conflict or FailureClass.EmptyAnswer or FailureClass.Diverged or FailureClass.CredentialRejected
            or FailureClass.CredentialUnfunded or FailureClass.ModelNotFound or FailureClass.ContextLength or FailureClass.ContentFilter
            or FailureClass.RequestRejected or FailureClass.CannotExpress => 0,
    };

    /// <summary>Whether the circuit opens now.</summary>
    /// <param name="streak">Weighted failures since the last success.</param>
    /// <param name="calls">Calls in the window.</param>
    /// <param name="failed">Failed ones among them.</param>
    public static bool Opens(int streak, int calls, int failed) =>
        streak >= StreakToOpen || (calls >= CallsToJudge && failed >= calls * ErrorRateToOpen);

    /// <summary>How long it stays open before one call may try; doubles with each failed try.</summary>
    /// <param name="nth">From 1.</param>
    public static TimeSpan OpenFor(int nth) => Doubled(s_firstOpen, nth, s_longestOpen);

    /// <summary>How long a refused credential is left alone; doubles with each further refusal.</summary>
    /// <param name="nth">From 1.</param>
    public static TimeSpan CoolFor(int nth) => Doubled(s_firstCooling, nth, s_longestCooling);

    /// <summary>What a rate-limited deployment is left alone for.</summary>
    public static TimeSpan WaitFor(TimeSpan? stated) =>
        stated is not { } wait ? UnstatedWait : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : wait;

    private static TimeSpan Doubled(TimeSpan first, int nth, TimeSpan longest)
    {
        var times = first * (1L << Math.Clamp(nth - 1, 0, 20));
        return times < longest ? times : longest;
    }
}
