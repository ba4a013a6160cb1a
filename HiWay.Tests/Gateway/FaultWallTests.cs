using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Whatever one provider does, the caller gets one whole answer while another is well, or one typed error when none is.</summary>
public sealed class FaultWallTests : IAsyncLifetime
{
    private static readonly string ContentFilter = """{"error":{"message":"The response was filtered due to the prompt triggering our content management policy.","type":"invalid_request_error","param":"prompt","code":"content_filter"}}""";
    private static readonly string TooLong = """{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""";

    private FaultWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await FaultWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F01_A429WithALongRetryAfter_IsNotWaitedFor(bool stream)
    {
        _world.FirstAnswers(Reply.Error(429, "rate_limit_exceeded", "30"));

        await _world.AssertWholeAsync(await _world.AskAsync(stream), 2);

        Assert.Equal(2, _world.Providers.Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AModelThatTheAccountHasNot_LeavesItsPlace_AndIsNotAskedAgainByTheNextCall(bool stream)
    {
        _world.FirstAnswers(Reply.Error(404, "model_not_found"));
        await _world.AssertWholeAsync(await _world.AskAsync(stream), 2);

        var later = await _world.AskAsync(stream);

        Assert.Equal((FaultWorld.Whole, false), (later.Text, later.HiWay!["fallback"]!.GetValue<bool>()));
        Assert.NotEqual(_world.Providers[0], _world.Providers[2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F02_APersistent429_IsNotAskedAgainByTheNextCall(bool stream)
    {
        _world.FirstAnswers(Reply.Error(429, "rate_limit_exceeded", "30"));
        await _world.AssertWholeAsync(await _world.AskAsync(stream), 2);

        var later = await _world.AskAsync(stream);

        Assert.Equal((FaultWorld.Whole, false), (later.Text, later.HiWay!["fallback"]!.GetValue<bool>()));
        Assert.Equal(3, _world.Seen.Count);
        Assert.NotEqual(_world.Providers[0], _world.Providers[2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F03_A500Once_IsNeverSeen(bool stream)
    {
        _world.FirstAnswers(Reply.Error(500), stream ? Reply.ChatStream(FaultWorld.Pieces, 9, 400) : Reply.Chat(FaultWorld.Whole, 9, 400));

        await _world.AssertWholeAsync(await _world.AskAsync(stream), 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F04_APersistent503_GoesElsewhere(bool stream)
    {
        _world.FirstAnswers(Reply.Error(503));

        await _world.AssertWholeAsync(await _world.AskAsync(stream), 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F05_AResetBeforeTheHeaders_IsNeverSeen(bool stream)
    {
        _world.FirstAnswers(Reply.Reset, stream ? Reply.ChatStream(FaultWorld.Pieces, 9, 400) : Reply.Chat(FaultWorld.Whole, 9, 400));

        await _world.AssertWholeAsync(await _world.AskAsync(stream), 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F06_ASilentProvider_IsLeftAfterItsTime_AndNotAskedAgain(bool stream)
    {
        _world.Host.GiveUpSoon();
        _world.FirstAnswers(Reply.Silence);

        await _world.AssertWholeAsync(await _world.AskAsync(stream), 2);

        Assert.Equal(2, _world.Providers.Distinct().Count());
        Assert.InRange(Stopwatch.GetElapsedTime(_world.Seen[0].At, _world.Seen[1].At), UpstreamPatience.Short - TimeSpan.FromSeconds(0.1), Patience.Limit);
    }

    [Fact]
    public async Task F07_ASlowFirstToken_IsLeftAfterItsTime()
    {
        _world.Host.GiveUpSoon();
        _world.FirstAnswers(FaultWorld.Begun(3, ReplyEnd.Complete) with { DelayBeforeBody = Patience.Limit });

        await _world.AssertWholeAsync(await _world.AskAsync(stream: true), 2);

        await _world.Seen[0].ClientGone.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task F08_AStreamCutAtTwoThirds_IsTakenUpByTheNext_AndReadsAsOne()
    {
        _world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks));

        var reply = await _world.AskAsync(stream: true);

        await _world.AssertWholeAsync(reply, 2);
        Assert.Single(reply.Chunks.Select(chunk => chunk["id"]!.GetValue<string>()).Distinct());
        Assert.Equal(("first-model", "test-model"), (reply.Chunks.First()["model"]!.GetValue<string>(), reply.Json["model"]!.GetValue<string>()));
    }

    [Fact]
    public async Task F09_AStreamThatStalls_IsTakenUpByTheNext()
    {
        _world.Host.GiveUpSoon();
        _world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.StallAfterChunks));

        await _world.AssertWholeAsync(await _world.AskAsync(stream: true), 2);

        await _world.Seen[0].ClientGone.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task F10_AMalformedChunk_IsTakenUpByTheNext()
    {
        _world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.Complete, "{\"choices\":[{\"delta\":{\"content\":\"Sent", "[DONE]"));

        await _world.AssertWholeAsync(await _world.AskAsync(stream: true), 2);
    }

    [Fact]
    public async Task F10_AMalformedAnswer_GoesElsewhere()
    {
        _world.FirstAnswers(Reply.Json("{\"choices\":[{\"message\":"));

        await _world.AssertWholeAsync(await _world.AskAsync(stream: false), 2);
    }

    [Fact]
    public async Task F11_AMissingDone_AfterTheWholeText_IsWhole()
    {
        _world.FirstAnswers(FaultWorld.Begun(40, ReplyEnd.Complete, FaultWorld.Chunk([], "stop"),
            """{"id":"chatcmpl-first","model":"first-model","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":400}}"""));

        await _world.AssertWholeAsync(await _world.AskAsync(stream: true), 1);
    }

    [Fact]
    public async Task F11_AMissingDone_WithoutAFinishReason_IsTakenUpByTheNext()
    {
        _world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.Complete));

        await _world.AssertWholeAsync(await _world.AskAsync(stream: true), 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F12_APromptTooLongForTheFirst_GoesToALargerWindow(bool stream)
    {
        _world.FirstAnswers(Reply.Json(TooLong, 400));

        var reply = await _world.AskAsync(stream);

        await _world.AssertWholeAsync(reply, 2);
        var models = await _world.Host.Http.CallAsync(HttpMethod.Get, "/v1/models", _world.Key.Secret);
        int Window(string id) => models["data"]!.AsArray().Single(model => model!["id"]!.GetValue<string>() == id)!["context_window"]!.GetValue<int>();
        Assert.True(Window(reply.HiWay!["routed_model"]!.GetValue<string>()) > Window(reply.HiWay["fallback_chain"]![0]!["model"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F13_AContentFiltersNo_IsTheCallersAnswer_AndNobodyElseIsAsked(bool stream)
    {
        _world.FirstAnswers(Reply.Json(ContentFilter, 400));

        await _world.AssertTypedErrorAsync(await _world.AskAsync(stream), "content_filter", 1, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task F16_EveryAttempt_IsInTheBooksOnce_AsWhatItWas()
    {
        _world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks));

        var reply = await _world.AskAsync(stream: true);

        await _world.AssertWholeAsync(reply, 2);
        var attempts = await _world.AttemptsAsync();
        Assert.Equal(["broken_answer", null], attempts.Select(attempt => attempt!["failure"]?.GetValue<string>()));
        Assert.All(attempts, attempt => Assert.True(attempt!["cost_usd"]!.GetValue<decimal>() > 0));
        var row = await _world.RowAsync();
        Assert.Equal(attempts.Sum(attempt => attempt!["cost_usd"]!.GetValue<decimal>()), row["cost_usd"]!.GetValue<decimal>());
        Assert.Equal(row["cost_usd"]!.GetValue<decimal>(), reply.HiWay!["upstream_cost"]!.GetValue<decimal>());
        Assert.True(row["output_tokens"]!.GetValue<int>() > 400, "What the first one wrote is metered beside the second's 400.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhenAllAreDown_OneTypedError_AfterThreeAttempts(bool stream)
    {
        _world.Answer(_ => Reply.Error(503));

        await _world.AssertTypedErrorAsync(await _world.AskAsync(stream), "upstream_unavailable", 3, HttpStatusCode.BadGateway);
    }

    [Fact]
    public async Task WhenAllCutTheirStreams_OneTypedError_AfterThreeAttempts()
    {
        _world.Answer(_ => FaultWorld.Begun(20, ReplyEnd.AbortAfterChunks));

        var reply = await _world.AskAsync(stream: true);

        Assert.Equal(string.Concat(FaultWorld.Pieces.Take(20)), string.Concat(reply.Chunks.Select(chunk => (chunk["choices"] as JsonArray)?.FirstOrDefault()?["delta"]?["content"]?.GetValue<string>())));
        await _world.AssertTypedErrorAsync(reply, "upstream_unavailable", 3);
        Assert.Equal("upstream_cut", (await _world.RowAsync())["end_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task WhenTheNextTellsAnotherStory_OneTypedError_AndNeverAMixture()
    {
        _world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks));
        var first = true;
        _world.Answer(seen =>
        {
            var begins = first;
            first = false;
            return begins ? FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks) : Reply.ChatStream(["Once ", "upon a time"]);
        });

        var reply = await _world.AskAsync(stream: true);

        Assert.DoesNotContain("Once", reply.Body, StringComparison.Ordinal);
        await _world.AssertTypedErrorAsync(reply, "upstream_unavailable", 3);
        Assert.Equal(["broken_answer", "diverged", "diverged"], (await _world.AttemptsAsync()).Select(attempt => attempt!["failure"]?.GetValue<string>()));
    }

    [Theory]
    [InlineData("""{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]}""")]
    [InlineData("""{"refusal":"I will not"}""")]
    public async Task WhatIsNoText_IsNotTakenUp(string delta)
    {
        _world.FirstAnswers(FaultWorld.Begun(5, ReplyEnd.AbortAfterChunks, FaultWorld.Chunk(JsonNode.Parse(delta)!.AsObject())));

        await _world.AssertTypedErrorAsync(await _world.AskAsync(stream: true), "upstream_unavailable", 1);
    }

    [Fact]
    public async Task APin_IsNotTakenUp()
    {
        _world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks));

        await _world.AssertTypedErrorAsync(await _world.AskAsync(stream: true, model: "openai/gpt-4o"), "upstream_unavailable", 1);
    }

    [Fact]
    public async Task AStreamWithoutAnyText_IsTakenUpFromTheStart()
    {
        _world.FirstAnswers(FaultWorld.Begun(0, ReplyEnd.AbortAfterChunks, FaultWorld.Chunk(new JsonObject { ["reasoning_content"] = "Let me think." })));

        await _world.AssertWholeAsync(await _world.AskAsync(stream: true), 2);
    }

    [Fact]
    public async Task HoweverTheSecondCutsAndEscapesItsText_TheAnswerIsTheSame()
    {
        var first = true;
        _world.Answer(_ =>
        {
            var begins = first;
            first = false;
            return begins ? FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks) : InHalves();
        });

        await _world.AssertWholeAsync(await _world.AskAsync(stream: true), 2);

        // Every UTF-16 unit escaped and seven of them a chunk, which cuts through characters; only from the new text on as it should be.
        static Reply InHalves()
        {
            var again = string.Concat(FaultWorld.Pieces.Take(27));
            var chunks = again.Chunk(7).Select(units => string.Concat(units.Select(unit => $"\\u{(int)unit:x4}")))
                .Select(escaped => $$$"""{"id":"second","model":"test-model","choices":[{"index":0,"delta":{"content":"{{{escaped}}}"},"finish_reason":null}]}""");
            return Reply.Sse([.. chunks, .. FaultWorld.Pieces.Skip(27).Select(piece => FaultWorld.Chunk(new JsonObject { ["content"] = piece })),
                FaultWorld.Chunk([], "stop"), """{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":400}}""", "[DONE]"]);
        }
    }

    [Fact]
    public async Task AShortRetryAfter_IsSatOut_WhenNobodyElseIsThere()
    {
        await using var alone = await FaultWorld.StartAsync("openai");
        alone.FirstAnswers(Reply.Error(429, "rate_limit_exceeded", "1"), Reply.Chat(FaultWorld.Whole, 9, 400));

        await alone.AssertWholeAsync(await alone.AskAsync(stream: false), 2);

        Assert.True(Stopwatch.GetElapsedTime(alone.Seen[0].At, alone.Seen[1].At) >= TimeSpan.FromSeconds(0.95));
    }

    [Fact]
    public async Task ATransient500_IsRepeatedOnTheSpot_WhenNobodyElseIsThere_AndOnlyOnce()
    {
        await using var alone = await FaultWorld.StartAsync("openai");
        alone.FirstAnswers(Reply.Error(500));

        await alone.AssertTypedErrorAsync(await alone.AskAsync(stream: false), "upstream_unavailable", 2, HttpStatusCode.BadGateway);
    }
}
