using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components.Forms;
using HiWay.Web.Pages.Catalogue;

namespace HiWay.Tests.Pages;

/// <summary>The operator's form: only what was touched becomes an override.</summary>
public sealed class OverrideFormTests
{
    private static readonly DateTimeOffset s_now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ModelEntry s_shipped = new()
    {
        Id = "openai/x", Provider = "openai", UpstreamModel = "x", Name = "X", ContextWindow = 128_000, Quality = 40,
        Prices = [new(null, 0, new() { Input = 1, Output = 2 }), new(null, 200_000, new() { Input = 3, Output = 4 })],
    };

    private static readonly IReadOnlyList<DatedPrice> s_list = [new(null, 0, new() { Input = 5, Output = 6 }), new(s_now.AddDays(9), 0, new() { Input = 7, Output = 8 })];

    private readonly FieldErrors _errors = new();

    [Fact]
    public void NothingTouched_NothingChanges()
    {
        var before = new ModelOverride { Prices = s_list, Tier = Tier.Light, Quality = 40 };

        Assert.Equal(before, Form(before).ToChange(_errors)!(before));
    }

    [Fact]
    public void OneFieldTouched_LeavesWhatSomebodyElseSetMeanwhile()
    {
        var form = Form(null);
        form.ContextWindow = "64000";

        Assert.Equal(new ModelOverride { ContextWindow = 64_000, Quality = 50 }, form.ToChange(_errors)!(new ModelOverride { Quality = 50 }));
    }

    [Fact]
    public void TheShippedValueTypedAgain_AndAnEmptiedField_AreNoOverride()
    {
        var before = new ModelOverride { Name = "Y", ContextWindow = 64_000, Prices = s_list, Listed = false };
        var form = Form(before);
        (form.Name, form.ContextWindow, form.Listed) = ("", "128000", true);
        form.TakeShippedPrices();

        Assert.Equal(new ModelOverride(), form.ToChange(_errors)!(before));
    }

    [Fact]
    public void APriceTyped_ReplacesTheWholeList()
    {
        var form = Form(null);
        form.Prices["input"] = "$9";

        Assert.Equal([new DatedPrice(null, 0, new() { Input = 9, Output = 2 })], form.ToChange(_errors)!(new ModelOverride()).Prices!);
    }

    [Theory]
    [InlineData("input", "")]
    [InlineData("output", "")]
    [InlineData("cache_read", "1,5")]
    [InlineData("reasoning", "-1")]
    public void APriceThatCannotBeTaken_IsNamed(string field, string typed)
    {
        var form = Form(null);
        form.Prices[field] = typed;

        Assert.Null(form.ToChange(_errors));
        Assert.True(_errors.Has("prices." + field));
    }

    private static OverrideForm Form(ModelOverride? overrides) => new(new OperatorModelView((overrides ?? new()).ApplyTo(s_shipped), s_shipped, overrides, false, s_now), s_now);
}
