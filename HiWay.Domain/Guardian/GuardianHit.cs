using System.Globalization;

namespace HiWay.Domain.Guardian;

/// <summary>A rule that a call has run into.</summary>
/// <param name="Stops">The call goes no further.</param>
/// <param name="RetryAfterSeconds">When stopped: until it would pass, as far as anyone can say; 0 when time does not mend it.</param>
/// <param name="Value">What was measured: prompts, US dollars, tokens, seconds, calls a minute.</param>
/// <param name="Limit">What was allowed, in the same unit.</param>
/// <param name="WindowSeconds">Over how long; 0 where no time matters.</param>
public readonly record struct GuardianHit(
    GuardianRule Rule, GuardianAction Action, bool Stops, int RetryAfterSeconds, decimal Value, decimal Limit, int WindowSeconds)
{
    /// <summary>A call before this one has suspended the key, and that is written down; nothing was measured here.</summary>
    public bool IsKnown { get; init; }

    /// <summary>What happened, as a sentence.</summary>
    public string Reason => Rule switch
    {
        GuardianRule.Dedup => $"The same prompt came {Number(Value)} times within {Span(WindowSeconds)}; {Number(Limit)} are allowed.",
        GuardianRule.CostSpike => $"The key has spent {Usd(Value)} USD within {Span(WindowSeconds)}; up to {Usd(Limit)} is in line with its last 24 hours.",
        GuardianRule.ContextBloat => $"The prompt has about {Number(Value)} tokens; the limit is {Number(Limit)}.",
        GuardianRule.ZombieAgent => $"The key has been getting near-identical answers to near-identical prompts for {Span((int)Value)}; {Span((int)Limit)} are allowed.",
        GuardianRule.RateLimit => $"The key may make {Number(Limit)} requests a minute.",
    };

    /// <summary>What can be done about it, as a sentence.</summary>
    public string Advice => Rule switch
    {
        GuardianRule.Dedup => "If the repetition is wanted, change the rule 'dedup' under Guardian.",
        GuardianRule.CostSpike => "If the spending is wanted, change the rule 'cost_spike' under Guardian.",
        GuardianRule.ContextBloat => "Shorten the conversation or start a new one, or change the rule 'context_bloat' under Guardian.",
        GuardianRule.ZombieAgent => "Look at what the agent is doing; if it is well, change the rule 'zombie_agent' under Guardian.",
        GuardianRule.RateLimit => "Send fewer calls, or raise the key's limit under Keys.",
    };

    private static string Number(decimal value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);

    private static string Usd(decimal value) => value.ToString("0.00##", CultureInfo.InvariantCulture);

    private static string Span(int seconds) => seconds >= 120 && seconds % 60 == 0 ? $"{seconds / 60} minutes" : seconds >= 600 ? $"{seconds / 60} minutes" : $"{seconds} seconds";
}
