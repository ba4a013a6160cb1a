using HiWay.Domain.Errors;
using HiWay.Infrastructure.Keys;
using HiWay.Web.Components.Forms;
using HiWay.Web.Pages.Keys;
using Xunit;

namespace HiWay.Tests.Pages;

/// <summary>What a person types into the key dialog, and what is sent.</summary>
public sealed class KeyFormTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private readonly FieldErrors _errors = new();

    [Fact]
    public void OnlyAName_MakesAnUnlimitedInferenceKey()
    {
        var draft = new KeyForm { Name = " bot " }.ToDraft(Now, _errors)!;

        Assert.Equal(("bot", false, true, null, null), (draft.Name, draft.RouterBypass, draft.Fallback, draft.Rpm, draft.AllowedModels));
        Assert.Equal(["inference"], draft.Scopes);
        Assert.Null(draft.ExpiresAt);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("1.5")]
    [InlineData("many")]
    [InlineData("99999999999")]
    public void AnUnreadableLimit_IsSaidAtItsField_AndNothingIsSent(string rpm)
    {
        Assert.Null(new KeyForm { Name = "bot", Rpm = rpm }.ToDraft(Now, _errors));
        Assert.True(_errors.Has("rpm"));
        Assert.Null(_errors.General);
    }

    [Theory]
    [InlineData("25", 25)]
    [InlineData(" $12.50 ", 12.5)]
    [InlineData("0", 0)]
    [InlineData("0.001", 0.001)]
    public void ACap_IsReadAsDollars(string text, double usd) =>
        Assert.Equal((decimal)usd, new KeyForm { Name = "bot", MonthlyCapUsd = text }.ToDraft(Now, _errors)!.MonthlyCapUsd);

    [Theory]
    [InlineData("1,000")]
    [InlineData("12,50")]
    [InlineData("-1")]
    [InlineData("10 EUR")]
    public void ACapThatCouldMeanTwoThings_IsRefused(string text)
    {
        Assert.Null(new KeyForm { Name = "bot", DailyCapUsd = text }.ToDraft(Now, _errors));
        Assert.True(_errors.Has("daily_cap_usd"));
    }

    [Fact]
    public void AKeyWithoutScopesOrName_IsRefusedAtBothFields()
    {
        Assert.Null(new KeyForm { Name = " ", Inference = false }.ToDraft(Now, _errors));
        Assert.True(_errors.Has("name") && _errors.Has("scopes"));
    }

    [Fact]
    public void AnExpiryDay_IsIncluded()
    {
        var form = new KeyForm { Name = "bot", Expiry = KeyExpiry.OnADate, ExpiresOn = new DateOnly(2026, 12, 31) };

        Assert.Equal(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), form.ToDraft(Now, _errors)!.ExpiresAt);
    }

    [Fact]
    public void AnUntouchedForm_SendsTheKeyBackAsItWas()
    {
        var key = Key() with
        {
            Rpm = 60, Tpm = 90_000, MonthlyCapUsd = 25.5m, AllowedModels = ["light", "openai/gpt-4o"], RouterBypass = true, Fallback = false, RoutingProfile = "quality",
            SecurityMode = "block", Cache = false, Tags = ["team-a", "prod"], ExpiresAt = new DateTimeOffset(2027, 3, 3, 15, 30, 0, TimeSpan.Zero),
            Scopes = ["inference", "manage"],
        };

        var draft = KeyForm.Of(key).ToDraft(Now, _errors)!;

        Assert.Equal((key.Rpm, key.Tpm, key.MonthlyCapUsd, key.DailyCapUsd), (draft.Rpm, draft.Tpm, draft.MonthlyCapUsd, draft.DailyCapUsd));
        Assert.Equal(key.RoutingProfile, draft.RoutingProfile);
        Assert.Equal((key.RouterBypass, key.Fallback, key.SecurityMode, key.Cache, key.ExpiresAt), (draft.RouterBypass, draft.Fallback, draft.SecurityMode, draft.Cache, draft.ExpiresAt));
        Assert.Equal(key.AllowedModels, draft.AllowedModels);
        Assert.Equal(key.Tags, draft.Tags);
        Assert.Equal(key.Scopes, draft.Scopes);
    }

    [Theory]
    [InlineData("rpm", "rpm")]
    [InlineData("allowed_models[3]", "allowed_models")]
    public void ARefusal_StandsAtTheFieldItNames(string param, string field)
    {
        _errors.Add(new Refusal(RefusalKind.Invalid, "No.", param), KeyForm.Fields);

        Assert.Equal("No.", _errors[field]);
        Assert.Null(_errors.General);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("plan")]
    public void ARefusalOfNoShownField_StandsAboveTheForm(string? param)
    {
        _errors.Add(new Refusal(RefusalKind.Conflict, "No.", param), KeyForm.Fields);

        Assert.Equal("No.", _errors.General);
    }

    [Theory]
    [InlineData("current", "active,suspended")]
    [InlineData("ended", "revoked,expired")]
    [InlineData("suspended", "suspended")]
    [InlineData("all", "active,suspended,revoked,expired")]
    [InlineData("nonsense", "active,suspended")]
    public void TheList_ShowsTheStatesAskedFor(string status, string shown)
    {
        string[] all = ["active", "suspended", "revoked", "expired"];

        Assert.Equal(shown.Split(','), all.Where(s => KeyFilter.Of(null, status).Shows(Key() with { Status = s })));
    }

    [Theory]
    [InlineData("BOT", true)]
    [InlineData("hw_live_ab", true)]
    [InlineData("prod", true)]
    [InlineData("other", false)]
    public void TheSearch_LooksAtNamePrefixAndTags(string search, bool shown) =>
        Assert.Equal(shown, KeyFilter.Of(search, null).Shows(Key() with { Tags = ["prod"] }));

    [Theory]
    [InlineData(60, "60")]
    [InlineData(1500, "1,500")]
    [InlineData(90_000, "90k")]
    [InlineData(2_000_000, "2M")]
    public void ShortNumbers_NeverLoseDigits(int number, string text) => Assert.Equal(text, KeysView.Short(number));

    internal static KeyView Key() => new(
        "key_1", "my bot", "hw_live_abcd", "dashboard", false, ["inference"], null, null, null, null, null, null, null, false, true, null, null, null, [], null,
        "active", null, Now, null, null);
}
