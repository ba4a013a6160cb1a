using System.Net;
using System.Text.RegularExpressions;
using HiWay.Tests.Harness;
using HiWay.Web.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Accounts;

public sealed partial class SignInTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private const string Password = "four random words here";

    private HiWayHost _host = null!;
    private BrowserSession _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _browser = new BrowserSession(_host);
        await _browser.SignUpAsync(Email, Password);
    }

    public ValueTask DisposeAsync()
    {
        _browser.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task SigningOutAndInAgain_ReturnsToThePageThatAskedForIt()
    {
        await _browser.OpenAsync("/account");
        var token = AntiForgery().Match(_browser.Page).Groups["token"].Value;
        await _browser.ForgeAsync("/logout", ("__RequestVerificationToken", token));
        Assert.Equal("/login", _browser.RedirectedTo);
        Assert.False(await _browser.IsSignedInAsync());
        Assert.Equal("/login?returnUrl=%2Faccount", _browser.RedirectedTo);

        await _browser.SubmitAsync(_browser.RedirectedTo!, "login", ("Input.Email", "ADA@example.com"), ("Input.Password", Password));
        Assert.Equal("/account", _browser.RedirectedTo);
        Assert.True(await _browser.IsSignedInAsync());
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\t/evil.example")]
    public async Task ReturnAddressElsewhere_IsIgnored(string returnUrl)
    {
        using var browser = new BrowserSession(_host);
        await browser.SubmitAsync("/login?returnUrl=" + Uri.EscapeDataString(returnUrl), "login", ("Input.Email", Email), ("Input.Password", Password));

        Assert.Equal("/", browser.RedirectedTo);
    }

    [Fact]
    public async Task UnknownAddressAndWrongPassword_AreToldTheSame()
    {
        using var browser = new BrowserSession(_host);
        await browser.SignInAsync("nobody@example.com", Password);
        Assert.Contains("The e-mail address or the password is wrong.", browser.Page, StringComparison.Ordinal);
        await browser.SignInAsync(Email, "not the password");
        Assert.Contains("The e-mail address or the password is wrong.", browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FiveWrongPasswords_LockTheAccount_EvenForTheRightOne_UntilAReset()
    {
        using var browser = new BrowserSession(_host);
        for (var i = 0; i < 5; i++)
        {
            await browser.SignInAsync(Email, "wrong password " + i);
        }

        Assert.Contains("locked for 15 minutes", browser.Page, StringComparison.Ordinal);
        await browser.SignInAsync(Email, Password);
        Assert.Contains("locked for 15 minutes", browser.Page, StringComparison.Ordinal);

        await browser.SubmitAsync(await ResetLinkAsync(browser), "reset", ("Input.Password", "another four words"));
        Assert.Equal("/login?reset=true", browser.RedirectedTo);
        await browser.SignInAsync(Email, "another four words");
        Assert.Equal("/", browser.RedirectedTo);
    }

    [Fact]
    public async Task ManyFailuresFromOneNetworkAddress_AreStoppedWhateverTheAccount()
    {
        using var browser = new BrowserSession(_host);
        for (var i = 0; i < SignIn.MaxFailuresPerAddress; i++)
        {
            await browser.SignInAsync($"guess{i}@example.com", "whatever it is");
        }

        await browser.SignInAsync(Email, Password);

        Assert.Contains("Too many failed tries from your network", browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResetLink_WorksOnce_AndEndsOtherSessions()
    {
        using var browser = new BrowserSession(_host);
        var link = await ResetLinkAsync(browser);
        using var late = new BrowserSession(_host);
        await late.OpenAsync(link);
        await browser.SubmitAsync(link, "reset", ("Input.Password", "another four words"));
        Assert.Equal("/login?reset=true", browser.RedirectedTo);

        await late.SendAsync(link, "reset", ("Input.Password", "yet another four words"));
        Assert.Contains("has been used or is too old", late.Page, StringComparison.Ordinal);
        await browser.OpenAsync(link);
        Assert.Contains("has been used or is too old", browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("Input.Password", browser.Page, StringComparison.Ordinal);
        await browser.SignInAsync(Email, Password);
        Assert.Contains("is wrong", browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskingForAReset_SaysTheSameForUnknownAddresses()
    {
        using var browser = new BrowserSession(_host);
        await browser.SubmitAsync("/forgot-password", "forgot", ("Input.Email", Email));
        var known = browser.Page.Replace(Email, "…", StringComparison.Ordinal);
        await browser.SubmitAsync("/forgot-password", "forgot", ("Input.Email", "nobody@example.com"));
        var unknown = browser.Page.Replace("nobody@example.com", "…", StringComparison.Ordinal);

        Assert.Equal(BodyOf(known), BodyOf(unknown));
        Assert.DoesNotContain(_host.Logs.Lines, line => line.Contains("To nobody@example.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FormsSentFromElsewhere_AreRefused()
    {
        var forged = await _browser.ForgeAsync("/account", ("_handler", "everywhere"));
        Assert.Equal(HttpStatusCode.BadRequest, forged.Status);
        await _browser.ForgeAsync("/logout");
        Assert.True(await _browser.IsSignedInAsync());
    }

    [Fact]
    public async Task ChangingThePassword_NeedsTheOldOne_AndEndsOtherSessions()
    {
        await using var impatient = await HiWayHost.StartAsync(_host.Database, services =>
            services.Configure<Microsoft.AspNetCore.Identity.SecurityStampValidatorOptions>(options => options.ValidationInterval = TimeSpan.Zero));
        using var here = new BrowserSession(impatient);
        using var elsewhere = new BrowserSession(impatient);
        await here.SignInAsync(Email, Password);
        await elsewhere.SignInAsync(Email, Password);

        await here.SubmitAsync("/account", "password", ("Password.Old", "not the password"), ("Password.New", "another four words"));
        Assert.Contains("This is not your present password.", here.Page, StringComparison.Ordinal);
        Assert.True(await elsewhere.IsSignedInAsync());

        await here.SubmitAsync("/account", "password", ("Password.Old", Password), ("Password.New", "another four words"));
        Assert.Equal("/account?done=password", here.RedirectedTo);
        Assert.True(await here.IsSignedInAsync());
        Assert.False(await elsewhere.IsSignedInAsync());
    }

    [Fact]
    public async Task SessionSurvivesARestart_AndItsKeyInTheDatabaseIsSealed()
    {
        Assert.True(await _browser.IsSignedInAsync());
        var xml = await _host.Database.ScalarAsync<string>("SELECT string_agg(xml, '') FROM data_protection_keys");
        Assert.Contains("<sealed ", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("<masterKey", xml, StringComparison.Ordinal);   // the framework's element with the bare key

        await _host.StopAsync();
        await using var restarted = await HiWayHost.StartAsync(_host.Database, null, ("Vault:MasterKeyFile", Path.Combine(_host.DataFolder, "master.key")));
        _browser.MoveTo(restarted);
        Assert.True(await _browser.IsSignedInAsync());
    }

    [Fact]
    public async Task TimeZone_IsOneThatExists_AndTravelsWithTheSession()
    {
        await _browser.SubmitAsync("/account", "zone", ("Zone.TimeZone", "Mars/Olympus"));
        Assert.Contains("'Mars/Olympus' is no time zone", _browser.Page, StringComparison.Ordinal);

        await _browser.SubmitAsync("/account", "zone", ("Zone.TimeZone", "Asia/Tokyo"));
        Assert.Equal("/account?done=zone", _browser.RedirectedTo);
        await _browser.OpenAsync("/audit");
        Assert.Contains("Asia/Tokyo, UTC+9", _browser.Page, StringComparison.Ordinal);
    }

    /// <summary>The link from the mail that was written to the log, as a path.</summary>
    private async Task<string> ResetLinkAsync(BrowserSession browser)
    {
        await browser.SubmitAsync("/forgot-password", "forgot", ("Input.Email", Email));
        await Patience.UntilAsync(() => Link().IsMatch(_host.Logs.ToString()), "a reset link in the log");
        return Link().Match(_host.Logs.ToString()).Groups["path"].Value;
    }

    private static string BodyOf(string page) => Regex.Replace(page[page.IndexOf("<main", StringComparison.Ordinal)..page.IndexOf("</main>", StringComparison.Ordinal)], "value=\"CfDJ[^\"]*\"", "");

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex AntiForgery();

    [GeneratedRegex("https?://[^/]+(?<path>/reset-password\\S+)")]
    private static partial Regex Link();
}
