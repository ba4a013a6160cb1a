using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A failing provider is something to read about later: the next deployment of the same tier answers.</summary>
public sealed class FallbackTests : IAsyncLifetime
{
    private ReplayUpstream _upstream = null!;
    private HiWayHost _host = null!;
    private TestAccount _account = null!;
    private TestKey _key = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await ReplayUpstream.StartAsync();
        _host = await HiWayHost.StartAsync();
        _account = await _host.Http.SignUpAsync();
        foreach (var provider in new[] { "openai", "mistral", "groq", "deepseek", "xai" })
        {
            await _host.Http.PutProviderAsync(_account, provider, $"{_upstream.Url}/{provider}");
        }

        _key = await _host.Http.CreateKeyAsync(_account);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    public static TheoryData<string, bool> Failures()
    {
        var data = new TheoryData<string, bool>();
        foreach (var failure in new[] { "429", "500", "503", "529", "408", "409", "reset", "silence", "slow", "malformed", "empty", "error-event", "cut-preamble" })
        {
            data.Add(failure, true);
            if (failure is not ("slow" or "error-event" or "cut-preamble"))
            {
                data.Add(failure, false);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task TheFirstDeploymentFails_TheNextAnswers_AndTheCallerSeesOneAnswer(string failure, bool stream)
    {
        if (failure is "silence" or "slow")
        {
            _host.GiveUpSoon();
        }

        var good = stream ? Reply.ChatStream(["Hel", "lo"]) : Reply.Chat("Hello");
        string? failed = null;
        _upstream.On("*", seen =>
        {
            failed ??= seen.Path;
            return seen.Path == failed ? Bad(failure) : good;
        });

        var reply = await _host.Http.ChatAsync(_key.Secret, GatewayWorld.Body(model: "standard", stream: stream));

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal("Hello", reply.Text);
        Assert.Equal(2, _upstream.Requests.Count);
        Assert.NotEqual(_upstream.Requests[0].Path, _upstream.Requests[1].Path);
        Assert.True(reply.HiWay!["fallback"]!.GetValue<bool>());
        var chain = Assert.Single(reply.HiWay["fallback_chain"]!.AsArray())!;
        Assert.StartsWith(failed!.Split('/')[1], chain["model"]!.GetValue<string>(), StringComparison.Ordinal);
        var row = Assert.Single(await _host.Http.RequestRowsAsync(_account));
        Assert.Equal((200, 2), (row["status"]!.GetValue<int>(), row["attempts"]!.GetValue<int>()));
        Assert.Equal(reply.HiWay["routed_model"]!.GetValue<string>(), row["model"]!.GetValue<string>());
    }

    [Fact]
    public async Task TwoFail_TheThirdProviderIsAsked_ThoughItIsMuchDearerThanARepeat()
    {
        var account = await _host.Http.SignUpAsync();
        foreach (var provider in new[] { "openai", "mistral", "groq" })
        {
            await _host.Http.PutProviderAsync(account, provider, $"{_upstream.Url}/{provider}");
        }

        var key = await _host.Http.CreateKeyAsync(account);
        _upstream.On("*", seen => seen.Path.StartsWith("/openai/", StringComparison.Ordinal) ? Reply.Chat("Hello") : Reply.Error(500));

        var reply = await _host.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "light"));

        Assert.Equal((HttpStatusCode.OK, "Hello"), (reply.Status, reply.Text));
        Assert.Equal(3, _upstream.Requests.Select(seen => seen.Path).Distinct().Count());
    }

    [Fact]
    public async Task AllFail_502WithTheChain_AfterThreeAttempts()
    {
        _upstream.On("*", Reply.Error(500));

        var reply = await _host.Http.ChatAsync(_key.Secret, GatewayWorld.Body(model: "standard"));

        Assert.Equal((HttpStatusCode.BadGateway, "upstream_unavailable"), (reply.Status, reply.ErrorCode));
        Assert.Equal(3, _upstream.Requests.Select(seen => seen.Path).Distinct().Count());
        Assert.Equal(3, _upstream.Requests.Count);
        Assert.Equal(3, reply.Json["error"]!["fallback_chain"]!.AsArray().Count);
        Assert.Equal(3, reply.HiWay!["fallback_chain"]!.AsArray().Count);
    }

    [Fact]
    public async Task AllRateLimited_TheLast429_WithItsRetryAfter()
    {
        var nth = 0;
        _upstream.On("*", _ => Reply.Error(429, "rate_limit_exceeded", $"{10 + ++nth}"));

        var reply = await _host.Http.ChatAsync(_key.Secret, GatewayWorld.Body(model: "standard"));

        Assert.Equal(HttpStatusCode.TooManyRequests, reply.Status);
        Assert.Equal("13", Assert.Single(reply.Headers.GetValues("Retry-After")));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(422)]
    public async Task TheCallersOwnFault_IsNotTriedElsewhere(int status)
    {
        _upstream.On("*", Reply.Error(status));

        var reply = await _host.Http.ChatAsync(_key.Secret, GatewayWorld.Body(model: "standard"));

        Assert.Equal(status, (int)reply.Status);
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task AfterTheFirstContent_AKeyWithoutFallbackAsksNobodyElse()
    {
        var key = await _host.Http.CreateKeyAsync(_account, new { name = "no fallback", fallback = false });
        _upstream.On("*", Reply.Sse("""{"choices":[{"index":0,"delta":{"content":"Hal"},"finish_reason":null}]}""") with { End = ReplyEnd.AbortAfterChunks });

        var reply = await _host.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "standard", stream: true));

        Assert.Equal("upstream_unavailable", reply.ErrorCode);
        Assert.DoesNotContain("[DONE]", reply.Events);
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task AKeyWithoutFallback_AsksOnce()
    {
        var key = await _host.Http.CreateKeyAsync(_account, new { name = "no fallback", fallback = false });
        _upstream.On("*", Reply.Error(503));

        var reply = await _host.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "standard"));

