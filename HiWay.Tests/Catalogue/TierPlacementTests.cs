using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Catalogue;

public sealed class TierPlacementTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, ModelEntry> All = CatalogueFile.Read().Models.ToDictionary(model => model.Id);

    [Theory]
    [InlineData("google/gemini-2.5-flash-lite", Tier.UltraLight)]
    [InlineData("openai/gpt-4o-mini", Tier.UltraLight)]
    [InlineData("mistral/mistral-small-latest", Tier.UltraLight)]
    [InlineData("anthropic/claude-haiku-4-5", Tier.Light)]
    [InlineData("anthropic/claude-sonnet-4-6", Tier.Standard)]
    [InlineData("openai/gpt-4o", Tier.Standard)]
    [InlineData("google/gemini-2.5-flash", Tier.Standard)]
    [InlineData("mistral/mistral-large-latest", Tier.Standard)]
    [InlineData("anthropic/claude-opus-4-7", Tier.Heavy)]
    [InlineData("openai/gpt-5", Tier.Heavy)]
    [InlineData("google/gemini-2.5-pro", Tier.Heavy)]
    [InlineData("perplexity/sonar", Tier.WebSearch)]
    [InlineData("perplexity/sonar-pro", Tier.WebSearch)]
    [InlineData("perplexity/sonar-reasoning", Tier.WebSearch)]
    public void Anchor_IsInTheCatalogue_AndHasTheTierThatTheProductGivesIt(string id, Tier tier) =>
        Assert.Equal(tier, TierPlacement.TierOf(All[id], Now));

    [Theory]
    [InlineData("openai/gpt-4o-2024-08-06", Tier.Standard)]
    [InlineData("anthropic/claude-haiku-4-5-20251001", Tier.Light)]
    [InlineData("azure/claude-haiku-4-5", Tier.Light)]
    public void DatedSnapshotOfAnAnchor_OrItsWeightsElsewhere_ShareItsTier(string id, Tier tier) =>
        Assert.Equal(tier, TierPlacement.TierOf(All[id], Now));

    [Theory]
    [InlineData("openai/gpt-4.1-nano", Tier.UltraLight)]
    [InlineData("openai/gpt-5-mini", Tier.Light)]
    [InlineData("deepseek/deepseek-v4-pro", Tier.Standard)]
    [InlineData("anthropic/claude-opus-5", Tier.Heavy)]
    public void OtherModel_StandsBesideTheAnchorsThatItResembles(string id, Tier tier) =>
        Assert.Equal(tier, TierPlacement.TierOf(All[id], Now));

    [Theory]
    [InlineData("groq/meta-llama/llama-guard-4-12b")]       // judges, does not chat
    [InlineData("openai/o3-deep-research")]
    [InlineData("openai/gpt-5-pro")]                        // answers /v1/responses only
    [InlineData("openai/text-embedding-3-small")]
    public void ModelThatDoesNotChat_IsNeverRouted(string id) => Assert.Equal(Tier.None, TierPlacement.TierOf(All[id], Now));

    [Fact]
    public void PictureModel_IsInTheImageTier() =>
        Assert.All(All.Values.Where(model => model.Mode is ModelMode.Image), model => Assert.Equal(Tier.Image, TierPlacement.TierOf(model, Now)));

    [Fact]
    public void DearerOrBetter_NeverMeansALowerTier()
    {
        var price = Gen.Choose(1, 40_000).Select(thousandths => thousandths / 1000m);
        var quality = Gen.Choose(0, 1000).Select(tenths => tenths / 10.0);
        var pairs = price.Four().Zip(quality.Two(), (p, q) => (p, q)).ToArbitrary();
        Prop.ForAll(pairs, pair =>
        {
            var ((a, b, c, d), (q1, q2)) = pair;
            var low = Chat(Math.Min(a, b), Math.Min(c, d), Math.Min(q1, q2));
            var high = Chat(Math.Max(a, b), Math.Max(c, d), Math.Max(q1, q2));
            return TierPlacement.TierOf(low, Now) <= TierPlacement.TierOf(high, Now);
        }).Hold();
    }

    [Fact]
    public void NothingKnownOfAModel_TakesTheCallersWordForTheTier()
    {
        var unknown = Chat(null, null, null);

        Assert.Equal(Tier.None, TierPlacement.TierOf(unknown, Now));
        Assert.Equal(Tier.Standard, TierPlacement.TierOf(unknown, Now, provisional: Tier.Standard));
    }

    private static ModelEntry Chat(decimal? input, decimal? output, double? quality) => new()
    {
        Id = "acme/some-model",
        Provider = "acme",
        UpstreamModel = "some-model",
        Name = "Some model",
        Mode = ModelMode.Chat,
        Endpoints = [TierPlacement.ChatEndpoint],
        Quality = quality,
        Prices = input is null ? [] : [new DatedPrice(null, 0, new TokenPrice { Input = input, Output = output })],
    };
}
