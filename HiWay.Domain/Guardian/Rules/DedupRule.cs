namespace HiWay.Domain.Guardian.Rules;

/// <summary>
/// Stops a prompt that keeps coming: after <c>count</c> times within <c>window_seconds</c> the next is acted on. Refused ones count too, so
/// a loop that does not pause stays stopped.
/// </summary>
public static class DedupRule
{
    public static GuardianRuleInfo Info { get; } = new(
        GuardianRule.Dedup,
        [GuardianAction.Block, GuardianAction.Throttle, GuardianAction.Suspend, GuardianAction.Alert],
        [
            new("count", 3, 1, 20, Whole: true, "Times allowed"),
            new("window_seconds", 60, 1, 3_600, Whole: true, "Within (seconds)"),
        ],
        "Repeated prompt", "The same prompt on the same key, again and again: a loop or a broken retry.");
}

/// <summary>The rule's figures as calls need them.</summary>
public readonly struct DedupLimits(RuleSettings settings)
{
    public bool On { get; } = settings.Enabled;

    public GuardianAction Action { get; } = settings.Action;

    public int Count { get; } = (int)settings.Values[0]!.Value;

    public int WindowSeconds { get; } = (int)settings.Values[1]!.Value;
}
