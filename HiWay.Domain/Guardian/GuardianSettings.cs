using HiWay.Domain.Guardian.Rules;

namespace HiWay.Domain.Guardian;

/// <summary>One rule as a workspace has set it.</summary>
/// <param name="Values">The rule's figures in the catalog's order.</param>
/// <param name="AlertTarget">The webhook endpoint (<c>wh_…</c>) that hears of it beside the subscribed ones; null for none.</param>
public sealed record RuleSettings(bool Enabled, GuardianAction Action, IReadOnlyList<decimal?> Values, string? AlertTarget);

/// <summary>A workspace's rules, with the figures that calls need worked out once. Immutable.</summary>
public sealed class GuardianSettings
{
    private readonly RuleSettings[] _rules;

    /// <param name="rules">One for each rule, in the catalog's order.</param>
    public GuardianSettings(IReadOnlyList<RuleSettings> rules)
    {
        _rules = [.. rules];
        (Dedup, CostSpike, ContextBloat, ZombieAgent, RateLimit) = (
            new(this[GuardianRule.Dedup]), new(this[GuardianRule.CostSpike]), new(this[GuardianRule.ContextBloat]), new(this[GuardianRule.ZombieAgent]),
            new(this[GuardianRule.RateLimit]));
        WatchesKeys = Dedup.On || CostSpike.On || ZombieAgent.On;
    }

    public static GuardianSettings Default { get; } = new([.. GuardianCatalog.All.Select(info => info.Defaults)]);

    /// <summary>All rules off.</summary>
    public static GuardianSettings Off { get; } = new([.. GuardianCatalog.All.Select(info => info.Defaults with { Enabled = false })]);

    public RuleSettings this[GuardianRule rule] => _rules[(int)rule];

    public DedupLimits Dedup { get; }

    public CostSpikeLimits CostSpike { get; }

    public ContextBloatLimits ContextBloat { get; }

    public ZombieAgentLimits ZombieAgent { get; }

    public RateLimitLimits RateLimit { get; }

    /// <summary>Some rule remembers what a key has done before.</summary>
    public bool WatchesKeys { get; }

    /// <summary>The same with one rule set anew.</summary>
    public GuardianSettings With(GuardianRule rule, RuleSettings settings)
    {
        RuleSettings[] rules = [.. _rules];
        rules[(int)rule] = settings;
        return new(rules);
    }
}
