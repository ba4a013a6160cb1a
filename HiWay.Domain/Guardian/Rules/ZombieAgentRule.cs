namespace HiWay.Domain.Guardian.Rules;

/// <summary>
/// Stops an agent that goes in circles: for <c>window_seconds</c> it has been getting answers that are alike (<c>similarity</c>, the share of word
/// pairs in common) to prompts that end alike. Both are asked for, since many different prompts may well have the same answer
/// (sorting mail, say), and that is work.
/// </summary>
public static class ZombieAgentRule
{
    /// <summary>Answers before anything is called a loop.</summary>
    public const int LeastAnswers = 10;

    /// <summary>The loop's share of the key's answers from which the key is taken for the looping agent's.</summary>
    public const double LeastShare = 0.25;

    /// <summary>How alike the ends of the prompts must be.</summary>
    public const double PromptSimilarity = 0.7;

    public static GuardianRuleInfo Info { get; } = new(
        GuardianRule.ZombieAgent,
        [GuardianAction.Suspend, GuardianAction.Block, GuardianAction.Throttle, GuardianAction.Alert],
        [
            new("window_seconds", 1_800, 10, 86_400, Whole: true, "Looping for (seconds)"),
            new("similarity", 0.85m, 0.5m, 1, Whole: false, "Answers alike from (0.5 to 1)"),
        ],
        "Zombie agent", "An agent that goes in circles: near-identical answers to near-identical prompts, on and on.");

    /// <summary>A loop that is silent for longer has ended.</summary>
    public static long LongestGapMs(in ZombieAgentLimits limits) => limits.WindowSeconds * 1000L / 6;
}

/// <summary>The rule's figures as calls need them.</summary>
public readonly struct ZombieAgentLimits(RuleSettings settings)
{
    public bool On { get; } = settings.Enabled;

    public GuardianAction Action { get; } = settings.Action;

    public int WindowSeconds { get; } = (int)settings.Values[0]!.Value;

    public double Similarity { get; } = (double)settings.Values[1]!.Value;
}
