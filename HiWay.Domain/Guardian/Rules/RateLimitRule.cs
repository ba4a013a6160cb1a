namespace HiWay.Domain.Guardian.Rules;

/// <summary>
/// A key's requests per rolling minute. The windows themselves are those of the limits (HiWay.Domain/Limits), which all nodes share; the rule
/// says what holds for keys without a limit of their own, and what is done and told. A key's own limit holds while the rule is off, too: nobody is
/// told then.
/// </summary>
public static class RateLimitRule
{
    public static GuardianRuleInfo Info { get; } = new(
        GuardianRule.RateLimit,
        [GuardianAction.Block, GuardianAction.Alert],
        [new("rpm", null, 1, 1_000_000, Whole: true, "A minute, for keys without a limit", Optional: true)],
        "Rate limit", "More requests a minute than the key may make.");
}

/// <summary>The rule's figures as calls need them.</summary>
public readonly struct RateLimitLimits(RuleSettings settings)
{
    public bool On { get; } = settings.Enabled;

    public GuardianAction Action { get; } = settings.Action;

    /// <summary>For keys without a limit of their own; null is none.</summary>
    public int? Rpm { get; } = (int?)settings.Values[0];
}
