using System.Net;
using HiWay.Infrastructure.Egress;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Egress;

public sealed class EgressTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]           // Alibaba's metadata service
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]             // Azure's
    [InlineData("169.254.169.254")]           // everybody else's
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]               // Oracle's
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::10.0.0.1")]                // the old "compatible" form
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::10.0.0.1")]         // NAT64
    [InlineData("64:ff9b:1::1")]
    [InlineData("2001::1")]                   // Teredo
    [InlineData("2002:7f00:1::")]             // 6to4 of 127.0.0.1
    [InlineData("2001:db8::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]             // Amazon's metadata over IPv6
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void AddressThatIsNotOfThePublicInternet_IsSeen(string address) => Assert.False(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.169.0.0")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("64:ff9b::8.8.8.8")]
    public void PublicAddress_Passes(string address) => Assert.True(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]                 // a name is judged by what it resolves to
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task ConnectionToThisMachine_IsRefused_BeforeAnythingIsSent(string host)
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.Json("{}"));
        using var client = new HttpClient(new EgressHandlers(new EgressOptions()).Create());

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"http://{host}:{new Uri(upstream.Url).Port}/"));

        Assert.Contains("Egress:AllowPrivateNetworks", Assert.IsType<EgressRefusedException>(error.InnerException).Message, StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task ConnectionToThisMachine_IsMade_WhereTheOperatorAllowsIt()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.Json("{}"));
        using var client = new HttpClient(new EgressHandlers(new EgressOptions { AllowPrivateNetworks = true }).Create());

        using var answer = await client.GetAsync(upstream.Url);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed_SoThatItCannotLeadPastTheCheck()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", new Reply { Status = 302, Headers = [new("Location", "http://169.254.169.254/latest/meta-data/")] });
        using var client = new HttpClient(new EgressHandlers(new EgressOptions { AllowPrivateNetworks = true }).Create());

        using var answer = await client.GetAsync(upstream.Url);

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
    }

    [Fact]
    public void BuiltInProvidersHost_MayBeServedByAnInnerProxy_AndNoOther()
    {
        var egress = new EgressHandlers(new EgressOptions());

        Assert.True(egress.Allows("api.openai.com", IPAddress.Parse("10.1.2.3")));
        Assert.False(egress.Allows("llm.example.com", IPAddress.Parse("10.1.2.3")));
        Assert.False(egress.Allows("localhost", IPAddress.Loopback));
    }

    [Theory]
    [InlineData("https://llm.example.com/v1", "https://llm.example.com/v1/")]
    [InlineData("https://llm.example.com/v1/", "https://llm.example.com/v1/")]
    [InlineData(" http://llm.example.com ", "http://llm.example.com/")]
    public void BaseUrl_IsStoredWithASlashAtItsEnd(string typed, string stored) =>
        Assert.Equal(stored, OutgoingUrl.CheckBase(typed, "base_url", new EgressOptions()).Value.AbsoluteUri);

    [Theory]
    [InlineData("llm.example.com/v1")]
    [InlineData("ftp://llm.example.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:password@llm.example.com/")]
    [InlineData("https://llm.example.com/v1?key=1")]
    [InlineData("https://llm.example.com/v1#x")]
    [InlineData("http://localhost:8000/v1")]
    [InlineData("http://127.1/v1")]
    [InlineData("http://2130706433/")]         // 127.0.0.1 as one number
    [InlineData("http://[::1]/v1")]
    [InlineData("http://169.254.169.254/")]
    [InlineData("")]
    public void BaseUrlThatHiWayMustNotCall_IsRefusedByName(string typed) =>
        Assert.Equal("base_url", OutgoingUrl.CheckBase(typed, "base_url", new EgressOptions()).Refusal?.Param);
}
