namespace HiWay.Domain.Alerts;

/// <summary>When a delivery that failed is tried again.</summary>
public static class WebhookRetries
{
    /// <summary>A delivery is tried for so long after it was first due; then only a person sends it again.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    /// <summary>Up to this share of a pause is taken off or added, so that what failed together does not come back together.</summary>
    public const double Jitter = 0.2;

    private static readonly TimeSpan s_longest = TimeSpan.FromHours(2);

    private static readonly TimeSpan[] s_pauses =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), s_longest,
    ];

    /// <summary>The next attempt's instant; null when the day is over.</summary>
    /// <param name="attempts">How many there were, at least 1.</param>
    /// <param name="since">When the delivery was first due.</param>
    /// <param name="retryAfter">What the target asked for; honoured up to two hours when it is longer than the pause.</param>
    /// <param name="chance">0 to 1.</param>
    public static DateTimeOffset? Next(int attempts, DateTimeOffset since, DateTimeOffset now, TimeSpan? retryAfter, double chance)
    {
        var pause = s_pauses[Math.Min(attempts, s_pauses.Length) - 1] * (1 - Jitter + (2 * Jitter * chance));
        if (retryAfter > pause)
        {
            pause = retryAfter.Value < s_longest ? retryAfter.Value : s_longest;
        }

        return now + pause <= since + GiveUpAfter ? now + pause : null;
    }
}
