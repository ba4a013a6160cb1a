using System.Collections.Frozen;
using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;

namespace HiWay.Tests.Routing;

/// <summary>What holds for every text under every setting that a workspace can save.</summary>
public sealed class RoutingPropertyTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void TheSameRequestUnderTheSameSettings_GetsTheSameDecision() =>
        Prop.ForAll(TierRulesTests.Texts(), AllSettings(), (text, settings) =>
        {
            var copy = new RoutingSettings
            {
                Weights = settings.Weights.Reverse().ToDictionary(), LightBelow = settings.LightBelow, HeavyFrom = settings.HeavyFrom, Margin = settings.Margin, UltraLight = settings.UltraLight,
            };
            var (a, b) = (Prompt.User(text).Decide(settings), Prompt.User(text).Decide(copy));
            return a.Tier == b.Tier && a.Reason == b.Reason && a.Score.Score == b.Score.Score && a.Score.Analyzers.SequenceEqual(b.Score.Analyzers);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheMargin_OnlyEverBumpsUp_WhateverTheCutsAndWeights() =>
        Prop.ForAll(TierRulesTests.Texts(), AllSettings(), (text, settings) =>
        {
            var (without, with) = (Prompt.User(text).Decide(settings with { Margin = 0 }), Prompt.User(text).Decide(settings));
            return with.Tier >= without.Tier && with.Score.Score == without.Score.Score && (!with.Bumped || with.Tier > without.Tier);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void AnyWeights_LeaveAScoreFromZeroToOne_WhichTheContributionsMakeUp_AndSilentAnalyzersAddNothing() =>
        Prop.ForAll(TierRulesTests.Texts(), AllSettings(), (text, settings) =>
        {
            var score = Prompt.User(text).Decide(settings).Score;
            return score.Score is >= 0 and <= 1
                && Math.Abs(score.Base + score.Analyzers.Sum(a => a.Contribution) - score.Score) < 0.0001
                && score.Analyzers.All(a => a.Weight == settings.Weights.GetValueOrDefault(a.Name, 1) && (a.Weight != 0 || a.Contribution == 0));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void NoLimitOfACall_IsEverBroken_AndWhoeverIsLeftOutHasAReason()
    {
        var models = from provider in Gen.Choose(0, 4)
                     from name in Gen.Choose(0, 30)
                     from tier in Gen.Elements(Tier.Light, Tier.Standard)
                     from price in Gen.Elements<decimal?>(0.1m, 1m, 10m)
                     select Models.Make($"p{provider}/m{name}", tier, price);
        var cases = from list in models.ListOf()
                    from profile in Gen.Elements(Enum.GetValues<RoutingProfile>())
                    from cost in Gen.Elements<decimal?>(null, 0m, 0.001m, 0.01m, 0.5m)
                    from deadline in Gen.Elements<double?>(null, 1, 50, 1000)
                    from output in Gen.Elements<int?>(null, 100, 1000)
                    from choices in Gen.Choose(1, 3)
                    from allowed in Gen.Elements<string?>(null, "standard", "p1/m1")
                    select (Models: list.DistinctBy(m => m.Id).ToArray(), profile,
                        Needs: new RouteNeeds { PromptTokens = 500, MaxCostUsd = cost, DeadlineMs = deadline, MaxOutputTokens = output, Choices = choices, AllowedModels = allowed is null ? null : FrozenSet.ToFrozenSet([allowed]) });
        Prop.ForAll(cases.ToArbitrary(), x =>
        {
            var table = new CandidateTable<ModelEntry>(x.Models, m => m, SovereigntyZone.Global, expectedMs: (m, _) => Latency(m));
            var chain = table.Choose(Tier.Light, x.profile, x.Needs, Now, 3, []);
            var views = table.Explain(chain.IsEmpty ? Tier.Light : chain.Tier, x.profile, x.Needs, Now);
            return chain.Attempts.Count <= 3
                && chain.Attempts.All(m => Fits(m, x.Needs) && m.Tier == chain.Tier)
                && views.All(view => (view.ExcludedBecause is null) == Fits(x.Models.Single(m => m.Id == view.Model), x.Needs))
                && (!chain.IsEmpty || !x.Models.Any(m => Fits(m, x.Needs)));
        }).QuickCheckThrowOnFailure();

        static double? Latency(ModelEntry model) => model.Id[^1] switch { '0' => null, var last => (last - '0') * 100 };

        static bool Fits(ModelEntry model, RouteNeeds needs) =>
            !(WorstCaseRules.OfChat(model, Now, needs.PromptTokens, needs.MaxOutputTokens, needs.Choices) > needs.MaxCostUsd)
            && !(Latency(model) > needs.DeadlineMs)
            && KeyModels.Allows(needs.AllowedModels, needs.RequestedModel, model);
    }

    /// <summary>What the API lets a workspace save.</summary>
    private static Arbitrary<RoutingSettings> AllSettings()
    {
        var weights = Gen.Elements(0, 0.25, 1, 3, RoutingSettings.MaxWeight).ArrayOf(Router.AnalyzerNames.Count);
        return (from all in weights
                from light in Gen.Choose(1, 98)
                from heavy in Gen.Choose(light + 1, 99)
                from margin in Gen.Choose(0, 20)
                from gate in Gen.Elements(true, false)
                select new RoutingSettings
                {
                    Weights = Router.AnalyzerNames.Zip(all).ToDictionary(pair => pair.First, pair => pair.Second),
                    LightBelow = light / 100.0, HeavyFrom = heavy / 100.0, Margin = margin / 100.0, UltraLight = gate,
                }).ToArbitrary();
    }
}
