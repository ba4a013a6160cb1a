using HiWay.Web.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;

namespace HiWay.Tests.Accounts;

/// <summary>Which pages may make and show passkeys: those of this HiWay and no other program's.</summary>
public sealed class PasskeyAddressTests
{
    [Theory]
    [InlineData("http://localhost:5080", "localhost:5080", true)]
    [InlineData("https://hiway.example", "hiway.example", true)]
    [InlineData("https://hiway.example", "hiway.example:443", true)]   // a proxy that hands on "$host:$server_port"
    [InlineData("https://HIWAY.example:8443", "hiway.example:8443", true)]
    [InlineData("https://hiway.example:8443", "hiway.example", false)]
    [InlineData("http://localhost:5081", "localhost:5080", false)]
    [InlineData("https://evil.hiway.example", "hiway.example", false)]
    [InlineData("http://hiway.example", "hiway.example", false)]
    [InlineData("null", "hiway.example", false)]
    [InlineData("", "hiway.example", false)]
    public void WithoutPublicUrl_TheRequestsHostDecides(string origin, string host, bool ours) =>
        Assert.Equal(ours, Address(null).IsOurs(origin, new HostString(host)));

    [Theory]
    [InlineData("https://hiway.example", true)]
    [InlineData("https://hiway.example:443", true)]
    [InlineData("http://hiway.example", false)]
    [InlineData("https://hiway.example:8443", false)]
    [InlineData("https://sub.hiway.example", false)]
    [InlineData("http://10.0.3.7:5080", false)]
    public void WithPublicUrl_ItAloneDecides(string origin, bool ours) =>
        Assert.Equal(ours, Address("https://hiway.example/").IsOurs(origin, new HostString("10.0.3.7:5080")));   // what a proxy calls it does not matter

    [Theory]
    [InlineData(null, null)]
    [InlineData("https://hiway.example:8443/", "hiway.example")]
    public void Domain_IsThatOfPublicUrl_OrTheRequests(string? publicUrl, string? domain)
    {
        var options = new IdentityPasskeyOptions();
        Address(publicUrl).Configure(options);

        Assert.Equal((domain, "required"), (options.ServerDomain, options.UserVerificationRequirement));
    }

    private static PasskeyAddress Address(string? publicUrl) =>
        new(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("PublicUrl", publicUrl)]).Build());
}
