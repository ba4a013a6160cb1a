using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>What a caller of a pinned model sees when the provider says no.</summary>
public sealed class UpstreamErrorTests : IAsyncLifetime
{
    private GatewayWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await GatewayWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(400, 400, "test_error")]
    [InlineData(401, 502, "upstream_unavailable")]
    [InlineData(403, 502, "upstream_unavailable")]
    [InlineData(404, 400, "model_not_found")]
    [InlineData(408, 502, "upstream_unavailable")]
    [InlineData(409, 502, "upstream_unavailable")]
    [InlineData(422, 422, "test_error")]
    [InlineData(500, 502, "upstream_unavailable")]
    [InlineData(503, 502, "upstream_unavailable")]
    [InlineData(529, 502, "upstream_unavailable")]
    public async Task EveryStatus_HasItsPlaceInTheEnvelope(int upstream, int expected, string code)
    {
        _world.Upstream.On("/chat/completions", Reply.Error(upstream));

        foreach (var stream in new[] { false, true })
        {
            var reply = await _world.AskAsync(stream: stream);

            Assert.Equal(expected, (int)reply.Status);
            Assert.Equal(code, reply.ErrorCode);
            Assert.Equal(reply.Json["error"]!["request_id"]!.GetValue<string>(), Assert.Single(reply.Headers.GetValues("X-Request-Id")));
            Assert.True(double.Parse(Assert.Single(reply.Headers.GetValues("X-HiWay-Overhead-Ms")), System.Globalization.CultureInfo.InvariantCulture) > 0);
            Assert.Contains($"The upstream says {upstream}.", reply.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        Assert.Equal(2, _world.Upstream.Requests.Count);   // a pin is never tried again
    }

    [Theory]
    [InlineData(null, "1")]
    [InlineData("7", "7")]
    public async Task RateLimited_IsTheUpstreams429_WithItsRetryAfter(string? upstream, string expected)
    {
        _world.Upstream.On("/chat/completions", Reply.Error(429, "rate_limit_exceeded", upstream));

        var reply = await _world.AskAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, reply.Status);
        Assert.Equal("rate_limit_exceeded", reply.ErrorCode);
        Assert.Equal(expected, Assert.Single(reply.Headers.GetValues("Retry-After")));
        Assert.Equal(int.Parse(expected), reply.Json["error"]!["retry_after_seconds"]!.GetValue<int>());
    }

    [Fact]
    public async Task ContextLength_HasItsOwnCode()
    {
        _world.Upstream.On("/chat/completions", Reply.Json("""
            {"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}
            """, 400));

        var reply = await _world.AskAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded"), (reply.Status, reply.ErrorCode));
    }

    [Fact]
    public async Task ResetBeforeHeaders_Silence_AndHtml_Are502WithTheChain()
    {
        _world.Host.GiveUpSoon();
        _world.Upstream.On("/chat/completions", Reply.Reset, Reply.Silence, Reply.Json("<html>Bad gateway</html>", 502), Reply.Json("{\"ok\":true}"), Reply.Json("{\"choices\":"));
        string[] classes = ["connection_failed", "timeout", "server_error", "broken_answer", "broken_answer"];
        foreach (var expected in classes)
        {
            var reply = await _world.Http.ChatAsync(_world.Key.Secret, With(GatewayWorld.Body(), "max_tokens", 1));

            Assert.Equal((HttpStatusCode.BadGateway, "upstream_unavailable"), (reply.Status, reply.ErrorCode));
            Assert.StartsWith($"{expected}:", reply.Json["error"]!["fallback_chain"]![0]!["error"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal("acme/m1", reply.HiWay!["fallback_chain"]![0]!["model"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task AnErrorInsideA200_IsAnError()
    {
        _world.Upstream.On("/chat/completions", Reply.Json("""{"error":{"message":"Provider returned error","code":503}}"""));

        var reply = await _world.AskAsync();

        Assert.Equal((HttpStatusCode.BadGateway, "upstream_unavailable"), (reply.Status, reply.ErrorCode));
    }

    [Fact]
    public async Task FailedCalls_CostNothing_AndAreInTheLog()
    {
        _world.Upstream.On("/chat/completions", Reply.Error(500));

        await _world.AskAsync();

        var row = await _world.RowAsync();
        Assert.Equal((502, "upstream_unavailable", "error", 0m), (
            row["status"]!.GetValue<int>(), row["error_code"]!.GetValue<string>(), row["end_reason"]!.GetValue<string>(), row["cost_usd"]!.GetValue<decimal>()));
        Assert.Equal(1, row["attempts"]!.GetValue<int>());
    }

    private static JsonObject With(JsonObject body, string name, JsonNode value)
    {
        body[name] = value;
        return body;
    }
}
