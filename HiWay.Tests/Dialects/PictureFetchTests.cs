using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Egress;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Dialects;

/// <summary>Pictures that are named by address, for APIs that take bytes alone: fetched within limits, or refused with the part's name.</summary>
public sealed class PictureFetchTests : IAsyncLifetime
{
    private static readonly byte[] s_png = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 1, 2, 3];

    private readonly PictureFetch _fetch = new(new EgressHandlers(new EgressOptions { AllowPrivateNetworks = true }));
    private ReplayUpstream _server = null!;

    public async ValueTask InitializeAsync() => _server = (await ReplayUpstream.StartAsync())
        .On("/cat.png", Picture(s_png))
        .On("/wrong-type.png", Picture([0xFF, 0xD8, 0xFF, 0xE0]))
        .On("/moved.png", new Reply { Status = 302, Headers = [new("Location", "/cat.png")] })
        .On("/round.png", new Reply { Status = 302, Headers = [new("Location", "/round.png")] })
        .On("/page", new Reply { Headers = [new("Content-Type", "text/html")], Chunks = [s_png] })
        .On("/text.png", Picture("not a picture"u8.ToArray()))
        .On("/large.png", Picture([.. s_png, .. new byte[6 * 1024 * 1024]]));

    public async ValueTask DisposeAsync()
    {
        _fetch.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Pictures_BecomeBytes_InMessagesAndInResultsOfTools()
    {
        var request = Request(
            new TextPart("Look"), Address("/cat.png"), Address("/moved.png"), Address("/wrong-type.png"),
            new ToolResultPart("call_1", [Address("/cat.png")]), new ImagePart("s3://bucket/a.png", null, null), new ImagePart(null, "image/png", "aGk="));

        var parts = (await _fetch.InlineAsync(request, TestContext.Current.CancellationToken)).Messages[0].Parts;

        var png = new ImagePart(null, "image/png", Convert.ToBase64String(s_png));
        Assert.Equal([new TextPart("Look"), png, png, new ImagePart(null, "image/jpeg", "/9j/4A==")], parts.Take(4));
        Assert.Equal([png], Assert.IsType<ToolResultPart>(parts[4]).Parts);
        Assert.Equal(request.Messages[0].Parts.Skip(5), parts.Skip(5));
        Assert.Equal(1, _server.Requests.Count(seen => seen.Path == "/wrong-type.png"));
    }

    [Theory]
    [InlineData("/nowhere.png", "answered 404")]
    [InlineData("/round.png", "answered 302")]
    [InlineData("/page", "text/html")]
    [InlineData("/text.png", "no PNG, JPEG, GIF or WebP")]
    [InlineData("/large.png", "larger than 5 MiB")]
    public async Task WhatIsNoPicture_IsRefusedByName(string path, string why)
    {
        var refused = await Assert.ThrowsAsync<PictureNotFetchedException>(() =>
            _fetch.InlineAsync(Request(new TextPart("Look"), Address(path)), TestContext.Current.CancellationToken));

        Assert.Equal("messages[0].content[1]", refused.Path);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APrivateAddress_IsNotCalled()
    {
        using var careful = new PictureFetch(new EgressHandlers(new EgressOptions()));

        var refused = await Assert.ThrowsAsync<PictureNotFetchedException>(() =>
            careful.InlineAsync(Request(Address("/cat.png")), TestContext.Current.CancellationToken));

        Assert.Contains("private or reserved address", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task TooManyPictures_AreRefused()
    {
        var refused = await Assert.ThrowsAsync<PictureNotFetchedException>(() => _fetch.InlineAsync(
            Request([.. Enumerable.Range(0, 21).Select(n => Address($"/cat.png?{n}"))]), TestContext.Current.CancellationToken));

        Assert.Contains("at most 20", refused.Message, StringComparison.Ordinal);
    }

    private ImagePart Address(string path) => new(_server.Url + path, null, null);

    private static ChatRequest Request(params ChatPart[] parts) => new() { Messages = [new(ChatRole.User, parts)] };

    private static Reply Picture(byte[] bytes) => new() { Headers = [new("Content-Type", "image/png")], Chunks = [bytes] };
}
