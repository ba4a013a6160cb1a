namespace HiWay.Domain.Guardian.Rules;

/// <summary>
/// Stops a key that spends more within the window than <c>multiplier</c> times what it spent in such a time on average during the last 24
/// hours. Below <c>floor_usd</c> nothing is a spike; a key without a history is judged by the floor alone.
/// </summary>
/// <remarks>
/// Throttling to one call per second does nothing to an agent that sends a dear call every 40 seconds. So a key that has spent
/// <see cref="ThrottleFails"/> times what is in line, with calls that come too slowly for throttling to refuse any, gets none through any more until it
/// has been silent for the window. Calls that are refused break the silence: an agent that goes on all night stays stopped.
/// </remarks>
public static class CostSpikeRule
{
    /// <summary>Times the limit at which throttling has not helped.</summary>
    public const int ThrottleFails = 2;

    /// <summary>Calls that a throttled key got through one after the other, none refused between them, from which on it is a slow one.</summary>
    public const int SlowCalls = 2;

    private const int DaySeconds = 24 * 60 * 60;

    public static GuardianRuleInfo Info { get; } = new(
        GuardianRule.CostSpike,
        [GuardianAction.Throttle, GuardianAction.Block, GuardianAction.Suspend, GuardianAction.Alert],
        [
            new("multiplier", 10, 1, 1_000, Whole: false, "Times the 24-hour average"),
            new("window_seconds", 300, 10, 3_600, Whole: true, "Within (seconds)"),
            new("floor_usd", 2, 0, 1_000_000, Whole: false, "But at least (USD)"),
        ],
        "Cost spike", "A key that suddenly spends many times what it spent during the last 24 hours.");

    /// <summary>The most that may be spent within the window, in US dollars.</summary>
    /// <param name="dayUsd">Spent during the last 24 hours.</param>
    public static decimal LimitUsd(in CostSpikeLimits limits, decimal dayUsd) =>
        Math.Max(limits.FloorUsd, limits.Multiplier * dayUsd * limits.WindowSeconds / DaySeconds);
}

/// <summary>The rule's figures as calls need them.</summary>
public readonly struct CostSpikeLimits(RuleSettings settings)
{
    public bool On { get; } = settings.Enabled;

    public GuardianAction Action { get; } = settings.Action;

    public decimal Multiplier { get; } = settings.Values[0]!.Value;

    public int WindowSeconds { get; } = (int)settings.Values[1]!.Value;

    public decimal FloorUsd { get; } = settings.Values[2]!.Value;
}
