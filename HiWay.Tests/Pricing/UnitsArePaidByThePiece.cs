using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Tests.Pricing;

/// <summary>Pictures, searches and fees per call, beside tokens.</summary>
public sealed class UnitsArePaidByThePiece
{
    private static readonly TokenPrice s_price = new() { Input = 1m, Output = 2m, ImageOutput = 40m };
    private static readonly UnitPrices s_units = new() { Image = 0.04m, WebSearch = 0.01m };

    [Fact]
    public void SearchesAreAddedToTokens() =>
        Assert.Equal(new Cost(0.03m + 0.000003m, false), PriceRules.CostOf(new() { Input = 1, Output = 1, Units = new() { WebSearches = 3 } }, s_price, s_units));

    [Fact]
    public void PicturesCountedInTokens_AreNotPaidTwice()
    {
        Assert.Equal(new Cost(0.08m, false), PriceRules.CostOf(new() { Units = new() { Images = 2 } }, s_price, s_units));
        Assert.Equal(new Cost(0.004m, false), PriceRules.CostOf(new() { ImageOutput = 100, Units = new() { Images = 2 } }, s_price, s_units));
    }

    [Fact]
    public void WhatHasNoPriceByThePiece_IsUnpriced_NotFree()
    {
        Assert.Equal(new Cost(0m, true), PriceRules.CostOf(new() { Units = new() { Images = 1 } }, s_price));
        Assert.Equal(new Cost(0.000001m, true), PriceRules.CostOf(new() { Input = 1, Units = new() { WebSearches = 1 } }, s_price, new() { Image = 1m }));
    }

    [Fact]
    public void FeeThatTheProviderStates_StandsBeforeTheListsPrice() =>
        Assert.Equal(new Cost(0.005m, false), PriceRules.CostOf(new() { Units = new() { WebSearches = 1, StatedFeeUsd = 0.005m } }, s_price, s_units));

    [Fact]
    public void FeePerCall_IsPaidOnceWhereSomethingWasUsed_AndNotForNothing()
    {
        var fee = new UnitPrices { Request = 0.002m };

        Assert.Equal(new Cost(0.002m + 0.000001m, false), PriceRules.CostOf(new() { Input = 1 }, s_price, fee));
        Assert.Equal(new Cost(0.006m, false), PriceRules.CostOf(new() { Units = new() { Requests = 3 } }, s_price, fee));
        Assert.Equal(default, PriceRules.CostOf(default, s_price, fee));
    }

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":8,"completion_tokens":2,"search_context_size":"low","cost":{"input_tokens_cost":0.1,"request_cost":0.005,"total_cost":0.2}}}""", 1, "0.005")]
    [InlineData("""{"usage":{"prompt_tokens":8,"completion_tokens":2,"num_search_queries":7,"search_context_size":"low"}}""", 7, null)]
    [InlineData("""{"usage":{"prompt_tokens":8,"completion_tokens":2,"cost":0.25,"server_tool_use":{"web_search_requests":2}}}""", 2, null)]
    [InlineData("""{"usage":{"prompt_tokens":8,"completion_tokens":2,"cost":{"request_cost":"odd"}}}""", 0, null)]
    public void SearchesAndFees_AreReadFromTheUsageObject(string answer, long searches, string? fee)
    {
        Assert.True(OpenAiUsage.TryFind(System.Text.Encoding.UTF8.GetBytes(answer), out var usage));

        Assert.Equal((8, 2), (usage.Input, usage.Output));
        Assert.Equal((searches, fee is null ? null : decimal.Parse(fee, System.Globalization.CultureInfo.InvariantCulture)), (usage.Units.WebSearches, usage.Units.StatedFeeUsd));
    }
}
