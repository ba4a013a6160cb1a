using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway.Operations.Providers;

namespace HiWay.Tests.Gateway;

/// <summary><c>ANY /v1/providers/{provider}/*</c>: the provider's own API behind HiWay's admission.</summary>
public sealed class ProviderPassthroughTests(OperationWorld world) : IClassFixture<OperationWorld>
{
    private static readonly object Chat = new { model = "gpt-4o-mini", messages = (object[])[new { role = "user", content = "Hi" }], max_tokens = 20 };

    [Fact]
    public async Task AnswerComesBackByteForByte_WithTheProvidersKeySent_AndTheCostBooked()
    {
        world.Upstream.On("/openai/chat/completions", Reply.Chat("Hello.", 100, 50).With(new KeyValuePair<string, string>("x-request-id", "up_1"), new("Set-Cookie", "a=b"), new("X-Custom", "kept")));
        var (account, key) = await world.SignUpAsync(new { name = "P", rpm = 9 }, "openai");

        var reply = await world.SendAsync(HttpMethod.Post, "/v1/providers/openai/chat/completions?tag=1&key=mine", key, Json(Chat), ("OpenAI-Beta", "x"), ("Cookie", "s=1"), ("X-Api-Key", "theirs"), ("X-HiWay-User", "anna"));

        Assert.Equal((HttpStatusCode.OK, Encoding.UTF8.GetString(Reply.Chat("Hello.", 100, 50).Chunks[0])), (reply.Status, reply.Body));
        var sent = world.Upstream.Requests[^1];
        Assert.Equal(("/openai/chat/completions", "?tag=1", "Bearer sk-upstream-secret-1234", "x"), (sent.Path, sent.Query, sent.Headers["Authorization"], sent.Headers["OpenAI-Beta"]));
        Assert.DoesNotContain(sent.Headers.Keys, name => name is "Cookie" or "X-Api-Key" or "X-HiWay-User");
        Assert.DoesNotContain(key.Secret, string.Join(' ', sent.Headers.Values), StringComparison.Ordinal);
        Assert.Equal(("up_1", "kept", "8"), (Header(reply, "X-HiWay-Upstream-Request-Id"), Header(reply, "X-Custom"), Header(reply, "X-RateLimit-Remaining-Requests")));
        Assert.StartsWith("req_", Header(reply, "X-Request-Id"), StringComparison.Ordinal);
        Assert.False(reply.Headers.Contains("Set-Cookie"));

        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.Equal(("passthrough", "openai/gpt-4o-mini", "bypass", 100, 50, "anna"),
            (Text(row["dialect"]), Text(row["model"]), Text(row["tier"]), Int(row["input_tokens"]), Int(row["output_tokens"]), Text(row["end_user"])));
        Assert.Equal(((100 * 0.15m) + (50 * 0.60m)) / 1_000_000m, Cost(row));
    }

