namespace HiWay.Domain.Fallback;

/// <summary>When the same deployment is asked once more instead of moving on.</summary>
public static class RepeatRules
{
    /// <summary>A stated wait up to this is sat out; a longer one costs the caller more than another model does.</summary>
    public static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many times dearer the next deployment must be. A repeat costs time and one of the three attempts, so a few cents' difference
    /// is not worth it.
    /// </summary>
    public const decimal CheaperBy = 2m;

    private static readonly TimeSpan s_leastPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_mostPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether the failure may be gone in a moment. Silence is none of these: who waited half a minute in vain does not wait again.</summary>
    public static bool IsTransient(FailureClass failure, TimeSpan? retryAfter) => failure switch
    {
        FailureClass.ServerError or FailureClass.ConnectionFailed => retryAfter is null || retryAfter <= ShortWait,
        FailureClass.RateLimited or FailureClass.Overloaded => retryAfter <= ShortWait,
        _ => false,
    };

    /// <summary>Whether the deployment that failed is asked again.</summary>
    /// <param name="repeated">It has been asked twice already.</param>
    /// <param name="ownUsd">What the call costs there, a warm prompt cache included.</param>
    /// <param name="nextUsd">What it costs at the next deployment; null when there is none.</param>
    /// <param name="attemptsLeft">Attempts that the call may still make.</param>
    /// <param name="untried">Deployments that could be asked and have not been; each keeps an attempt, as it may be the one that answers.</param>
    public static bool AskAgain(FailureClass failure, TimeSpan? retryAfter, bool repeated, decimal ownUsd, decimal? nextUsd, int attemptsLeft, int untried) =>
        !repeated && untried < attemptsLeft && IsTransient(failure, retryAfter) && (nextUsd is not { } next || next > ownUsd * CheaperBy);

    /// <summary>The pause before it: what the upstream asked for, else a little, different for every caller so that they do not return together.</summary>
    /// <param name="chance">0..1.</param>
    public static TimeSpan Pause(TimeSpan? retryAfter, double chance) =>
        retryAfter ?? (s_leastPause + ((s_mostPause - s_leastPause) * chance));
}
