using System.Net;
using System.Text.RegularExpressions;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Accounts;

public sealed partial class TwoFactorTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private const string Password = "four random words here";

    private HiWayHost _host = null!;
    private BrowserSession _browser = null!;
    private string _key = "";
    private string[] _codes = [];

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _browser = new BrowserSession(_host);
        await _browser.SignUpAsync(Email, Password);
        await _browser.OpenAsync("/account/two-factor");
        _key = Key().Match(_browser.Page).Groups["key"].Value;
        await _browser.SubmitAsync("/account/two-factor", "enable", ("Enable.Code", Totp.Code(_key, DateTimeOffset.UtcNow)));
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
        var code = Totp.Code(_key, DateTimeOffset.UtcNow);
        await browser.SubmitAsync(secondStep, "authenticator", ("Input.Code", $"{code[..3]} {code[3..]}"));
        Assert.Equal("/account", browser.RedirectedTo);
        Assert.True(await browser.IsSignedInAsync());
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

    [GeneratedRegex("id=\"authenticator-key\"[^>]*>(?<key>[a-z2-7 ]+)<")]
    private static partial Regex Key();

    [GeneratedRegex("<li[^>]*>(?<code>[A-Z0-9]{5}-[A-Z0-9]{5})</li>")]
    private static partial Regex RecoveryCodes();
}
