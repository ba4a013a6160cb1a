using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Catalogue;

/// <summary>What the shipped data says, checked at models whose price lists are easy to look up.</summary>
public sealed class CatalogueFileTests
{
    private static readonly CatalogueData Data = CatalogueFile.Read();
    private static readonly Dictionary<string, ModelEntry> All = Data.Models.ToDictionary(model => model.Id);

    [Fact]
    public void EveryModel_HasAnIdOfItsProvider_AndIsThereOnce()
    {
        Assert.True(Data.Models.Count > 600);
        Assert.Equal(Data.Models.Count, All.Count);
        Assert.All(Data.Models, model => Assert.StartsWith(model.Provider + "/", model.Id, StringComparison.Ordinal));
        Assert.All(Data.Models, model => Assert.NotEmpty(model.UpstreamModel));
    }

    [Fact]
    public void EveryCallableProviderThatHasPublicModels_HasSome()
    {
        // Servers of one's own, and Vertex, where each project names its models: they come with the credential.
        string[] namedByTheCustomer = ["ollama", "vllm", "vertex"];
        Assert.All(ProviderCatalogue.All.Where(provider => !namedByTheCustomer.Contains(provider.Slug)), provider =>
            Assert.Contains(Data.Models, model => model.Provider == provider.Slug && model.Listed && model.Mode is ModelMode.Chat));
    }

    [Fact]
    public void Price_IsThatOfTheList_ToTheLastDigit()
    {
        var price = PriceRules.PriceAt(All["anthropic/claude-haiku-4-5"].Prices, At(2026, 11, 20), 1000)!;

        Assert.Equal((1.0m, 5.0m, 0.1m, 1.25m, 2.0m), (price.Input, price.Output, price.CacheRead, price.CacheWrite5m, price.CacheWrite1h));
    }

    [Theory]
    [InlineData(200_000, 3.0, 15.0)]
    [InlineData(200_001, 6.0, 22.5)]
    public void LongPrompt_TakesTheLongPromptsPrice_FromTheFirstTokenPastTheBound(long promptTokens, double input, double output)
    {
        var price = PriceRules.PriceAt(All["anthropic/claude-sonnet-4-5"].Prices, At(2026, 11, 20), promptTokens)!;

        Assert.Equal(((decimal)input, (decimal)output), (price.Input, price.Output));
    }

    [Theory]
    [InlineData(2026, 8, 31, 2.0, 10.0)]
    [InlineData(2026, 9, 1, 3.0, 15.0)]
    public void DatedPrice_HoldsFromMidnightUtcOfItsDay(int year, int month, int day, double input, double output)
    {
        var price = PriceRules.PriceAt(All["anthropic/claude-sonnet-5"].Prices, At(year, month, day), 1000)!;

        Assert.Equal(((decimal)input, (decimal)output), (price.Input, price.Output));
    }

    [Fact]
    public void DatedPriceWithBounds_KeepsTheBoundsOfItsTime()
    {
        var prices = All["anthropic/claude-sonnet-4-6"].Prices;

        Assert.Equal(6m, PriceRules.PriceAt(prices, At(2026, 3, 12), 250_000)!.Input);   // until March 2026 long prompts cost double
        Assert.Equal(3m, PriceRules.PriceAt(prices, At(2026, 3, 13), 250_000)!.Input);
    }

    [Fact]
    public void ModelWithoutAPriceList_IsUnpriced_NotFree()
    {
        var model = All["groq/groq/compound"];

        Assert.Empty(model.Prices);
        Assert.Equal(new Cost(0m, Unpriced: true), PriceRules.CostOf(new TokenUsage { Input = 10, Output = 5 }, PriceRules.PriceAt(model.Prices, At(2026, 11, 20), 10)));
    }

    [Fact]
    public void RetiredModel_KeepsItsPrice_AndIsNotListed()
    {
        var model = All["openai/gpt-3.5-turbo"];

        Assert.False(model.Listed);
        Assert.NotNull(PriceRules.PriceAt(model.Prices, At(2026, 11, 20), 10)?.Input);
    }

    [Fact]
    public void OnlyMistral_StatesAZone() =>
        Assert.All(Data.Models, model => Assert.Equal(model.Provider == "mistral" ? Zone.Eu : Zone.Global, model.Zone));

    [Fact]
    public void Row_SurvivesTheWayThroughTheDatabase_WithDefaultsLeftOut()
    {
        var rows = Data.Models.Select(model => JsonSerializer.Serialize(model, CatalogueJson.Options)).ToList();

        Assert.Equal(rows, rows.Select(row => JsonSerializer.Serialize(JsonSerializer.Deserialize<ModelEntry>(row, CatalogueJson.Options), CatalogueJson.Options)));
        Assert.DoesNotContain(rows, row => row.Contains("\"tier\"", StringComparison.Ordinal));
        Assert.Contains(rows, row => row.Contains("\"listed\":false", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(60.7, null, null, null, 93.4)]
    [InlineData(null, 11.2, null, null, 19.1)]     // 0.9601 * 11.2 + 1.693 = 12.446
    [InlineData(null, null, 80.0, null, 83.5)]
    [InlineData(null, null, null, 1400.0, 37.4)]
    [InlineData(null, null, null, 900.0, 0.0)]     // below the scale's foot
    [InlineData(30.0, 99.0, 99.0, 1500.0, 46.2)]   // the best source decides alone
    public void Quality_ComesFromTheBestSourceThatMeasured(double? index, double? byVariant, double? liveBench, double? arena, double expected) =>
        Assert.Equal(expected, QualityScale.Of(new(index, byVariant, liveBench, arena)));

    [Fact]
    public void Quality_OfAModelThatNobodyMeasured_IsUnknown() => Assert.Null(QualityScale.Of(default));

    private static DateTimeOffset At(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
}
