using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HiWay.Tests.Harness;

/// <summary>
/// A provider that answers what the test says, byte for byte, and remembers what it was asked. On a real port, so that the gateway's own
/// client, connection pool and cancellation are part of the test.
/// </summary>
/// <example><c>await using var upstream = await ReplayUpstream.StartAsync(); upstream.On("/chat/completions", Reply.Recorded("groq", "chat-429"), Reply.Chat("Hello"));</c></example>
public sealed class ReplayUpstream : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Script> _scripts = new();
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private readonly WebApplication _app;

    private ReplayUpstream(WebApplication app) => _app = app;

    /// <summary>Without a slash at the end; the base URL of a provider in tests.</summary>
    public string Url { get; private set; } = "";

    /// <summary>All requests so far, in order of arrival.</summary>
    public IReadOnlyList<SeenRequest> Requests => [.. _seen];

    public static async Task<ReplayUpstream> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var upstream = new ReplayUpstream(app);
        app.Run(upstream.AnswerAsync);
        await app.StartAsync();
        upstream.Url = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        return upstream;
    }

    /// <summary>Answers requests whose path ends in this one with the replies in turn; the last one repeats. <c>*</c> matches every path.</summary>
    public ReplayUpstream On(string pathEnd, params Reply[] replies)
    {
        Assert.NotEmpty(replies);
        var next = -1;
        return On(pathEnd, _ => replies[Math.Min(Interlocked.Increment(ref next), replies.Length - 1)]);
    }

    /// <summary>Chooses the reply by the request.</summary>
    public ReplayUpstream On(string pathEnd, Func<SeenRequest, Reply> choose)
    {
        _scripts[pathEnd] = new(choose);
        return this;
    }

    /// <summary>Waits for the nth request (from 1).</summary>
    public async Task<SeenRequest> SeesAsync(int nth = 1)
    {
        var patience = Stopwatch.StartNew();
        while (_seen.Count < nth)
        {
            Assert.True(patience.Elapsed < Patience.Limit, $"The upstream saw {_seen.Count} requests, not {nth}.");
            await Task.Delay(5);
        }

        return _seen.ElementAt(nth - 1);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);   // replies that stall on purpose are not waited for
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var seen = new SeenRequest(http.Request, body.ToArray());
        http.RequestAborted.Register(seen.MarkGone);
        _seen.Enqueue(seen);

        var script = _scripts.Where(script => script.Key == "*" || seen.Path.EndsWith(script.Key, StringComparison.Ordinal))
            .OrderByDescending(script => script.Key.Length).Select(script => script.Value).FirstOrDefault();
        var reply = script?.Choose(seen) ?? Reply.Json($$"""{"error": {"message": "The test scripts no reply for {{seen.Path}}." } }""", 404);
        try
        {
            await WriteAsync(http, reply);
            seen.MarkAnswered();
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            seen.MarkGone();
        }
    }

    private static async Task WriteAsync(HttpContext http, Reply reply)
    {
        var gone = http.RequestAborted;
        http.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        await Task.Delay(reply.DelayBeforeHeaders, gone);
        if (reply.End is ReplyEnd.ResetBeforeHeaders)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = reply.Status;
        foreach (var (name, value) in reply.Headers)
        {
            http.Response.Headers.Append(name, value);
        }

        var chunks = reply.Chunks;
        if (reply.Gzip)
        {
            http.Response.Headers.ContentEncoding = "gzip";
            chunks = Compress(chunks);
        }

        // Only a whole answer may say how long it is; one with gaps or a bad end is sent in chunks, as providers do.
        if (chunks.Count <= 1 && reply.End is ReplyEnd.Complete && reply.GapBetweenChunks == TimeSpan.Zero)
        {
            http.Response.ContentLength = chunks.Sum(chunk => chunk.Length);
        }

        await http.Response.StartAsync(gone);
        await http.Response.BodyWriter.FlushAsync(gone);
        for (var i = 0; i < chunks.Count; i++)
        {
            await Task.Delay(i == 0 ? reply.DelayBeforeBody : reply.GapBetweenChunks, gone);
            await http.Response.BodyWriter.WriteAsync(chunks[i], gone);   // writes and flushes
        }

        switch (reply.End)
        {
            case ReplyEnd.AbortAfterChunks:
                await Task.Delay(50, gone);   // an abort overtakes bytes that still wait to be sent
                http.Abort();
                break;
            case ReplyEnd.StallAfterChunks:
                await Task.Delay(Timeout.Infinite, gone);
                break;
        }
    }

    private static List<byte[]> Compress(IReadOnlyList<byte[]> chunks)
    {
        using var target = new MemoryStream();
        List<byte[]> result = [];
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (var chunk in chunks)
            {
                gzip.Write(chunk);
                gzip.Flush();
                Take();
            }
        }

        Take();
        return result;

        void Take()
        {
            result.Add(target.ToArray());
            target.SetLength(0);
        }
    }

    private sealed record Script(Func<SeenRequest, Reply> Choose);
}
