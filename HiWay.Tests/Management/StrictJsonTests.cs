using System.Text;
using HiWay.Domain.Accounts;
using HiWay.Web.Management;

namespace HiWay.Tests.Management;

/// <summary>What the management API says to a body that is not what it asks for.</summary>
public sealed class StrictJsonTests
{
    internal sealed record Inner(decimal? Input = null);

    internal sealed record Body
    {
        public string Name { get; init; } = null!;

        public int? Rpm { get; init; }

        public decimal? MonthlyCapUsd { get; init; }

        public bool RouterBypass { get; init; }

        public IReadOnlyList<string>? AllowedModels { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }

        public WorkspaceRole? Role { get; init; }

        public Inner? Prices { get; init; }

        public Optional<int?> Tpm { get; init; }

        public Optional<bool> LogContent { get; init; }

        public Optional<IReadOnlyList<string>?> Tags { get; init; }
    }

    [Theory]
    [InlineData("""{"rpmm": 1}""", "rpmm", "no field 'rpmm'")]
    [InlineData("""{"Name": "a"}""", "Name", "no field 'Name'")]
    [InlineData("""{"prices": {"inptu": 1}}""", "prices.inptu", "Known fields: input")]
    [InlineData("""{"rpm": "sixty"}""", "rpm", "a whole number")]
    [InlineData("""{"rpm": 1.5}""", "rpm", "a whole number")]
    [InlineData("""{"rpm": 99999999999}""", "rpm", "a whole number")]
    [InlineData("""{"tpm": "x"}""", "tpm", "a whole number")]
    [InlineData("""{"log_content": null}""", "log_content", "true or false")]
    [InlineData("""{"tags": "a"}""", "tags", "a list of strings")]
    [InlineData("""{"tags": [5]}""", "tags", "a list of strings")]
    [InlineData("""{"monthly_cap_usd": "12"}""", "monthly_cap_usd", "a number")]
    [InlineData("""{"router_bypass": null}""", "router_bypass", "true or false")]
    [InlineData("""{"router_bypass": 1}""", "router_bypass", "true or false")]
    [InlineData("""{"name": null}""", "name", "text in quotes")]
    [InlineData("""{"name": 5}""", "name", "text in quotes")]
    [InlineData("""{"allowed_models": "a"}""", "allowed_models", "a list of strings")]
    [InlineData("""{"allowed_models": [1]}""", "allowed_models[0]", "text in quotes")]
    [InlineData("""{"prices": []}""", "prices", "an object")]
    [InlineData("""{"prices": {"input": "free"}}""", "prices.input", "a number")]
    [InlineData("""{"role": "boss"}""", "role", "viewer, developer, admin, owner")]
    [InlineData("""{"role": 3}""", "role", "viewer, developer, admin, owner")]
    [InlineData("""{"expires_at": "tomorrow"}""", "expires_at", "ISO 8601")]
    [InlineData("""{"expires_at": "2026-11-21T12:00:00"}""", "expires_at", "ISO 8601")]
    [InlineData("""{"rpm": 1, "rpm": 2}""", "rpm", "there twice")]
    public void WrongField_IsNamed_AndTheMessageSaysWhatWouldFixIt(string json, string param, string says)
    {
        var refusal = Parse(json).Refusal;

        Assert.NotNull(refusal);
        Assert.Equal(param, refusal.Param);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"rpm\": 1,,}", "line 1, byte 11")]
    [InlineData("{\n  \"rpm\": tru\n}", "line 2, byte")]
    [InlineData("{\"rpm\": 1", "line 1")]
    [InlineData("", "line 1")]
    [InlineData("{\"a\": 1} {}", "line 1")]
    public void NotJson_IsRefusedWithItsPlace(string json, string place)
    {
        var refusal = Parse(json).Refusal;

        Assert.NotNull(refusal);
        Assert.Null(refusal.Param);
        Assert.Contains("not valid JSON: " + place, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public void JsonThatIsNoObject_IsRefused(string json) => Assert.Contains("JSON object", Parse(json).Refusal!.Message, StringComparison.Ordinal);

    [Fact]
    public void DeepNesting_IsRefused_NotFollowed()
    {
        var json = string.Concat(Enumerable.Repeat("{\"prices\":", 5000)) + "1" + new string('}', 5000);

        Assert.NotNull(Parse(json).Refusal);
    }

    [Fact]
    public void LeftOut_Null_AndValue_AreThreeThings()
    {
        Assert.False(Parse("{}").Value.Tpm.IsSet);
        Assert.Equal(new Optional<int?>(null, true), Parse("""{"tpm": null}""").Value.Tpm);
        Assert.Equal(new Optional<int?>(7, true), Parse("""{"tpm": 7}""").Value.Tpm);
        Assert.Equal(3, Parse("{}").Value.Tpm.Or(3));
        Assert.Null(Parse("""{"tpm": null}""").Value.Tpm.Or(3));
    }

    [Fact]
    public void InstantsOfAnyOffset_AreReadAsUtc()
    {
        var body = Parse("""{"expires_at": "2026-11-21T13:30:00+01:30"}""").Value;

        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero), body.ExpiresAt);
        Assert.Equal(TimeSpan.Zero, body.ExpiresAt!.Value.Offset);
    }

    private static JsonBody<Body> Parse(string json) => JsonBody<Body>.Parse(Encoding.UTF8.GetBytes(json));
}
