using HiWay.Domain.Guardian.Rules;

namespace HiWay.Domain.Guardian;

/// <summary>One figure of a rule that can be set.</summary>
/// <param name="Name">As the API spells it.</param>
/// <param name="Default">Null only where <paramref name="Optional"/>.</param>
/// <param name="Whole">A whole number.</param>
/// <param name="Label">For people, with the unit.</param>
/// <param name="Optional">May be null, which switches the figure off.</param>
public sealed record GuardianParam(string Name, decimal? Default, decimal Min, decimal Max, bool Whole, string Label, bool Optional = false);

/// <summary>A rule as settings and pages know it. The rule's own file says what it does.</summary>
/// <param name="Actions">What may be done about a violation; the first is the default.</param>
/// <param name="Params">In the order of <see cref="RuleSettings.Values"/>.</param>
/// <param name="Title">For people.</param>
/// <param name="Summary">A sentence: what it stops.</param>
public sealed record GuardianRuleInfo(GuardianRule Rule, IReadOnlyList<GuardianAction> Actions, IReadOnlyList<GuardianParam> Params, string Title, string Summary)
{
    public RuleSettings Defaults => field ??= new(true, Actions[0], [.. Params.Select(param => param.Default)], null);
}

/// <summary>All rules, in the order in which they are shown. A rule is a file in Rules and a line here.</summary>
public static class GuardianCatalog
{
    public static IReadOnlyList<GuardianRuleInfo> All { get; } =
        [DedupRule.Info, CostSpikeRule.Info, ContextBloatRule.Info, ZombieAgentRule.Info, RateLimitRule.Info];

    public static GuardianRuleInfo Info(GuardianRule rule) => All[(int)rule];
}
