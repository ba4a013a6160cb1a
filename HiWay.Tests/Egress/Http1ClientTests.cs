using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HiWay.Infrastructure.Egress;
using HiWay.Infrastructure.Egress.Http1;
using HiWay.Infrastructure.EventLoops;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Egress;

/// <summary>The client on event loops, as it runs on Linux.</summary>
public sealed class Http1ClientOnLoopsTests : Http1ClientTests
{
    public Http1ClientOnLoopsTests()
        : base(new EventLoopGroup())
    {
    }
}

/// <summary>The client on the framework's sockets, as it runs elsewhere.</summary>
public sealed class Http1ClientWithoutLoopsTests : Http1ClientTests
{
    public Http1ClientWithoutLoopsTests()
        : base(null)
    {
    }
}

/// <summary>What models are called with: HTTP/1.1 against a server of bare sockets, which can cut and break as it likes.</summary>
public abstract class Http1ClientTests(EventLoopGroup? loops) : IDisposable
{
    private readonly HttpMessageInvoker _client = new(new EgressHandlers(new EgressOptions { AllowPrivateNetworks = true, ConnectTimeout = Patience.Limit }).CreateForModels(loops));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        loops?.Dispose();
        GC.SuppressFinalize(this);
    }

    public static TheoryData<string, string> Framings => new()
    {
        { "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world", "hello world" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;name=value\r\n world\r\n0\r\n\r\n", "hello world" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nB\r\nhello world\r\n0\r\nX-Checksum: 1\r\n\r\n", "hello world" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "" },
        { "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok" },
        { "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n", "" },
    };

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task HoweverTheBytesAreCut_TheBodyIsTheSame_AndTheConnectionIsUsedAgain(string answer, string body)
    {
        for (var cut = 1; cut < answer.Length; cut++)
        {
            await using var server = new BareServer(answer[..cut], answer[cut..]);
            Assert.Equal(body, await AskAsync(server));
            Assert.Equal(body, await AskAsync(server));
            Assert.Equal(1, server.Connections);
        }
    }

    /// <summary>What waited for the answer of one client goes on on that one's loop, which ends with it.</summary>
    [Fact]
    public async Task ACallThatBeginsOnTheLoopOfAClientThatIsGone_IsMadeAllTheSame()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n\r\nok") { Pause = TimeSpan.FromMilliseconds(30) };
        using (var gone = new EventLoopGroup())
        using (var client = new HttpMessageInvoker(new EgressHandlers(new EgressOptions { AllowPrivateNetworks = true }).CreateForModels(gone)))
        {
            while (EventLoop.Current is null)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);
                using var response = await client.SendAsync(request, Stop);
            }
        }

        Assert.Equal("ok", await AskAsync(server));
    }

    [Fact]
    public async Task AnAnswerWithoutALength_EndsWithItsConnection()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\n\r\nhello ", "world") { ClosesAfterEach = true };
        Assert.Equal("hello world", await AskAsync(server));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\nhello")]
    public async Task ABodyThatBreaksOff_IsAnError_AndNeverJustShort(string answer)
    {
        await using var server = new BareServer(answer) { ClosesAfterEach = true };
        await Assert.ThrowsAsync<HttpIOException>(() => AskAsync(server));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nno header\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    public async Task FramingThatContradictsItself_IsRefused(string answer)
    {
        await using var server = new BareServer(answer);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(server));
        Assert.Equal(HttpRequestError.InvalidResponse, error.HttpRequestError);
    }

    [Fact]
    public async Task AConnectionThatTheServerClosedWhileIdle_IsNobodysFailure()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") { ClosesAfterEach = true };
        Assert.Equal("ok", await AskAsync(server));
        Assert.Equal("ok", await AskAsync(server));
        Assert.Equal(2, server.Connections);
    }

    /// <summary>RFC 9110, 9.2.2: what may have been acted upon is sent again only where acting twice is as good as once.</summary>
    [Fact]
    public async Task ARequestThatTheServerHadReadBeforeItClosed_IsSentAgainOnlyIfThatDoesNoHarm()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") { AnswersPerConnection = 1 };
        Assert.Equal("ok", await AskAsync(server));
        Assert.Equal("ok", await AskAsync(server));
        Assert.Equal((2, 3), (server.Connections, server.Requests));

        using var bill = new HttpRequestMessage(HttpMethod.Post, server.Url) { Content = new ByteArrayContent("{}"u8.ToArray()) };
        var ended = await Assert.ThrowsAsync<HttpRequestException>(() => _client.SendAsync(bill, Stop));
        Assert.Equal(HttpRequestError.ResponseEnded, ended.HttpRequestError);
        Assert.Equal((2, 4), (server.Connections, server.Requests));
    }

    [Fact]
    public async Task AConnectionFoundClosed_IsLeftAlone_AndTheRequestGoesOutOnAnother()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") { ClosesAfterEach = true };
        Assert.Equal("ok", await AskAsync(server));
        await server.Closed;

        using var bill = new HttpRequestMessage(HttpMethod.Post, server.Url) { Content = new ByteArrayContent("{}"u8.ToArray()) };
        using var answer = await _client.SendAsync(bill, Stop);
        Assert.Equal((HttpStatusCode.OK, 2, 2), (answer.StatusCode, server.Connections, server.Requests));
    }

    /// <summary>The same where the end has come and the loop, which is still running this, cannot have heard of it.</summary>
    [Fact]
    public async Task AConnectionThatEndedWithinTheRound_IsLeftAloneToo()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") { ClosesAfterEach = true };
            Assert.Equal("ok", await AskAsync(server));
            SpinWait.SpinUntil(() => server.Closed.IsCompleted, Patience.Limit);   // on the loop's thread, where there is one

            using var bill = new HttpRequestMessage(HttpMethod.Post, server.Url) { Content = new ByteArrayContent("{}"u8.ToArray()) };
            using var answer = await _client.SendAsync(bill, Stop);
            Assert.Equal((HttpStatusCode.OK, 2, 2), (answer.StatusCode, server.Connections, server.Requests));
        }
    }

    [Fact]
    public async Task MoreThanTheAnswer_IsNeverTakenForTheNextOne()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        Assert.Equal("ok", await AskAsync(server));
        Assert.Equal("ok", await AskAsync(server));
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task ABodyOfAnySize_ArrivesAsItWasSent_WithItsHeaders()
    {
        foreach (var size in (int[])[0, 1, 4_000, 131_072, 131_073, 3_000_000])
        {
            await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            var sent = new byte[size];
            new Random(size).NextBytes(sent);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{server.Url}a%20b?x=%2F") { Content = new ReadOnlyMemoryContent(sent) };
            request.Headers.TryAddWithoutValidation("X-Two", ["a", "b"]);
            using var response = await _client.SendAsync(request, Stop);

            Assert.StartsWith("POST /a%20b?x=%2F HTTP/1.1\r\nHost: 127.0.0.1:", server.LastHead, StringComparison.Ordinal);
            Assert.Contains("X-Two: a, b\r\n", server.LastHead, StringComparison.Ordinal);
            Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), Convert.ToHexString(SHA256.HashData(server.LastBody)));
        }
    }

    [Theory]
    [InlineData("http://api.example/v1/", "api.example")]
    [InlineData("https://api.example/v1/", "api.example")]
    [InlineData("https://api.example:8443/", "api.example:8443")]
    [InlineData("http://api.example:443/", "api.example:443")]
    [InlineData("https://b\u00fccher.example/", "xn--bcher-kva.example")]
    [InlineData("http://[::1]:8080/", "[::1]:8080")]
    [InlineData("https://[fe80::1%25eth0]/", "[fe80::1]")]
    public void TheHostHeader_NamesThePortWhereItIsNotTheUsualOne(string address, string header)
    {
        var uri = new Uri(address);
        Assert.Equal(header, new Http1Endpoint(uri.IdnHost, uri.Port, uri.Scheme == Uri.UriSchemeHttps).HostHeader);
    }

    [Fact]
    public async Task ABodyOfUnknownLength_TravelsInChunks()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url) { Content = new PushedContent(["one ", "", "two"]) };
        using var response = await _client.SendAsync(request, Stop);

        Assert.Contains("Transfer-Encoding: chunked\r\n", server.LastHead, StringComparison.Ordinal);
        Assert.Equal("one two", Encoding.ASCII.GetString(server.LastBody));
    }

    [Theory]
    [InlineData("a\r\nX-Evil: 1")]
    [InlineData("a\nb")]
    [InlineData("schlüssel")]
    public async Task AHeaderThatWouldBreakOut_IsNotSent(string value)
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);
        if (!request.Headers.TryAddWithoutValidation("X-Key", value))
        {
            return;   // refused even earlier
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.SendAsync(request, Stop));
        Assert.Equal("", server.LastHead);
    }

    [Fact]
    public async Task ACallThatIsGivenUp_ClosesItsConnection_WhereverItStands()
    {
        foreach (var answer in (string[])["", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"])
        {
            await using var server = new BareServer(answer);
            using var gone = new CancellationTokenSource();
            var asking = Task.Run(async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);
                using var response = await _client.SendAsync(request, gone.Token);
                await using var body = await response.Content.ReadAsStreamAsync(gone.Token);
                await body.ReadExactlyAsync(new byte[5], gone.Token);
                await body.ReadExactlyAsync(new byte[5], gone.Token);
            }, Stop);
            await server.Asked.WaitAsync(Stop);
            await gone.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
            await server.ClientClosed.WaitAsync(Patience.Limit, Stop);
        }
    }

    /// <summary>The provider bills it, so the books must have it.</summary>
    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nC350\r\n")]
    [InlineData("Content-Length: 50001\r\n\r\n")]
    [InlineData("X-Length: none\r\n\r\n")]
    public async Task WhatHadArrivedWhenTheCallerGaveUp_IsStillRead_AndNeverTakenForTheWholeAnswer(string framing)
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\n" + framing + new string('x', 50_000));
        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);
        using var response = await _client.SendAsync(request, gone.Token);
        await using var body = await response.Content.ReadAsStreamAsync(gone.Token);
        await server.Asked.WaitAsync(Stop);
        await gone.CancelAsync();

        var (read, buffer) = (0, new byte[1_000]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            for (int some; (some = await body.ReadAsync(buffer, gone.Token)) > 0;)
            {
                read += some;
            }
        });
        Assert.Equal(50_000, read);
        await server.ClientClosed.WaitAsync(TimeSpan.FromSeconds(20), Stop);
    }

    /// <summary>As a relay does that has seen the answer's last event: it lets go of stream and response before the last, empty chunk is here.</summary>
    [Fact]
    public async Task AnAnswerThatIsLetGoOfTwiceBeforeItsLastChunk_LeavesItsConnectionAlone()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "0\r\n\r\n") { Pause = TimeSpan.FromMilliseconds(30) };
        for (var call = 0; call < 10; call++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);
            using var response = await _client.SendAsync(request, Stop);
            await using var body = await response.Content.ReadAsStreamAsync(Stop);
            var read = new byte[5];
            await body.ReadExactlyAsync(read, Stop);
            var letGo = Stopwatch.GetTimestamp();
            body.Dispose();
            response.Dispose();
            if (TimeSpan.FromMilliseconds(40) - Stopwatch.GetElapsedTime(letGo) is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(left, Stop);
            }

            // Takes thirty milliseconds, in which the limit of fifty for what was let go of runs out.
            Assert.Equal("hello", await AskAsync(server));
        }
    }

    [Fact]
    public async Task ACertificateThatNobodyVouchesFor_IsRefused()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pfx), null);
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") { Certificate = certificate };

        using var call = new HttpRequestMessage(HttpMethod.Get, server.Url.Replace("http:", "https:", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => _client.SendAsync(call, Stop));
        Assert.Equal(HttpRequestError.SecureConnectionError, error.HttpRequestError);
    }

    [Fact]
    public async Task APrivateAddress_IsRefusedHereToo()
    {
        await using var server = new BareServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        using var strict = new HttpMessageInvoker(new EgressHandlers(new EgressOptions()).CreateForModels(loops));
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => strict.SendAsync(request, Stop));
        Assert.IsType<EgressRefusedException>(error.InnerException);
        Assert.Equal(0, server.Connections);
    }

    private async Task<string> AskAsync(BareServer server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);
        using var response = await _client.SendAsync(request, Stop);
        await using var body = await response.Content.ReadAsStreamAsync(Stop);
        using var text = new StreamReader(body);
        return await text.ReadToEndAsync(Stop);
    }

    private sealed class PushedContent(string[] parts) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var part in parts)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(part));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
