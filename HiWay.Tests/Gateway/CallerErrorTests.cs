using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Bad input gets a 4xx in the envelope with a message that names what is wrong.</summary>
public sealed class CallerErrorTests : IAsyncLifetime
{
    private GatewayWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await GatewayWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("", 400, "invalid_request", "line 1")]
    [InlineData("{\"model\":\"acme/m1\",\n\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}", 400, "invalid_request", "line 2")]
    [InlineData("{\"model\":\"acme/m1\",}", 400, "invalid_request", "byte 20: The JSON object contains a trailing comma at the end which is not supported in this mode.")]
    [InlineData(" ", 400, "invalid_request", "byte 2: The input does not contain any JSON tokens.")]
    [InlineData("{\"model\":\"gpt-9\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", 400, "model_not_found", "gpt-9")]
    [InlineData("{\"model\":\"anthropic/claude-sonnet-4-6\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", 400, "provider_not_configured", "anthropic")]
    [InlineData("{\"model\":\"heavy\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", 400, "provider_not_configured", "heavy")]
    public async Task ABadBody_IsNamed(string body, int status, string code, string said)
    {
        var reply = await _world.Http.ChatAsync(_world.Key.Secret, (object)body);

        Assert.Equal((status, code), ((int)reply.Status, reply.ErrorCode));
        Assert.Contains(said, reply.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain("reader options", reply.Body, StringComparison.OrdinalIgnoreCase);   // the framework's own, of no use to a caller
        Assert.DoesNotContain("isFinalBlock", reply.Body, StringComparison.Ordinal);
        Assert.Empty(_world.Upstream.Requests);
    }

    [Fact]
    public async Task AnElevenMebibyteBody_Is413_AndTheConnectionGoesOnOrCloses_Cleanly()
    {
        var body = GatewayWorld.Body(new string('x', 11 * 1024 * 1024)).ToJsonString();

        var declared = await _world.Http.ChatAsync(_world.Key.Secret, (object)body);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new Undeclared(Encoding.UTF8.GetBytes(body)) };
        chunked.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _world.Key.Secret);
        using var undeclared = await _world.Http.SendAsync(chunked);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body_too_large"), (declared.Status, declared.ErrorCode));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, undeclared.StatusCode);
        Assert.Equal("body_too_large", JsonNode.Parse(await undeclared.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
        _world.Upstream.On("/chat/completions", Reply.Chat("fine"));
        Assert.Equal("fine", (await _world.AskAsync()).Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer hw_live_00000000000000000000000000000000")]
    [InlineData("Bearer sk-something-else")]
    [InlineData("Basic dXNlcjpwYXNz")]
    public async Task WithoutAGoodKey_401(string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(GatewayWorld.Body().ToJsonString(), Encoding.UTF8, "application/json") };
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var reply = await _world.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, reply.StatusCode);
        Assert.Equal("authentication_error", JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task TheAnthropicClientsHeader_IsAKeyToo()
    {
        _world.Upstream.On("/chat/completions", Reply.Chat("fine"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(GatewayWorld.Body().ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Add("x-api-key", _world.Key.Secret);

        using var reply = await _world.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Fact]
    public async Task WrongMethod_WrongPath_WrongType_AreInTheEnvelope()
    {
        foreach (var (method, path, type, status, code) in new[]
        {
            (HttpMethod.Get, "/v1/chat/completions", null, 405, "method_not_allowed"),
            (HttpMethod.Post, "/v1/nothing/here", "application/json", 404, "not_found"),
            (HttpMethod.Post, "/v1/chat/completions", "text/plain", 415, "unsupported_media_type"),
        })
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _world.Key.Secret);
            request.Content = type is null ? null : new StringContent("{}", Encoding.UTF8, type);

            using var reply = await _world.Http.SendAsync(request);

            Assert.Equal(status, (int)reply.StatusCode);
            var error = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["error"]!;
            Assert.Equal(code, error["code"]!.GetValue<string>());
            Assert.Equal(Assert.Single(reply.Headers.GetValues("X-Request-Id")), error["request_id"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task UnknownMembers_AreForwarded_AndOwnOnesAreNot()
    {
        _world.Upstream.On("/chat/completions", Reply.Chat("fine"));
        var body = GatewayWorld.Body();
        body["some_new_field"] = new JsonObject { ["x"] = 1 };
        body["hiway"] = new JsonObject { ["tags"] = new JsonArray("batch") };
        body["cache"] = false;

        var reply = await _world.Http.ChatAsync(_world.Key.Secret, body);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var sent = (await _world.Upstream.SeesAsync()).Json.AsObject();
        Assert.Equal(1, sent["some_new_field"]!["x"]!.GetValue<int>());
        Assert.False(sent.ContainsKey("hiway") || sent.ContainsKey("cache"));
        Assert.Equal("batch", (await _world.RowAsync())["tags"]![0]!.GetValue<string>());
    }

    /// <summary>A body whose length is not declared, so it goes out in chunks.</summary>
    private sealed class Undeclared : HttpContent
    {
        private readonly byte[] _bytes;

        public Undeclared(byte[] bytes)
        {
            _bytes = bytes;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(_bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
