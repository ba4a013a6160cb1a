using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>One whole answer or one typed error: what a pinned model's stream may do to the gateway.</summary>
public sealed class StreamFaultTests : IAsyncLifetime
{
    /// <summary>For the gateway to have passed on what came before, which commits the answer.</summary>
    private static readonly TimeSpan s_longEnough = TimeSpan.FromSeconds(1.5);

    private GatewayWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await GatewayWorld.StartAsync(null, ("Gateway:HeartbeatInterval", "00:00:00.3"));

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task AWholeStream_ReachesTheClient_WithHiWayOnTheLastChunk_AndIsMeteredExactly()
    {
        _world.Upstream.On("/chat/completions", Reply.ChatStream(["Hel", "lo"], inputTokens: 9, outputTokens: 12));

        var reply = await _world.AskAsync(stream: true);

        Assert.Equal("Hello", reply.Text);
        Assert.Equal("[DONE]", reply.Events[^1]);
        Assert.Equal("stop", reply.Json["choices"]![0]!["finish_reason"]!.GetValue<string>());
        Assert.Equal("acme/m1", reply.HiWay!["routed_model"]!.GetValue<string>());
        Assert.Equal(0.000114m, reply.HiWay["upstream_cost"]!.GetValue<decimal>());   // 9 × 2 + 12 × 8 per million
        Assert.DoesNotContain(reply.Chunks, chunk => chunk["usage"] is not null);
        var row = await _world.RowAsync();
        Assert.Equal(0.000114m, row["cost_usd"]!.GetValue<decimal>());
        Assert.Equal("completed", row["end_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task WhoAsksForUsage_GetsItInTheLastChunk_WithHiWay()
    {
        _world.Upstream.On("/chat/completions", Reply.ChatStream(["Hello"], inputTokens: 9, outputTokens: 12));

        var reply = await _world.AskAsync(stream: true, includeUsage: true);

        Assert.Empty(reply.Json["choices"]!.AsArray());
        Assert.Equal(21, reply.Json["usage"]!["total_tokens"]!.GetValue<int>());
        Assert.NotNull(reply.HiWay);
    }

    [Fact]
    public async Task UsageIsAskedOfTheUpstream_ThoughTheClientDidNot()
    {
        _world.Upstream.On("/chat/completions", Reply.ChatStream(["Hello"]));

        await _world.AskAsync(stream: true);

        var sent = (await _world.Upstream.SeesAsync()).Json;
        Assert.True(sent["stream_options"]!["include_usage"]!.GetValue<bool>());
        Assert.Equal("m1", sent["model"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task HoweverTheBytesAreCut_TheAnswerIsTheSame(int pieceBytes)
    {
        _world.Upstream.On("/chat/completions", Reply.ChatStream(["Hé", "llo ", "wörld 🌍"]).InPiecesOf(pieceBytes));

        var reply = await _world.AskAsync(stream: true);

        Assert.Equal("Héllo wörld 🌍", reply.Text);
        Assert.Equal("[DONE]", reply.Events[^1]);
    }

    [Fact]
    public async Task CrLfLines_Comments_AndBlankEvents_AreUnderstood()
    {
        _world.Upstream.On("/chat/completions", Reply.SseRaw(
            ": OPENROUTER PROCESSING\r\n\r\n",
            "data: {\"id\":\"a\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\r\n\r\n",
            ": still here\r\n\r\n\r\n",
            "data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\r\n\r\n",
            "data: [DONE]\r\n\r\n"));

        var reply = await _world.AskAsync(stream: true);

        Assert.Equal("Hi", reply.Text);
        Assert.NotNull(reply.HiWay);
    }

    [Fact]
    public async Task AMissingDone_AfterAFinishReason_IsAWholeAnswer()
    {
        _world.Upstream.On("/chat/completions", Reply.Sse(Chunk("Hello"), Chunk(null, "stop")));

        var reply = await _world.AskAsync(stream: true);

        Assert.Equal("Hello", reply.Text);
        Assert.Equal("[DONE]", reply.Events[^1]);
        Assert.Equal("completed", (await _world.RowAsync())["end_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task AStreamThatEndsWithoutFinishReason_EndsInATypedError_AndNeverInDone()
    {
        _world.Upstream.On("/chat/completions", Reply.Sse(Chunk("Hello wor")));

        var reply = await _world.AskAsync(stream: true);

        await AssertCutAsync(reply, "Hello wor");
    }

    [Fact]
    public async Task AConnectionCutInTheMiddle_EndsInATypedError()
    {
        _world.Upstream.On("/chat/completions", Reply.Sse(Chunk("Hello "), Chunk("wor")) with { End = ReplyEnd.AbortAfterChunks });

        var reply = await _world.AskAsync(stream: true);

        await AssertCutAsync(reply, "Hello wor");
    }

    [Fact]
    public async Task AStall_EndsInATypedError_WithinTheIdleBudget()
    {
        _world.Host.GiveUpSoon();
        _world.Upstream.On("/chat/completions", Reply.Sse(Chunk("Hello wor")) with { End = ReplyEnd.StallAfterChunks });

        var reply = await _world.AskAsync(stream: true);

        Assert.Contains(": keep-alive", reply.Body, StringComparison.Ordinal);
        await AssertCutAsync(reply, "Hello wor");
        await (await _world.Upstream.SeesAsync()).ClientGone.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task AMalformedChunk_IsNeverPassedOn()
    {
        _world.Upstream.On("/chat/completions", Reply.Sse(Chunk("Hello"), "{\"choices\":[{\"delta\":{\"content\":", Chunk(null, "stop"), "[DONE]") with { GapBetweenChunks = s_longEnough });

        var reply = await _world.AskAsync(stream: true);

        await AssertCutAsync(reply, "Hello");
    }

    [Fact]
    public async Task AnErrorEventInsideTheStream_BecomesATypedError()
    {
        _world.Upstream.On("/chat/completions", Reply.Sse(Chunk("Hello"), """{"error":{"message":"The engine fell over.","type":"server_error","code":null}}""") with { GapBetweenChunks = s_longEnough });

        var reply = await _world.AskAsync(stream: true);

        await AssertCutAsync(reply, "Hello");
        Assert.Contains("The engine fell over.", reply.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnErrorEventBeforeAnyContent_IsACleanHttpError()
    {
        _world.Upstream.On("/chat/completions", Reply.Sse("""{"error":{"message":"The engine fell over.","type":"server_error","code":null}}"""));

        var reply = await _world.AskAsync(stream: true);

        Assert.Equal(HttpStatusCode.BadGateway, reply.Status);
        Assert.Equal("upstream_unavailable", reply.ErrorCode);
    }

    [Fact]
    public async Task SlowFirstToken_AndSilence_EndAs502_WithinTheirBudgets()
    {
        _world.Host.GiveUpSoon();
        _world.Upstream.On("/chat/completions", Reply.Sse(Chunk("late")) with { DelayBeforeBody = Timeout.InfiniteTimeSpan }, Reply.Silence);

        var slow = await _world.AskAsync(stream: true);
        var silent = await _world.AskAsync(stream: true);

        Assert.Equal((HttpStatusCode.BadGateway, HttpStatusCode.BadGateway), (slow.Status, silent.Status));
        Assert.StartsWith("timeout:", slow.Json["error"]!["fallback_chain"]![0]!["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GzippedAnswers_AreRead_StreamedAndWhole()
    {
        _world.Upstream.On("/chat/completions", Reply.ChatStream(["Hel", "lo"]) with { Gzip = true }, Reply.Chat("Hello") with { Gzip = true });

        Assert.Equal("Hello", (await _world.AskAsync(stream: true)).Text);
        Assert.Equal("Hello", (await _world.AskAsync()).Text);
    }

    private async Task AssertCutAsync(ChatReply reply, string delivered)
    {
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(delivered, string.Concat(reply.Chunks.Select(chunk => (chunk["choices"] as JsonArray)?[0]?["delta"]?["content"]?.GetValue<string>())));
        Assert.DoesNotContain("[DONE]", reply.Events);
        Assert.Equal("upstream_unavailable", reply.ErrorCode);
        var row = await _world.RowAsync();
        Assert.Equal("upstream_cut", row["end_reason"]!.GetValue<string>());
        Assert.True(row["output_tokens"]!.GetValue<int>() > 0, "What was produced is metered.");
    }

    private static string Chunk(string? content, string? finish = null) => new JsonObject
    {
        ["id"] = "chatcmpl-1",
        ["object"] = "chat.completion.chunk",
        ["created"] = 1,
        ["model"] = "m1",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["delta"] = content is null ? [] : new JsonObject { ["content"] = content },
            ["finish_reason"] = finish,
        }),
    }.ToJsonString();
}
