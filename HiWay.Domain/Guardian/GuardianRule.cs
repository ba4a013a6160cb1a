namespace HiWay.Domain.Guardian;

/// <summary>What Guardian watches for (product.md section 5).</summary>
public enum GuardianRule
{
    /// <summary>The same prompt again and again.</summary>
    Dedup,

    /// <summary>A key that suddenly spends far more than it did.</summary>
    CostSpike,

    /// <summary>A prompt that has grown past reason.</summary>
    ContextBloat,

    /// <summary>An agent that goes in circles.</summary>
    ZombieAgent,

    /// <summary>A key's requests per minute.</summary>
    RateLimit,
}

/// <summary>What is done about it.</summary>
public enum GuardianAction
{
    /// <summary>The call is refused.</summary>
    Block,

    /// <summary>The key gets one call through per second.</summary>
    Throttle,

    /// <summary>The key is out of use until a person restores it.</summary>
    Suspend,

    /// <summary>The prompt is refused.</summary>
    Reject,

    /// <summary>The call goes to a model one tier lower.</summary>
    Downgrade,

    /// <summary>The oldest turns of the conversation are left out.</summary>
    Truncate,

    /// <summary>The call goes on; only people are told.</summary>
    Alert,
}

/// <summary>The names that the API uses.</summary>
public static class GuardianNames
{
    public static string Text(this GuardianRule rule) => rule switch
    {
        GuardianRule.Dedup => "dedup",
        GuardianRule.CostSpike => "cost_spike",
        GuardianRule.ContextBloat => "context_bloat",
        GuardianRule.ZombieAgent => "zombie_agent",
        GuardianRule.RateLimit => "rate_limit",
    };

    public static string Text(this GuardianAction action) => action switch
    {
        GuardianAction.Block => "block",
        GuardianAction.Throttle => "throttle",
        GuardianAction.Suspend => "suspend",
        GuardianAction.Reject => "reject",
        GuardianAction.Downgrade => "downgrade",
        GuardianAction.Truncate => "truncate",
        GuardianAction.Alert => "alert",
    };

    public static GuardianRule? ParseRule(string? text) => Find<GuardianRule>(text, rule => rule.Text());

    public static GuardianAction? ParseAction(string? text) => Find<GuardianAction>(text, action => action.Text());

    private static T? Find<T>(string? text, Func<T, string> name)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (name(value) == text)
            {
                return value;
            }
        }

        return null;
    }
}