    [Fact]
    public async Task StreamsAreRelayedAsTheyCome_AndTheirUsageIsRead()
    {
        string[] pieces =
        [
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-haiku-4-5\",\"role\":\"assistant\",\"content\":[],\"usage\":{\"input_tokens\":12,\"cache_read_input_tokens\":100,\"output_tokens\":1}}}\n\n",
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":7}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ];
        world.Upstream.On("/anthropic/v1/messages", Reply.SseRaw(pieces) with { GapBetweenChunks = TimeSpan.FromMilliseconds(2) });
        var (account, key) = await world.SignUpAsync(null, "anthropic");

        var reply = await world.SendAsync(HttpMethod.Post, "/v1/providers/anthropic/v1/messages", key,
            Json(new { model = "claude-haiku-4-5", max_tokens = 10, stream = true, messages = (object[])[new { role = "user", content = "Hi" }] }), ("anthropic-version", "2024-01-01"), ("anthropic-beta", "b1"));

        Assert.Equal(string.Concat(pieces), reply.Body);
        var sent = world.Upstream.Requests[^1];
        Assert.Equal(("sk-upstream-secret-1234", "2024-01-01", "b1"), (sent.Headers["x-api-key"], sent.Headers["anthropic-version"], sent.Headers["anthropic-beta"]));
        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.Equal((12, 100, 7, true), (Int(row["input_tokens"]), Int(row["cache_read_tokens"]), Int(row["output_tokens"]), row["streamed"]!.GetValue<bool>()));
        Assert.Equal(((12 * 1m) + (100 * 0.1m) + (7 * 5m)) / 1_000_000m, Cost(row));
    }

    [Fact]
    public async Task ProvidersErrors_ComeBackAsTheyAre()
    {
        world.Upstream.On("/openai/chat/completions", Reply.Error(418, "teapot"));
        var (account, key) = await world.SignUpAsync(null, "openai");

        var reply = await world.SendAsync(HttpMethod.Post, "/v1/providers/openai/chat/completions", key, Json(Chat));

        Assert.Equal((418, "teapot"), ((int)reply.Status, Text(reply.Json["error"]!["code"])));
        Assert.Null(reply.Json["_hiway"]);
        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.Equal((418, 0m, false), (Int(row["status"]), Cost(row), row["unpriced"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task ReadsAreFree_UnknownCallsAreUnpriced_AndNeitherIsLost()
    {
        world.Upstream.On("/openai/files", Reply.Json("""{"object":"list","data":[]}""")).On("/openai/batches", Reply.Json("""{"id":"batch_1"}"""));
        var (account, key) = await world.SignUpAsync(null, "openai");

        var list = await world.SendAsync(HttpMethod.Get, "/v1/providers/openai/files", key);
        var batch = await world.SendAsync(HttpMethod.Post, "/v1/providers/openai/batches", key, Json(new { input_file_id = "file_1" }));
        var upload = new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { new ByteArrayContent(new byte[100_000]), "file", "b.jsonl" } };
        var uploaded = await world.SendAsync(HttpMethod.Post, "/v1/providers/openai/files", key, upload);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (list.Status, batch.Status, uploaded.Status));
        Assert.True(world.Upstream.Requests[^1].Body.Length > 100_000);
        Assert.StartsWith("multipart/form-data; boundary=", world.Upstream.Requests[^1].Headers["Content-Type"], StringComparison.Ordinal);
        var rows = await world.Host.Http.RequestRowsAsync(account, 3);
        Assert.Equal([true, true, false], rows.Select(row => row["unpriced"]!.GetValue<bool>()));
        Assert.All(rows, row => Assert.Equal("openai/*", Text(row["model"])));
    }

    [Theory]
    [InlineData("batches", """{"input_file_id":"f"}""")]
    [InlineData("responses", """{"model":"gpt-4o-mini","input":"x","max_output_tokens":5,"tools":[{"type":"web_search"}]}""")]
    [InlineData("responses", """{"model":"gpt-4o-mini","input":"x","max_output_tokens":5,"previous_response_id":"resp_1"}""")]
    [InlineData("responses", """{"model":"gpt-4o-mini","input":"x","max_output_tokens":5,"background":true}""")]
    [InlineData("chat/completions", """{"model":"gpt-nobody-knows","messages":[{"role":"user","content":"x"}],"max_tokens":5}""")]
    [InlineData("audio/speech", """{"model":"gpt-4o-mini","input":"x"}""")]
    public async Task CallsWithoutABound_AreRefusedWhereACapIsSet(string path, string body)
    {
        var (_, key) = await world.SignUpAsync(new { name = "Capped", monthly_cap_usd = 100m }, "openai");
        var asked = world.Upstream.Requests.Count;

        var reply = await world.PostAsync($"/v1/providers/openai/{path}", key, body);

        Assert.Equal((HttpStatusCode.PaymentRequired, "budget_exceeded", asked), (reply.Status, reply.Error, world.Upstream.Requests.Count));
    }

    [Fact]
    public async Task BoundedCalls_PassACap_AndAreHeldToIt()
    {
        world.Upstream.On("/openai/chat/completions", Reply.Chat("Hello.", 100, 50));
        var (_, rich) = await world.SignUpAsync(new { name = "Capped", monthly_cap_usd = 1m }, "openai");
        var (_, poor) = await world.SignUpAsync(new { name = "Poor", monthly_cap_usd = 0.000001m }, "openai");

        var passed = await world.SendAsync(HttpMethod.Post, "/v1/providers/openai/chat/completions", rich, Json(Chat));
        var refused = await world.SendAsync(HttpMethod.Post, "/v1/providers/openai/chat/completions", poor, Json(Chat));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.PaymentRequired), (passed.Status, refused.Status));
    }

    [Fact]
    public async Task KeysLimits_HoldHereToo()
    {
        world.Upstream.On("/openai/chat/completions", Reply.Chat("Hello."));
        var (account, limited) = await world.SignUpAsync(new { name = "Some", allowed_models = (string[])["openai/gpt-4o-mini"] }, "openai");
        var slow = await world.Host.Http.CreateKeyAsync(account, new { name = "Slow", rpm = 1 });
        var test = await world.Host.Http.CreateKeyAsync(account, new { name = "Test", test = true });
        var manage = await world.Host.Http.CreateKeyAsync(account, new { name = "Manage", scopes = (string[])["manage"] });
        await world.Host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{account.WorkspaceId}/models/openai/gpt-4o", account.Key, new { enabled = false });
        const string path = "/v1/providers/openai/chat/completions";

        var own = await world.SendAsync(HttpMethod.Post, path, limited, Json(Chat));
        var other = await world.PostAsync(path, limited, """{"model":"gpt-4.1","messages":[]}""");
        var files = await world.SendAsync(HttpMethod.Get, "/v1/providers/openai/files", limited);
        var off = await world.PostAsync(path, slow, """{"model":"gpt-4o","messages":[]}""");
        var second = await world.SendAsync(HttpMethod.Post, path, slow, Json(Chat));
        var tested = await world.SendAsync(HttpMethod.Post, path, test, Json(Chat));
        var managing = await world.SendAsync(HttpMethod.Post, path, manage, Json(Chat));

        Assert.Equal(HttpStatusCode.OK, own.Status);
        Assert.Equal(["model_not_allowed", "model_not_allowed", "model_not_found", "rate_limit_exceeded", "invalid_request", "permission_denied"],
            new[] { other, files, off, second, tested, managing }.Select(reply => reply.Error!));
    }

    [Fact]
    public async Task ProviderWithoutAKey_IsNamed()
    {
        var (_, key) = await world.SignUpAsync(null, "openai");

        var missing = await world.SendAsync(HttpMethod.Get, "/v1/providers/anthropic/v1/models", key);
        var unknown = await world.SendAsync(HttpMethod.Get, "/v1/providers/nobody/x", key);

        Assert.Equal((HttpStatusCode.BadRequest, "provider_not_configured", HttpStatusCode.NotFound), (missing.Status, missing.Error, unknown.Status));
    }

    [Theory]
    [InlineData("/v1/providers/openai/../../secret")]
    [InlineData("/v1/providers/openai/%2e%2e/secret")]
    [InlineData("/v1/providers/openai/%2E%2E%2Fsecret")]
    [InlineData("/v1/providers/openai/a/%252e%252e/%252e%252e/secret")]
    [InlineData("/v1/providers/openai/..%5csecret")]
    [InlineData("/v1/providers/openai/..;/secret")]
    [InlineData("/v1/x/../providers/openai/secret")]
    public async Task NoPathClimbsOutOfTheProvider(string target)
    {
        var (_, key) = await world.SignUpAsync(null, "openai");
        var asked = world.Upstream.Requests.Count;

        // A raw socket: every HTTP client would tidy the path up before it is sent.
        var answer = await RawAsync($"GET {target} HTTP/1.1\r\nHost: hiway\r\nAuthorization: Bearer {key.Secret}\r\nConnection: close\r\n\r\n");

        Assert.Matches("^HTTP/1.1 (400|404) ", answer);
        Assert.Equal(asked, world.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("https://api.openai.com/v1/", "files", "?a=1", "https://api.openai.com/v1/files?a=1")]
    [InlineData("https://api.openai.com/v1/", "v1/files", "", "https://api.openai.com/v1/files")]
    [InlineData("https://api.openai.com/v1/", "v1beta/files", "", "https://api.openai.com/v1/v1beta/files")]
    [InlineData("https://api.openai.com/v1/", "/evil.example/x", "", "https://api.openai.com/v1//evil.example/x")]
    [InlineData("https://api.openai.com/v1/", "@evil.example/x", "", "https://api.openai.com/v1/@evil.example/x")]
    [InlineData("https://api.openai.com/v1/", "../x", "", null)]
    [InlineData("https://api.openai.com/v1/", "%2e%2e/x", "", null)]
    public void AddressStaysBelowTheBaseUrl(string baseUrl, string rest, string query, string? expected) =>
        Assert.Equal(expected, ProviderPath.Address(new Uri(baseUrl), rest, query)?.AbsoluteUri);

    [Fact]
    public async Task Sockets_AreNotPassedThrough()
    {
        var (_, key) = await world.SignUpAsync(null, "openai");

        var answer = await RawAsync($"GET /v1/providers/openai/realtime HTTP/1.1\r\nHost: hiway\r\nAuthorization: Bearer {key.Secret}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("unsupported_endpoint", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpstreamThatBreaksOff_LeavesNoWholeAnswer_AndARow()
    {
        world.Upstream.On("/openai/chat/completions", Reply.SseRaw("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n") with { End = ReplyEnd.AbortAfterChunks });
        var (account, key) = await world.SignUpAsync(null, "openai");

        await Assert.ThrowsAnyAsync<Exception>(() => world.SendAsync(HttpMethod.Post, "/v1/providers/openai/chat/completions", key, Json(Chat)));

        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.Equal("upstream_cut", Text(row["end_reason"]));
        Assert.True(Cost(row) > 0, "what was produced is owed");
    }

    private async Task<string> RawAsync(string request)
    {
        using var socket = new TcpClient();
        var address = new Uri(world.Host.Url);
        await socket.ConnectAsync(address.Host, address.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(socket.GetStream());
        return await reader.ReadToEndAsync();
    }

    private static StringContent Json(object body) => new(System.Text.Json.JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    private static string Header(OperationReply reply, string name) => reply.Headers.GetValues(name).Single();

    private static decimal Cost(JsonNode row) => row["cost_usd"]!.GetValue<decimal>();

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static int Int(JsonNode? node) => node!.GetValue<int>();
}