        Assert.Equal(HttpStatusCode.BadGateway, reply.Status);
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task ABypassKey_GetsTheUpstreamsErrorAsItIs()
    {
        var key = await _host.Http.CreateKeyAsync(_account, new { name = "bypass", router_bypass = true });
        _upstream.On("*", Reply.Json("""{"error":{"message":"as it is","odd":[1]}}""", 418), Reply.Chat("Hello"));

        var failed = await _host.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "openai/gpt-4o"));
        var answered = await _host.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "openai/gpt-4o"));

        Assert.Equal((418, """{"error":{"message":"as it is","odd":[1]}}"""), ((int)failed.Status, failed.Body));
        Assert.Equal("bypass", answered.HiWay!["routed_tier"]!.GetValue<string>());
        Assert.Empty(answered.HiWay["fallback_chain"]!.AsArray());
    }

    [Fact]
    public async Task Auto_ScoresAndExplains_AndThePinIsAnOverride()
    {
        _upstream.On("*", Reply.Chat("Hello"));

        var auto = await _host.Http.ChatAsync(_key.Secret, GatewayWorld.Body("Classify the sentiment of: I love it."));
        var chosen = await _host.Http.ChatAsync(_key.Secret, GatewayWorld.Body("Classify the sentiment of: I love it.", model: "auto"));
        var pinned = await _host.Http.ChatAsync(_key.Secret, GatewayWorld.Body(model: "openai/gpt-4o"));
        var shortId = await _host.Http.ChatAsync(_key.Secret, GatewayWorld.Body(model: "gpt-4o"));

        Assert.Equal("model_not_found", auto.ErrorCode);   // acme is not set up here
        Assert.InRange(chosen.HiWay!["score"]!.GetValue<double>(), 0, 1);
        Assert.NotEmpty(chosen.HiWay["reason"]!.GetValue<string>());
        Assert.Equal(("override", "openai/gpt-4o"), (pinned.HiWay!["routed_tier"]!.GetValue<string>(), pinned.HiWay["routed_model"]!.GetValue<string>()));
        Assert.Equal("openai/gpt-4o", shortId.HiWay!["routed_model"]!.GetValue<string>());
    }

    [Fact]
    public async Task AKeysAllowedModels_AreAHardFilter()
    {
        var key = await _host.Http.CreateKeyAsync(_account, new { name = "one model", allowed_models = new[] { "openai/gpt-4o-mini" } });
        _upstream.On("*", Reply.Chat("Hello"));

        var refused = await _host.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "openai/gpt-4o"));
        var allowed = await _host.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "openai/gpt-4o-mini"));

        var tier = await _host.Http.ChatAsync(key.Secret, GatewayWorld.Body(model: "heavy"));
        Assert.Equal((HttpStatusCode.Forbidden, "model_not_allowed"), (refused.Status, refused.ErrorCode));
        Assert.Equal(HttpStatusCode.OK, allowed.Status);
        Assert.Equal((HttpStatusCode.Forbidden, "model_not_allowed"), (tier.Status, tier.ErrorCode));   // no provider's key is missing
        Assert.Contains("'heavy'", tier.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static Reply Bad(string failure) => failure switch
    {
        "reset" => Reply.Reset,
        "silence" => Reply.Silence,
        "slow" => Reply.Sse("""{"choices":[{"index":0,"delta":{"content":"late"}}]}""") with { DelayBeforeBody = Patience.Limit },
        "malformed" => Reply.Json("{\"choices\":["),
        "empty" => Reply.Json("""{"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":0}}"""),
        "error-event" => Reply.Sse("""{"error":{"message":"overloaded","type":"overloaded_error"}}"""),
        "cut-preamble" => Reply.Sse("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""") with { End = ReplyEnd.AbortAfterChunks },
        _ => Reply.Error(int.Parse(failure, System.Globalization.CultureInfo.InvariantCulture)),
    };
}
