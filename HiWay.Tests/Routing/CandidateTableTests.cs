using System.Collections.Frozen;
using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

public sealed class CandidateTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly RouteNeeds Plain = new() { PromptTokens = 400, RequestedModel = "auto" };

    [Theory]
    [InlineData(RoutingProfile.Budget, "b/cheap")]
    [InlineData(RoutingProfile.Balanced, "a/good")]
    [InlineData(RoutingProfile.Quality, "c/best")]
    public void TheProfilePicks(RoutingProfile profile, string expected) => Assert.Equal(
        expected,
        Choose([Models.Make("a/good", price: 2, quality: 90), Models.Make("b/cheap", price: 1, quality: 20), Models.Make("c/best", price: 9, quality: 95)], profile: profile).Attempts[0].Id);

    [Fact]
    public void TheChain_GoesOnWithTheCheapestOfOtherProviders_ThreeInAll()
    {
        var chain = Choose(
        [
            Models.Make("a/best", price: 9, quality: 95), Models.Make("a/next", price: 1), Models.Make("b/dear", price: 4), Models.Make("b/fair", price: 3),
            Models.Make("c/cheap", price: 2), Models.Make("d/dearest", price: 8),
        ], profile: RoutingProfile.Quality);
        Assert.Equal(["a/best", "c/cheap", "b/fair"], chain.Attempts.Select(m => m.Id));
    }

    [Fact]
    public void EqualCandidates_AreOrderedById()
    {
        ModelEntry[] models = [Models.Make("c/m"), Models.Make("a/m"), Models.Make("b/m")];
        foreach (var profile in Enum.GetValues<RoutingProfile>())
        {
            Assert.Equal(["a/m", "b/m", "c/m"], Choose(models, profile: profile).Attempts.Select(m => m.Id));
        }
    }

    [Fact]
    public void WithoutFallback_TheChainIsOneLong() =>
        Assert.Single(Choose([Models.Make("a/m"), Models.Make("b/m")], maxAttempts: 1).Attempts);

    [Theory]
    [InlineData("tools", "it takes no tools")]
    [InlineData("vision", "it takes no images")]
    [InlineData("schema", "it takes no JSON schema")]
    [InlineData("audio", "it takes no audio")]
    [InlineData("files", "it takes no files")]
    [InlineData("context", "its context window is too small")]
    [InlineData("output", "it writes fewer tokens than max_tokens asks for")]
    [InlineData("not allowed", "the key may not use it")]
    [InlineData("zone", "it is outside the workspace's zone")]
    [InlineData("unavailable", "the catalogue marks it unavailable")]
    [InlineData("retired", "its provider has retired it")]
    [InlineData("unpriced", "its price is not known")]
    [InlineData("capabilities", "what it can do is not known")]
    [InlineData("context unknown", "its context window is not known")]
    [InlineData("unhealthy", "it is failing now")]
    public void EachHardFilter_ExcludesTheCheaperModel_AndSaysWhy(string filter, string why)
    {
        var cheap = Models.Make("a/cheap", price: 0.1m, zone: Zone.Eu);
        var other = Models.Make("b/other", price: 5, zone: Zone.Eu);
        var (zone, needs, usable) = (SovereigntyZone.Global, Plain, (Func<ModelEntry, bool>?)null);
        switch (filter)
        {
            case "tools": (cheap, needs) = (Without(ModelCapabilities.FunctionCall), Plain with { Required = ModelCapabilities.FunctionCall }); break;
            case "vision": (cheap, needs) = (Without(ModelCapabilities.Vision), Plain with { Required = ModelCapabilities.Vision }); break;
            case "schema": (cheap, needs) = (Without(ModelCapabilities.JsonSchema), Plain with { Required = ModelCapabilities.JsonSchema }); break;
            case "audio": (cheap, needs) = (Without(ModelCapabilities.AudioInput), Plain with { Required = ModelCapabilities.AudioInput }); break;
            case "files": (cheap, needs) = (Without(ModelCapabilities.Pdf), Plain with { Required = ModelCapabilities.Pdf }); break;
            case "context": (cheap, needs) = (cheap with { ContextWindow = 5_000 }, Plain with { PromptTokens = 4_000, MaxOutputTokens = 1_001 }); break;
            case "output": (cheap, needs) = (cheap with { MaxOutputTokens = 1_000 }, Plain with { MaxOutputTokens = 1_001 }); break;
            case "not allowed": needs = Plain with { AllowedModels = FrozenSet.ToFrozenSet(["other"]) }; break;
            case "zone": (cheap, zone) = (cheap with { Zone = Zone.Global }, SovereigntyZone.Eu); break;
            case "unavailable": cheap = cheap with { Status = ModelStatus.Unavailable }; break;
            case "retired": cheap = cheap with { DeprecationDate = DateOnly.FromDateTime(Now.UtcDateTime) }; break;
            case "unpriced": cheap = cheap with { Prices = [] }; break;
            case "capabilities": cheap = cheap with { CapabilitiesKnown = false }; break;
            case "context unknown": cheap = cheap with { ContextWindow = null }; break;
            case "unhealthy": usable = m => m.Id != "a/cheap"; break;
            default: throw new ArgumentOutOfRangeException(nameof(filter));
        }

        var table = new CandidateTable<ModelEntry>([cheap, other], m => m, zone);
        foreach (var profile in Enum.GetValues<RoutingProfile>())
        {
            Assert.Equal(["b/other"], table.Choose(Tier.Light, profile, needs, Now, 3, [], usable).Attempts.Select(m => m.Id));
            var views = table.Explain(Tier.Light, profile, needs, Now, usable);
            Assert.Equal([("b/other", null), ("a/cheap", why)], views.Select(v => (v.Model, v.ExcludedBecause)));
        }

        ModelEntry Without(ModelCapabilities one) => cheap with { Capabilities = cheap.Capabilities & ~one };
    }

    [Theory]
    [InlineData(SovereigntyZone.Global, Zone.Global, true)]
    [InlineData(SovereigntyZone.Eu, Zone.Global, false)]
    [InlineData(SovereigntyZone.Eu, Zone.Eu, true)]
    [InlineData(SovereigntyZone.Eu, Zone.Fr, true)]
    [InlineData(SovereigntyZone.Fr, Zone.Eu, false)]
    [InlineData(SovereigntyZone.Fr, Zone.Fr, true)]
    [InlineData(SovereigntyZone.Strict, Zone.Global, false)]
    [InlineData(SovereigntyZone.Strict, Zone.Eu, true)]
    public void AZone_LetsIn(SovereigntyZone workspace, Zone model, bool allowed) => Assert.Equal(allowed, ZoneRules.Allows(workspace, model));

    [Theory]
    [InlineData("a/m", true)]
    [InlineData("m", true)]
    [InlineData("m-2026", true)] // a further name of the model
    [InlineData("light", true)]
    [InlineData("auto", true)] // the name that was asked for
    [InlineData("heavy", false)]
    [InlineData("b/m", false)]
    public void AKeysList_NamesModelsTiersOrWhatWasAsked(string entry, bool allowed) => Assert.Equal(
        allowed, KeyModels.Allows(FrozenSet.ToFrozenSet([entry]), "auto", Models.Make("a/m") with { Aliases = ["m-2026"] }));

    [Fact]
    public void AnEmptyTier_GoesUp_AndNeverDown()
    {
        ModelEntry[] models = [Models.Make("a/light"), Models.Make("a/heavy", Tier.Heavy)];
        var up = Choose(models, Tier.Standard);
        Assert.Equal((Tier.Heavy, Tier.Standard, "a/heavy"), (up.Tier, up.AskedTier, up.Attempts.Single().Id));
        Assert.StartsWith("no standard model can take it", up.Reason);
        Assert.Equal("a/light", Choose(models, Tier.UltraLight).Attempts.Single().Id);
        Assert.True(Choose([Models.Make("a/light")], Tier.Standard).IsEmpty);
        Assert.True(Choose([Models.Make("a/heavy", Tier.Heavy)], Tier.WebSearch).IsEmpty);
    }

    [Fact]
    public void NoCandidate_NamesTheProvidersThatWouldServe()
    {
        var catalogue = new[]
        {
            Models.Make("anthropic/haiku"), Models.Make("openai/mini"), Models.Make("blind/mini", capabilities: ModelCapabilities.None),
            Models.Make("free/mystery", price: null), Models.Make("mine/light", capabilities: ModelCapabilities.None), Models.Make("zoned/mini", Tier.Heavy),
        };
        var table = new CandidateTable<ModelEntry>([catalogue[4]], m => m, SovereigntyZone.Global);
        var chain = table.Choose(Tier.Light, RoutingProfile.Balanced, Plain with { Required = ModelCapabilities.Vision }, Now, 3, catalogue);
        Assert.Empty(chain.Attempts);
        Assert.Equal(["anthropic", "openai", "zoned"], chain.MissingProviders);
        Assert.Contains("anthropic, openai, zoned", chain.Reason);
    }

    [Fact]
    public void APromptTooLongForAll_IsSaidToBe()
    {
        var table = new CandidateTable<ModelEntry>([Models.Make("a/m")], m => m, SovereigntyZone.Global);
        var chain = table.Choose(Tier.Light, RoutingProfile.Balanced, Plain with { PromptTokens = 100_000 }, Now, 3, [Models.Make("a/m")]);
        Assert.True(chain.PromptTooLong);
        Assert.Contains("context window is too small", chain.Reason);
    }

    [Fact]
    public void PricesOfTheRequestsOwnTime_Decide()
    {
        var falling = Models.Make("a/falling", price: 5) with
        {
            Prices = [new(null, 0, new() { Input = 5, Output = 5 }), new(Now, 0, new() { Input = 0.1m, Output = 0.1m })],
        };
        ModelEntry[] models = [falling, Models.Make("b/steady", price: 1)];
        var table = new CandidateTable<ModelEntry>(models, m => m, SovereigntyZone.Global);
        Assert.Equal("b/steady", table.Choose(Tier.Light, RoutingProfile.Budget, Plain, Now.AddTicks(-1), 3, []).Attempts[0].Id);
        Assert.Equal("a/falling", table.Choose(Tier.Light, RoutingProfile.Budget, Plain, Now, 3, []).Attempts[0].Id);
    }

    [Fact]
    public void ALongPrompt_IsComparedAtLongPromptPrices()
    {
        var model = Models.Make("a/jumps", price: 1) with { Prices = [new(null, 0, new() { Input = 1, Output = 4 }), new(null, 50_000, new() { Input = 9, Output = 9 })] };
        ModelEntry[] models = [model, Models.Make("b/steady", price: 2)];
        Assert.Equal("a/jumps", Choose(models, profile: RoutingProfile.Budget, needs: Plain with { PromptTokens = 50_000 }).Attempts[0].Id);
        Assert.Equal("b/steady", Choose(models, profile: RoutingProfile.Budget, needs: Plain with { PromptTokens = 50_001 }).Attempts[0].Id);
    }

    [Fact]
    public void TheMixOfInputAndOutput_DecidesWhatIsCheaper()
    {
        var reader = Models.Make("a/reader") with { Prices = [new(null, 0, new() { Input = 1, Output = 10 })] };
        var writer = Models.Make("b/writer") with { Prices = [new(null, 0, new() { Input = 2, Output = 3 })] };
        Assert.Equal("a/reader", Choose([reader, writer], needs: Plain with { PromptTokens = 40_000 }).Attempts[0].Id);
        Assert.Equal("b/writer", Choose([reader, writer], needs: Plain with { PromptTokens = 50 }).Attempts[0].Id);
    }

    [Fact]
    public void AnUnmeasuredModel_RanksBehindAllMeasured_ButMayBeTheCheapest()
    {
        ModelEntry[] models = [Models.Make("a/unknown", price: 0.01m, quality: null), Models.Make("b/known", price: 5, quality: 10)];
        Assert.Equal("b/known", Choose(models, profile: RoutingProfile.Balanced).Attempts[0].Id);
        Assert.Equal("b/known", Choose(models, profile: RoutingProfile.Quality).Attempts[0].Id);
        Assert.Equal("a/unknown", Choose(models, profile: RoutingProfile.Budget).Attempts[0].Id);
    }

    [Fact]
    public void ADegradedModel_ComesLast() => Assert.Equal(
        ["b/m", "a/m"], Choose([Models.Make("a/m", price: 0.1m, status: ModelStatus.Degraded), Models.Make("b/m")], profile: RoutingProfile.Budget).Attempts.Select(m => m.Id));

    [Fact]
    public void AskedForReasoning_IsPreferred_AndGivenUpWhenNobodyHasIt()
    {
        var needs = Plain with { Preferred = ModelCapabilities.Reasoning };
        ModelEntry[] models = [Models.Make("a/plain", price: 0.1m), Models.Make("b/thinks", capabilities: Models.All | ModelCapabilities.Reasoning)];
        Assert.Equal(["b/thinks"], Choose(models, needs: needs).Attempts.Select(m => m.Id));
        Assert.Equal(["a/plain"], Choose(models[..1], needs: needs).Attempts.Select(m => m.Id));
    }

    [Fact]
    public void Property_NoChainBreaksAHardFilter_OrIsLongerThanThree_OrAsksAProviderTwice()
    {
        var models = from index in Gen.Choose(0, 5)
                     from name in Gen.Choose(0, 99)
                     from tier in Gen.Elements(Tier.UltraLight, Tier.Light, Tier.Standard, Tier.Heavy)
                     from price in Gen.Elements<decimal?>(null, 0m, 0.1m, 1m, 10m)
                     from quality in Gen.Elements<double?>(null, 0, 40, 90)
                     from capabilities in Gen.Elements(ModelCapabilities.None, ModelCapabilities.FunctionCall, ModelCapabilities.Vision, Models.All)
                     from context in Gen.Elements<int?>(null, 2_000, 100_000)
                     from zone in Gen.Elements(Zone.Global, Zone.Eu, Zone.Fr)
                     from status in Gen.Elements(ModelStatus.Available, ModelStatus.Degraded, ModelStatus.Unavailable)
                     select Models.Make($"p{index}/m{name}", tier, price, quality, capabilities, context, zone, status);
        var cases = from list in models.ListOf()
                    from tier in Gen.Elements(Tier.UltraLight, Tier.Light, Tier.Standard, Tier.Heavy)
                    from profile in Gen.Elements(Enum.GetValues<RoutingProfile>())
                    from zone in Gen.Elements(Enum.GetValues<SovereigntyZone>())
                    from required in Gen.Elements(ModelCapabilities.None, ModelCapabilities.FunctionCall, ModelCapabilities.Vision | ModelCapabilities.FunctionCall)
                    from prompt in Gen.Elements(10, 3_000, 99_000)
                    select (Models: list.DistinctBy(m => m.Id).ToArray(), tier, profile, zone, Needs: Plain with { Required = required, PromptTokens = prompt });
        Prop.ForAll(cases.ToArbitrary(), x =>
        {
            var chain = Ask(x.Models);
            return chain.Attempts.Count <= 3
                && chain.Attempts.Select(m => m.Provider).Distinct().Count() == chain.Attempts.Count
                && chain.Attempts.All(m => m.Tier == chain.Tier && m.Tier >= x.tier && m.Can(x.Needs.Required) && m.ContextWindow >= x.Needs.PromptTokens + 400
                    && ZoneRules.Allows(x.zone, m.Zone) && m.Status is not ModelStatus.Unavailable && m.Prices.Count > 0)
                && chain.Attempts.SequenceEqual(Ask([.. x.Models.Reverse()]).Attempts)
                && (!chain.IsEmpty || !x.Models.Any(m => m.Tier >= x.tier && m.Can(x.Needs.Required) && m.ContextWindow >= x.Needs.PromptTokens + 400
                    && ZoneRules.Allows(x.zone, m.Zone) && m.Status is not ModelStatus.Unavailable && m.Prices.Count > 0));

            CandidateChain<ModelEntry> Ask(ModelEntry[] list) =>
                new CandidateTable<ModelEntry>(list, m => m, x.zone).Choose(x.tier, x.profile, x.Needs, Now, 3, []);
        }).Hold();
    }

    private static CandidateChain<ModelEntry> Choose(
        ModelEntry[] models, Tier tier = Tier.Light, RoutingProfile profile = RoutingProfile.Balanced, RouteNeeds? needs = null, int maxAttempts = 3) =>
        new CandidateTable<ModelEntry>(models, m => m, SovereigntyZone.Global).Choose(tier, profile, needs ?? Plain, Now, maxAttempts, []);
}
