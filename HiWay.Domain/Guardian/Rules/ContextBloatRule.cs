namespace HiWay.Domain.Guardian.Rules;

/// <summary>Stops prompts that have grown past reason, the usual sign of a loop that re-reads its own output.</summary>
public static class ContextBloatRule
{
    public static GuardianRuleInfo Info { get; } = new(
        GuardianRule.ContextBloat,
        [GuardianAction.Reject, GuardianAction.Downgrade, GuardianAction.Truncate, GuardianAction.Alert],
        [new("ceiling", 50_000, 100, 10_000_000, Whole: true, "Prompt tokens allowed")],
        "Context bloat", "A prompt that has grown past reason: a loop that reads its own output again, or a whole file by mistake.");

    public static GuardianHit? Judge(in ContextBloatLimits limits, int tokens) => tokens <= limits.Ceiling
        ? null
        : new(GuardianRule.ContextBloat, limits.Action, limits.Action is GuardianAction.Reject, 0, tokens, limits.Ceiling, 0);
}

/// <summary>The rule's figures as calls need them.</summary>
public readonly struct ContextBloatLimits(RuleSettings settings)
{
    public bool On { get; } = settings.Enabled;

    public GuardianAction Action { get; } = settings.Action;

    /// <summary>Tokens.</summary>
    public int Ceiling { get; } = (int)settings.Values[0]!.Value;
}
