using HiWay.Domain.Catalogue;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Pages.Requests;

namespace HiWay.Tests.Dashboard;

/// <summary>The breakdown on a request's page says what was booked, or says that it cannot.</summary>
public sealed class RequestCostTests
{
    private static readonly DateTimeOffset s_then = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TokenPrice s_price = new() { Input = 3m, CacheRead = 0.3m, Output = 15m };

    [Fact]
    public void EveryBucketWithTokens_IsALine_AndTheLinesAddUpToTheBill()
    {
        var used = new TokenUsage { Input = 1_000, CacheRead = 2_000, Output = 100, Reasoning = 50 };
        var lines = CostLines.Of(Detail(PriceRules.CostOf(used, s_price).Usd, Attempt("openai/x", used)), [Model("openai/x", s_price)]);
        Assert.Equal(
            [new("Input", 1_000, 3m, 0.003m), new("Cache read", 2_000, 0.3m, 0.0006m), new("Output", 100, 15m, 0.0015m), new CostLine("Reasoning", 50, 15m, 0.00075m)],
            lines);
    }

    [Fact]
    public void PriceOfTheCallsOwnTime_IsTaken_NotTodays()
    {
        var used = new TokenUsage { Input = 1_000_000 };
        var model = Model("openai/x", s_price, new DatedPrice(s_then.AddDays(3), 0, new TokenPrice { Input = 99m }));
        Assert.Equal(3m, Assert.Single(CostLines.Of(Detail(3m, Attempt("openai/x", used)), [model])).PerMillion);
    }

    [Fact]
    public void SumThatIsNotWhatWasBooked_ShowsTokensWithoutMoney()
    {
        var lines = CostLines.Of(Detail(0.5m, Attempt("openai/x", new TokenUsage { Input = 1_000 })), [Model("openai/x", s_price)]);
        Assert.Equal([new CostLine("Input", 1_000, null, null)], lines);
    }

    [Fact]
    public void UnknownPrice_IsADashAndNotZero()
    {
        var line = Assert.Single(CostLines.Of(Detail(0m, Attempt("custom/y", new TokenUsage { Output = 7 })), [Model("custom/y", new TokenPrice())]));
        Assert.Equal((7, null, null), (line.Tokens, line.PerMillion, line.Usd));
    }

    [Fact]
    public void TwoAttemptsAtTwoPrices_AreSummed_WithoutOnePricePerMillion()
    {
        var used = new TokenUsage { Input = 1_000 };
        var lines = CostLines.Of(
            Detail(0.013m, Attempt("openai/x", used), Attempt("openai/z", used)), [Model("openai/x", s_price), Model("openai/z", new TokenPrice { Input = 10m })]);
        Assert.Equal([new CostLine("Input", 2_000, null, 0.013m)], lines);
    }

    [Fact]
    public void PiecesAreLinesToo_AndAddUpWithTheTokens()
    {
        var used = new TokenUsage { Input = 1_000, Units = new() { WebSearches = 3 } };
        var units = new UnitPrices { WebSearch = 0.01m };
        var model = Model("openai/x", s_price);
        var lines = CostLines.Of(Detail(PriceRules.CostOf(used, s_price, units).Usd, Attempt("openai/x", used)), [model with { Entry = model.Entry with { Units = units } }]);
        Assert.Equal([new("Input", 1_000, 3m, 0.003m), new CostLine("Web searches", 3, null, 0.03m)], lines);
    }

    [Fact]
    public void FactsSayWhoSpokeWhat_AndWhatWasLeftOut()
    {
        var detail = Detail(0m) with { UpstreamDialect = "gemini", Dropped = ["logit_bias"] };
        var facts = RequestFacts.Of(detail).ToDictionary(fact => fact.Name, fact => fact.Value);
        Assert.Equal(("OpenAI chat", "Gemini, translated", "logit_bias"), (facts["Client speaks"], facts["Provider speaks"], facts["Left out"]));
    }

    [Fact]
    public void Stages_LineUpOneAfterTheOther()
    {
        var bars = StageBars.Of([new("a", "", 25), new("b", "", 75), new("c", "", 0)]);
        Assert.Equal([("0", "25"), ("25", "75"), ("100", "0")], bars.Select(bar => (bar.Start, bar.Length)));
    }

    private static ModelView Model(string id, TokenPrice price, params DatedPrice[] later) =>
        new(new ModelEntry { Id = id, Provider = id.Split('/')[0], UpstreamModel = id, Name = id, Prices = [new(null, 0, price), .. later] }, true, true, null, null);

    private static AttemptRecord Attempt(string model, TokenUsage used) => new(model, model.Split('/')[0], null, 200, null, null, 10, null, used, 0m, false);

    private static RequestDetail Detail(decimal costUsd, params AttemptRecord[] attempts) => new(
        new RequestRow { Id = "req_1", CreatedAt = s_then, Dialect = "openai_chat", RequestedModel = "auto", EndReason = "completed", CostUsd = costUsd },
        null, null, null, false, [], [], attempts);
}
