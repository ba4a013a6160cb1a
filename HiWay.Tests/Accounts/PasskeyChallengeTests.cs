using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HiWay.Tests.Harness;
using HiWay.Web.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Accounts;

/// <summary>The challenge that the sign-in page gets: for our own page, for ten minutes, and not for guessing.</summary>
public sealed partial class PasskeyChallengeTests : IAsyncLifetime
{
    private const string TooLate = "That took too long. Show the passkey once more.";
    private const string NotAccepted = "This passkey opens nothing here";

    private readonly TestClock _clock = new();
    private HiWayHost _host = null!;
    private BrowserSession _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync(null, services => services.AddSingleton<TimeProvider>(_clock));
        _browser = new BrowserSession(_host);
    }

    public ValueTask DisposeAsync()
    {
        _browser.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task ItsAnswer_CountsForTenMinutes()
    {
        var state = await ChallengeAsync();
        _clock.Advance(PasskeyCeremony.Lifetime);
        await AnswerAsync(state, "{}");
        Assert.Contains(NotAccepted, _browser.Page, StringComparison.Ordinal);   // in time, and nonsense

        _clock.Advance(TimeSpan.FromSeconds(1));
        await AnswerAsync(state, "{}");
        Assert.Contains(TooLate, _browser.Page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData("made up", "{}")]
    public async Task StateThatIsNotOurs_OpensNothing(string state, string answer)
    {
        await AnswerAsync(state, answer);

        Assert.Contains(TooLate, _browser.Page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"id": 5}""")]
    public async Task AnswerThatIsNone_IsRefused_AndLeavesNoError(string answer)
    {
        await AnswerAsync(await ChallengeAsync(), answer);

        Assert.Equal(HttpStatusCode.OK, _browser.Status);
        Assert.Contains(NotAccepted, _browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain(_host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PagesElsewhere_GetNone()
    {
        await _browser.ForgeAsync("/login/passkey");

        Assert.Equal(HttpStatusCode.BadRequest, _browser.Status);
    }

    [Fact]
    public async Task ManyWrongAnswersFromOneNetworkAddress_AreStopped()
    {
        var state = await ChallengeAsync();
        for (var i = 0; i < SignIn.MaxFailuresPerAddress; i++)
        {
            await AnswerAsync(state, "{}");
        }

        await AnswerAsync(state, "{}");
        Assert.Contains("Too many failed tries from your network", _browser.Page, StringComparison.Ordinal);
    }

    private Task AnswerAsync(string state, string answer) => _browser.SubmitAsync("/login", "passkey", ("Passkey.State", state), ("Passkey.Answer", answer));

    private async Task<string> ChallengeAsync()
    {
        await _browser.OpenAsync("/login");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/login/passkey") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.Add("RequestVerificationToken", AntiForgery().Match(_browser.Page).Groups["token"].Value);
        using var response = await _browser.Http.SendAsync(request);
        var challenge = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(("127.0.0.1", "required"), (challenge["options"]!["rpId"]!.GetValue<string>(), challenge["options"]!["userVerification"]!.GetValue<string>()));
        return challenge["state"]!.GetValue<string>();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex AntiForgery();
}
