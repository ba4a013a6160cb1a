using System.Diagnostics;
using System.Net;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Telemetry;

/// <summary>SIGTERM as a platform sends it, to a real process with calls in flight.</summary>
public sealed class DrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Running_stream_finishes_while_new_calls_are_sent_elsewhere()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.ChatStream([.. Enumerable.Range(0, 40).Select(i => $"{i} ")]) with { GapBetweenChunks = TimeSpan.FromMilliseconds(300) });
        await using var database = await TestDatabase.CreateAsync();
        await using var hiway = await HiWayProcess.StartAsync(_folder.Path, ("ConnectionStrings:HiWay", database.ConnectionString));
        using var http = new HttpClient { BaseAddress = new Uri(hiway.Url) };
        var account = await ConnectAsync(http, upstream);

        var stream = http.ChatAsync(account.Key, "Count", "acme/m1", stream: true);
        await upstream.SeesAsync();
        hiway.Terminate();
        var refused = await RefusedAsync(http, account);

        Assert.Equal("shutting_down", refused.ErrorCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        using (var ready = await http.GetAsync("/health/ready"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("draining", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        var reply = await stream;
        Assert.EndsWith("38 39 ", reply.Text, StringComparison.Ordinal);
        Assert.Equal("[DONE]", reply.Events[^1]);
        await hiway.WaitForExitAsync(Patience.Limit);
        Assert.Equal(0, hiway.ExitCode);
        Assert.Equal(1L, await database.ScalarAsync<long>("SELECT count(*) FROM requests WHERE status = 200 AND end_reason = 'completed'"));
    }

    [Fact]
    public async Task Stream_that_does_not_end_is_told_so_at_the_limit_and_does_not_look_whole()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.ChatStream(["Hel"]) with { End = ReplyEnd.StallAfterChunks, Chunks = [.. Reply.ChatStream(["Hel", "lo"]).Chunks.Take(2)] });
        await using var hiway = await HiWayProcess.StartAsync(_folder.Path, ("Drain:Limit", "00:00:01"));
        using var http = new HttpClient { BaseAddress = new Uri(hiway.Url) };
        var account = await ConnectAsync(http, upstream);

        var stream = http.ChatAsync(account.Key, "Count", "acme/m1", stream: true);
        await upstream.SeesAsync();
        await Task.Delay(300);
        var took = Stopwatch.StartNew();
        hiway.Terminate();
        var reply = await stream;

        Assert.Equal("upstream_unavailable", reply.ErrorCode);
        Assert.DoesNotContain("[DONE]", reply.Events);
        await hiway.WaitForExitAsync(Patience.Limit);
        Assert.Equal(0, hiway.ExitCode);
        Assert.InRange(took.Elapsed, TimeSpan.FromSeconds(0.9), Patience.Limit);
    }

    private static async Task<TestAccount> ConnectAsync(HttpClient http, ReplayUpstream upstream)
    {
        var account = await http.SignUpAsync();
        await http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        return account;
    }

    /// <summary>The signal takes a moment to arrive; calls before that are answered as ever.</summary>
    private static async Task<ChatReply> RefusedAsync(HttpClient http, TestAccount account)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var reply = await http.ChatAsync(account.Key, new { model = "nobody/has-this", messages = Array.Empty<object>() });
            if (reply.Status == HttpStatusCode.ServiceUnavailable)
            {
                return reply;
            }

            Assert.True(patience.Elapsed < Patience.Limit, $"Still answered {reply.Status}.");
            await Task.Delay(20);
        }
    }
}
