using System.Collections.Frozen;
using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Tests.Harness;

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
        }).Hold();

    [Fact]
    public void TheMargin_OnlyEverBumpsUp_WhateverTheCutsAndWeights() =>
        Prop.ForAll(TierRulesTests.Texts(), AllSettings(), (text, settings) =>
        {
            var (without, with) = (Prompt.User(text).Decide(settings with { Margin = 0 }), Prompt.User(text).Decide(settings));
            return with.Tier >= without.Tier && with.Score.Score == without.Score.Score && (!with.Bumped || with.Tier > without.Tier);
        }).Hold();

    [Fact]
    public void AnyWeights_LeaveAScoreFromZeroToOne_WhichTheContributionsMakeUp_AndSilentAnalyzersAddNothing() =>
        Prop.ForAll(TierRulesTests.Texts(), AllSettings(), (text, settings) =>
        {
            var score = Prompt.User(text).Decide(settings).Score;
            return score.Score is >= 0 and <= 1
                && Math.Abs(score.Base + score.Analyzers.Sum(a => a.Contribution) - score.Score) < 0.0001
                && score.Analyzers.All(a => a.Weight == settings.Weights.GetValueOrDefault(a.Name, 1) && (a.Weight != 0 || a.Contribution == 0));
        }).Hold();

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
        }).Hold();

        static double? Latency(ModelEntry model) => model.Id[^1] switch { '0' => null, var last => (last - '0') * 100 };

        static bool Fits(ModelEntry model, RouteNeeds needs) =>
            !(WorstCaseRules.OfChat(model, Now, needs.PromptTokens, needs.MaxOutputTokens, needs.Choices) > needs.MaxCostUsd)
            && !(Latency(model) > needs.DeadlineMs)
            && KeyModels.Allows(needs.AllowedModels, needs.RequestedModel, model);
    }

    /// <summary>Each filter is written down once more here, so that one which is left out of the table, or asked only of some tiers, is seen.</summary>
    [Fact]
    public void NoCandidate_ThatAHardFilterForbids_IsEverChosen()
    {
        ModelCapabilities[] abilities = [ModelCapabilities.None, ModelCapabilities.FunctionCall, ModelCapabilities.Vision, ModelCapabilities.JsonSchema, ModelCapabilities.AudioInput, ModelCapabilities.Pdf];
        var models = from provider in Gen.Choose(0, 4)
                     from name in Gen.Choose(0, 30)
                     from tier in Gen.Elements(Tier.UltraLight, Tier.Light, Tier.Standard, Tier.Heavy)
                     from price in Gen.Elements<decimal?>(null, 0.1m, 0.1m, 1m, 10m)
                     from lacks in Gen.Elements(abilities)
                     from context in Gen.Elements<int?>(null, 1_000, 5_000, 100_000, 100_000, 100_000)
                     from output in Gen.Elements<int?>(null, 500, 8_000, 8_000)
                     from zone in Gen.Elements(Enum.GetValues<Zone>())
                     from status in Gen.Elements(ModelStatus.Available, ModelStatus.Available, ModelStatus.Available, ModelStatus.Unavailable)
                     from retires in Gen.Elements<int?>(null, null, null, -1, 0, 1)
                     select Models.Make($"p{provider}/m{name}", tier, price, capabilities: Models.All & ~lacks, context: context, zone: zone, status: status) with
                     {
                         MaxOutputTokens = output, DeprecationDate = retires is { } days ? DateOnly.FromDateTime(Now.AddDays(days).UtcDateTime) : null,
                     };
        var cases = from list in models.ListOf()
                    from profile in Gen.Elements(Enum.GetValues<RoutingProfile>())
                    from zone in Gen.Elements(SovereigntyZone.Global, SovereigntyZone.Global, SovereigntyZone.Eu, SovereigntyZone.Fr, SovereigntyZone.Strict)
                    from asked in Gen.Elements(Tier.UltraLight, Tier.Light, Tier.Standard, Tier.Heavy)
                    from wanted in Gen.Elements(abilities)
                    from preferred in Gen.Elements(ModelCapabilities.None, ModelCapabilities.Reasoning)
                    from prompt in Gen.Elements(10, 10, 900, 50_000)
                    from output in Gen.Elements<int?>(null, 100, 1_000)
                    from cost in Gen.Elements<decimal?>(null, null, 0.001m, 0.5m)
                    from deadline in Gen.Elements<double?>(null, null, 400)
                    from allowed in Gen.Elements<string?>(null, null, null, "standard", "m1")
                    from failing in Gen.Choose(0, 4)
                    select (Models: list.DistinctBy(m => m.Id).ToArray(), profile, zone, asked, Failing: $"p{failing}",
                        Needs: new RouteNeeds { Required = wanted, Preferred = preferred, PromptTokens = prompt, MaxOutputTokens = output, MaxCostUsd = cost, DeadlineMs = deadline, AllowedModels = allowed is null ? null : FrozenSet.ToFrozenSet([allowed]) });
        var chosen = 0;
        Prop.ForAll(cases.ToArbitrary(), x =>
        {
            var table = new CandidateTable<ModelEntry>(x.Models, m => m, x.zone, expectedMs: (m, _) => Latency(m));
            var chain = table.Choose(x.asked, x.profile, x.Needs, Now, 3, [], usable: m => m.Provider != x.Failing);
            chosen += chain.Attempts.Count;
            return chain.Attempts.Count <= 3 && chain.Attempts.All(m => m.Tier >= x.asked && Forbidden(m, x.zone, x.Needs, x.Failing) is null)
                && (!chain.IsEmpty || !x.Models.Any(m => m.Tier == x.asked && Forbidden(m, x.zone, x.Needs, x.Failing) is null));
        }).Hold();
        Assert.True(chosen > 30, $"Only {chosen} were chosen, which proves nothing.");

        static double? Latency(ModelEntry model) => (model.Id[^1] - '0') * 100;

        static string? Forbidden(ModelEntry model, SovereigntyZone zone, RouteNeeds needs, string failing) =>
            model.Status == ModelStatus.Unavailable ? "status"
            : zone == SovereigntyZone.Fr && model.Zone != Zone.Fr ? "zone"
            : zone is SovereigntyZone.Eu or SovereigntyZone.Strict && model.Zone is not (Zone.Eu or Zone.Fr) ? "zone"
            : model.Prices.Count == 0 ? "price"
            : (needs.Required & ~model.Capabilities) != 0 ? "capabilities"
            : model.ContextWindow is not { } window || needs.PromptTokens + (needs.MaxOutputTokens ?? RoutingSettings.TypicalOutputTokens) > window ? "context"
            : needs.MaxOutputTokens > model.MaxOutputTokens ? "output"
            : !KeyModels.Allows(needs.AllowedModels, "", model) ? "key"
            : WorstCaseRules.OfChat(model, Now, needs.PromptTokens, needs.MaxOutputTokens, 1) > needs.MaxCostUsd ? "cost"
            : Latency(model) > needs.DeadlineMs ? "deadline"
            : model.Provider == failing ? "health"
            : model.DeprecationDate <= DateOnly.FromDateTime(Now.UtcDateTime) ? "retired"
            : null;
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
