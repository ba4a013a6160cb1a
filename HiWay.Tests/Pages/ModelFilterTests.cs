using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components.Forms;
using HiWay.Web.Pages.Models;
using Xunit;

namespace HiWay.Tests.Pages;

/// <summary>What the catalogue page shows, and in which order.</summary>
public sealed class ModelFilterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly ModelView[] All =
    [
        Model("anthropic/claude-haiku-4-5", Tier.Light, 1m, 5m, ModelCapabilities.FunctionCall | ModelCapabilities.Vision, callable: true) with { Alias = "fast" },
        Model("groq/llama-3.3-70b", Tier.Light, 0.59m, 0.79m, ModelCapabilities.FunctionCall, callable: false),
        Model("home/secret", Tier.Standard, null, null, ModelCapabilities.None, callable: true),
        Model("openai/gpt-5", Tier.Heavy, 1.25m, 10m, ModelCapabilities.FunctionCall | ModelCapabilities.Reasoning, callable: true),
    ];

    [Theory]
    [InlineData("llama", null, null, null, null, "groq/llama-3.3-70b")]
    [InlineData("FAST", null, null, null, null, "anthropic/claude-haiku-4-5")]
    [InlineData("openai 5", null, null, null, null, "openai/gpt-5")]
    [InlineData("", "groq", null, null, null, "groq/llama-3.3-70b")]
    [InlineData("", null, "light", null, null, "anthropic/claude-haiku-4-5,groq/llama-3.3-70b")]
    [InlineData("", null, "light", null, true, "anthropic/claude-haiku-4-5")]
    [InlineData("", null, null, "reasoning", null, "openai/gpt-5")]
    [InlineData("", null, "nonsense", "nonsense", null, "anthropic/claude-haiku-4-5,home/secret,openai/gpt-5,groq/llama-3.3-70b")]
    [InlineData("no such model", null, null, null, null, "")]
    public void OnlyWhatWasAskedFor_IsShown(string search, string? provider, string? tier, string? capability, bool? callable, string ids) =>
        Assert.Equal(ids, string.Join(',', ModelFilter.Of(search, provider, tier, capability, callable, null).Apply(All, Now).Select(m => m.Entry.Id)));

    [Theory]
    [InlineData("/v1/embeddings", "openai/text-embedding")]
    [InlineData("/v1/chat/completions", "openai/gpt-5")]
    [InlineData("nonsense", "openai/gpt-5,openai/text-embedding")]
    public void ByEndpoint_OnlyModelsThatAreReachedThere(string endpoint, string ids)
    {
        ModelView[] models =
        [
            All[3] with { Entry = All[3].Entry with { Endpoints = ["/v1/chat/completions"] } },
            All[3] with { Entry = All[3].Entry with { Id = "openai/text-embedding", Endpoints = ["/v1/embeddings"] } },
        ];

        Assert.Equal(ids, string.Join(',', ModelFilter.Of(null, null, null, null, null, null, endpoint).Apply(models, Now).Select(m => m.Entry.Id)));
    }

    [Fact]
    public void ByPrice_TheCheapestComesFirst_AndAnUnknownPriceLast() =>
        Assert.Equal(
            ["groq/llama-3.3-70b", "anthropic/claude-haiku-4-5", "openai/gpt-5", "home/secret"],
            ModelFilter.Of(null, null, null, null, null, "input").Apply(All, Now).Select(m => m.Entry.Id));

    [Fact]
    public void NegotiatedPrices_ReplaceTheList()
    {
        var own = All[3] with { NegotiatedPrices = new TokenPrice { Input = 0.1m, Output = 1m } };

        Assert.Equal(0.1m, ModelPrices.Now(own, Now)!.Input);
        Assert.Equal("openai/gpt-5", ModelFilter.Of(null, null, null, null, null, "input").Apply([All[0], own], Now)[0].Entry.Id);
    }

    [Fact]
    public void APriceThatStartsLater_IsAnnounced_NotShown()
    {
        var model = All[3] with
        {
            Entry = All[3].Entry with
            {
                Prices = [new(null, 0, Price(1, 2)), new(null, 200_000, Price(2, 4)), new(Now.AddDays(1), 0, Price(9, 9)), new(Now.AddDays(1), 200_000, Price(9, 9))],
            },
        };

        Assert.Equal(1m, ModelPrices.Now(model, Now)!.Input);
        Assert.Equal((200_000, 2m), (Assert.Single(ModelPrices.LongPrompts(model, Now)).AbovePromptTokens, ModelPrices.LongPrompts(model, Now)[0].Price.Input));
        Assert.Equal(Now.AddDays(1), ModelPrices.Next(model, Now)!.From);
    }

    [Theory]
    [InlineData(null, "unknown")]
    [InlineData(0.0, "free")]
    [InlineData(0.59, "$0.59")]
    [InlineData(0.075, "$0.075")]
    [InlineData(15.0, "$15.00")]
    public void Prices_ReadLikeAPriceList(double? usd, string text) => Assert.Equal(text, ModelPrices.Text((decimal?)usd));

    [Theory]
    [InlineData(128_000, "128k")]
    [InlineData(1_048_576, "1.05M")]
    [InlineData(4_096, "4.1k")]
    [InlineData(512, "512")]
    [InlineData(null, "–")]
    public void ContextWindows_ReadLikeADataSheet(int? tokens, string text) => Assert.Equal(text, ModelText.Tokens(tokens));

    [Theory]
    [InlineData(-1, "Retired")]
    [InlineData(0, "Retired")]
    [InlineData(1, "Ends 22 Nov 2026")]
    [InlineData(180, "Ends 20 May 2027")]
    [InlineData(181, null)]
    public void AnEnd_IsMarkedHalfAYearAhead(int days, string? badge)
    {
        var today = new DateOnly(2026, 11, 21);

        Assert.Equal(badge, ModelText.Retirement(All[0].Entry with { DeprecationDate = today.AddDays(days) }, today)?.Text);
    }

    [Fact]
    public void PricesLeftOut_AreRefused_BecauseUnknownIsNotFree()
    {
        var errors = new FieldErrors();
        new PriceFields(null) { ["input"] = "1" }.ToPrice(chats: true, errors);

        Assert.True(errors.Has("prices.output"));
        Assert.False(errors.Has("prices.input"));
        Assert.Equal(0m, new PriceFields(null) { ["input"] = "1", ["output"] = "0" }.ToPrice(chats: true, new()).Output);
    }

    [Fact]
    public void EditingPrices_KeepsEveryKindOfToken()
    {
        var list = new TokenPrice
        {
            Input = 1, Output = 2, CacheRead = 3, CacheWrite5m = 4, CacheWrite1h = 5, Reasoning = 6, AudioInput = 7, AudioOutput = 8, ImageInput = 9, ImageOutput = 10,
        };

        Assert.Equal(list with { Input = 0.5m }, new PriceFields(list) { ["input"] = "0.5" }.ToPrice(chats: true, new()));
    }

    private static TokenPrice Price(decimal input, decimal output) => new() { Input = input, Output = output };

    private static ModelView Model(string id, Tier tier, decimal? input, decimal? output, ModelCapabilities can, bool callable) => new(
        new ModelEntry
        {
            Id = id, Provider = id.Split('/')[0], UpstreamModel = id.Split('/')[1], Name = id.Split('/')[1], Tier = tier, Capabilities = can,
            Prices = input is null ? [] : [new(null, 0, new TokenPrice { Input = input, Output = output })],
        },
        true, callable, null, null);
}
