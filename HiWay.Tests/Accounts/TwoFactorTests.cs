using System.Net;
using System.Text.RegularExpressions;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Accounts;

public sealed partial class TwoFactorTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private const string Password = "four random words here";

    private const string UsedBefore = "This code has been used. Wait for the next one in your app";

    private HiWayHost _host = null!;
    private BrowserSession _browser = null!;
    private string _key = "";
    private string _enabledWith = "";
    private string[] _codes = [];

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _browser = new BrowserSession(_host);
        await _browser.SignUpAsync(Email, Password);
        await _browser.OpenAsync("/account/two-factor");
        _key = Key().Match(_browser.Page).Groups["key"].Value;
        _enabledWith = Totp.Code(_key, DateTimeOffset.UtcNow);
        await _browser.SubmitAsync("/account/two-factor", "enable", ("Enable.Code", _enabledWith));
        _codes = [.. RecoveryCodes().Matches(_browser.Page).Select(match => match.Groups["code"].Value)];
    }

    public ValueTask DisposeAsync()
    {
        _browser.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public void TurningItOn_ShowsTenRecoveryCodes() => Assert.Equal(10, _codes.Distinct().Count());

    [Fact]
    public async Task RecoveryCodes_AreShownOnce()
    {
        await _browser.OpenAsync("/account/two-factor");

        Assert.Empty(RecoveryCodes().Matches(_browser.Page));
        Assert.Contains("10 of 10 codes are unused", _browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PasswordAlone_OpensNothing_TheCodeDoes()
    {
        using var browser = new BrowserSession(_host);
        await browser.SubmitAsync("/login?returnUrl=/account", "login", ("Input.Email", Email), ("Input.Password", Password));
        Assert.Equal("/login/2fa?returnUrl=%2Faccount", browser.RedirectedTo);
        var secondStep = browser.RedirectedTo!;
        Assert.False(await browser.IsSignedInAsync());

        await browser.SubmitAsync(secondStep, "authenticator", ("Input.Code", "000000"));
        Assert.Contains("This code does not fit", browser.Page, StringComparison.Ordinal);
        var code = Later(1);
        await browser.SubmitAsync(secondStep, "authenticator", ("Input.Code", $"{code[..3]} {code[3..]}"));
        Assert.Equal("/account", browser.RedirectedTo);
        Assert.True(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task CodeThatWasUsed_OpensNothingASecondTime()
    {
        var code = Later(1);
        using var browser = await AtTheSecondStepAsync();
        await browser.SubmitAsync("/login/2fa", "authenticator", ("Input.Code", code));
        Assert.Equal("/", browser.RedirectedTo);

        using var onlooker = await AtTheSecondStepAsync();
        await onlooker.SubmitAsync("/login/2fa", "authenticator", ("Input.Code", code));
        Assert.Contains(UsedBefore, onlooker.Page, StringComparison.Ordinal);
        Assert.False(await onlooker.IsSignedInAsync());
    }

    [Fact]
    public async Task CodeThatTurnedItOn_DoesNotSignIn_ButTheNextOneDoes()
    {
        using var browser = await AtTheSecondStepAsync();
        await browser.SubmitAsync("/login/2fa", "authenticator", ("Input.Code", _enabledWith));
        Assert.Contains(UsedBefore, browser.Page, StringComparison.Ordinal);

        await browser.SubmitAsync("/login/2fa", "authenticator", ("Input.Code", Later(1)));
        Assert.Equal("/", browser.RedirectedTo);
    }

    [Fact]
    public async Task OneCode_FromSeveralBrowsersAtOnce_OpensOne()
    {
        var browsers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AtTheSecondStepAsync()));
        await Task.WhenAll(browsers.Select(browser => browser.OpenAsync("/login/2fa")));
        var code = Later(1);

        await Task.WhenAll(browsers.Select(browser => browser.SendAsync("/login/2fa", "authenticator", ("Input.Code", code))));

        Assert.Single(browsers, browser => browser.RedirectedTo == "/");
        Assert.All(browsers, browser => browser.Dispose());
    }

    [Fact]
    public async Task RecoveryCode_OpensOnce_InWhateverSpelling()
    {
        using var browser = new BrowserSession(_host);
        await browser.SignInAsync(Email, Password);
        await browser.SubmitAsync("/login/2fa?recovery=true", "recovery", ("Input.Code", _codes[0].ToLowerInvariant().Replace('-', ' ')));
        Assert.Equal("/", browser.RedirectedTo);

        using var again = new BrowserSession(_host);
        await again.SignInAsync(Email, Password);
        await again.SubmitAsync("/login/2fa?recovery=true", "recovery", ("Input.Code", _codes[0]));
        Assert.Contains("no unused recovery code", again.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongRecoveryCodes_LockTheAccountToo()
    {
        using var browser = new BrowserSession(_host);
        await browser.SignInAsync(Email, Password);
        for (var i = 0; i < 5; i++)
        {
            await browser.SubmitAsync("/login/2fa?recovery=true", "recovery", ("Input.Code", $"AAAAA-0000{i}"));
        }

        await browser.SubmitAsync("/login/2fa?recovery=true", "recovery", ("Input.Code", _codes[0]));
        Assert.Contains("locked for 15 minutes", browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondStepWithoutTheFirst_LeadsBackToTheFirst()
    {
        using var browser = new BrowserSession(_host);
        await browser.SubmitAsync("/login/2fa", "authenticator", ("Input.Code", Totp.Code(_key, DateTimeOffset.UtcNow)));

        Assert.Equal("/login", browser.RedirectedTo);
    }

    [Fact]
    public async Task TurningItOff_NeedsThePassword_AndTheNextSetUpHasAnotherKey()
    {
        await _browser.SubmitAsync("/account/two-factor", "disable", ("Disable.Password", "not the password"));
        Assert.Contains("This is not your present password.", _browser.Page, StringComparison.Ordinal);

        await _browser.SubmitAsync("/account/two-factor", "disable", ("Disable.Password", Password));
        Assert.Equal("/account?done=2fa-off", _browser.RedirectedTo);
        using var browser = new BrowserSession(_host);
        await browser.SignInAsync(Email, Password);
        Assert.Equal("/", browser.RedirectedTo);
        await _browser.OpenAsync("/account/two-factor");
        Assert.Equal(HttpStatusCode.OK, _browser.Status);
        Assert.NotEqual(_key, Key().Match(_browser.Page).Groups["key"].Value);
    }

    /// <summary>The code of a coming half minute; HiWay takes two of them early, for phones whose clocks are ahead.</summary>
    private string Later(int steps) => Totp.Code(_key, DateTimeOffset.UtcNow.AddSeconds(30 * steps));

    private async Task<BrowserSession> AtTheSecondStepAsync()
    {
        var browser = new BrowserSession(_host);
        return await browser.SignInAsync(Email, Password);
    }

    [GeneratedRegex("id=\"authenticator-key\"[^>]*>(?<key>[a-z2-7 ]+)<")]
    private static partial Regex Key();

    [GeneratedRegex("<li[^>]*>(?<code>[A-Z0-9]{5}-[A-Z0-9]{5})</li>")]
    private static partial Regex RecoveryCodes();
}
