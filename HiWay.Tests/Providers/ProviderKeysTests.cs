using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Providers;

/// <summary>Several keys of one provider: calls spread over them by weight and health, and none of it changes what one key does.</summary>
public sealed class ProviderKeysTests : IAsyncLifetime
{
    private GatewayWorld _world = null!;

    private string Keys => $"/api/v1/workspaces/{_world.Account.WorkspaceId}/providers/acme/keys";

    public async ValueTask InitializeAsync() => _world = await GatewayWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task TheFirstKey_IsTheProvidersOwn_AndFurtherOnesCarryItsSettings()
    {
        var added = await AddAsync(new { api_key = "sk-second-key-5678", label = "batch", weight = 3 });
        var list = (await CallAsync(HttpMethod.Get, Keys))["data"]!.AsArray();
        var provider = await CallAsync(HttpMethod.Get, Keys[..^5]);

        Assert.Equal(("batch", 3, "5678"), (Text(added, "label"), added["weight"]!.GetValue<int>(), Text(added, "last4")));
        Assert.Equal([("", 1), ("batch", 3)], list.Select(key => (Text(key!, "label"), key!["weight"]!.GetValue<int>())));
        Assert.Equal(("1234", 2), (Text(provider, "last4"), provider["keys"]!.AsArray().Count));
        Assert.Equal(Text(list[0]!, "base_url"), Text(added, "base_url"));
        Assert.DoesNotContain("sk-second", list.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_SpreadByWeight_PinsIncluded()
    {
        await AddAsync(new { api_key = "sk-second-key-5678", weight = 3 });
        _world.Upstream.On("/chat/completions", Reply.Chat("Hello"));

        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await _world.AskAsync()).Status);
        }

        Assert.InRange(SeenWith("sk-second-key-5678"), 28, 32);
        Assert.Equal(40, SeenWith("sk-second-key-5678") + SeenWith("sk-upstream-secret-1234"));
    }

    [Fact]
    public async Task APausedKeyAndAReserve_TakeNothing_WhileTheFirstIsWell()
    {
        var paused = await AddAsync(new { api_key = "sk-paused-key-1111", weight = 100, enabled = false });
        await AddAsync(new { api_key = "sk-reserve-key-2222", weight = 0 });
        _world.Upstream.On("/chat/completions", Reply.Chat("Hello"));
        for (var i = 0; i < 5; i++)
        {
            await _world.AskAsync();
        }

        Assert.Equal(5, SeenWith("sk-upstream-secret-1234"));

        await CallAsync(HttpMethod.Patch, $"{Keys}/{Text(paused, "id")}", new { enabled = true, weight = 1000 });
        for (var i = 0; i < 5; i++)
        {
            await _world.AskAsync();
        }

        Assert.InRange(SeenWith("sk-paused-key-1111"), 4, 5);
    }

    [Fact]
    public async Task ARefusedKey_IsLeftAlone_AndTierCallsGoOnWithTheOther_WhileAPinShowsTheError()
    {
        var second = await AddToOpenAiAsync();
        _world.Upstream.On("/chat/completions", seen => seen.Headers["Authorization"].EndsWith("1234", StringComparison.Ordinal)
            ? Reply.Error(401, "invalid_api_key")
            : Reply.Chat("Hello"));

        var replies = new List<ChatReply>();
        for (var i = 0; i < 6; i++)
        {
            replies.Add(await _world.Http.ChatAsync(_world.Key.Secret, GatewayWorld.Body(model: "standard")));
        }

        Assert.All(replies, reply => Assert.Equal(HttpStatusCode.OK, reply.Status));
        Assert.Equal(1, SeenWith("sk-upstream-secret-1234"));
        Assert.Single(replies, reply => reply.HiWay!["fallback"]!.GetValue<bool>());

        await CallAsync(HttpMethod.Patch, $"{OpenAi}/{Text(second, "id")}", new { enabled = false });
        var pinned = await _world.Http.ChatAsync(_world.Key.Secret, GatewayWorld.Body(model: "openai/gpt-4o"));
        Assert.Equal((HttpStatusCode.BadGateway, "upstream_unavailable"), (pinned.Status, pinned.ErrorCode));
        Assert.StartsWith("credential_rejected", Text(pinned.Json["error"]!["fallback_chain"]![0]!, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARateLimitedKey_HandsTheCallToTheOther_OfTheSameModel()
    {
        await AddToOpenAiAsync();
        var nth = 0;
        _world.Upstream.On("/chat/completions", _ => Interlocked.Increment(ref nth) == 1 ? Reply.Error(429, "rate_limit_exceeded", "20") : Reply.Chat("Hello"));

        var reply = await _world.Http.ChatAsync(_world.Key.Secret, GatewayWorld.Body(model: "standard"));

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(Text(reply.HiWay!, "routed_model"), Text(reply.HiWay!["fallback_chain"]![0]!, "model"));
        Assert.Equal(2, _world.Upstream.Requests.Select(seen => seen.Headers["Authorization"]).Distinct().Count());
    }

    [Fact]
    public async Task SettingsOfTheProvider_HoldForAllItsKeys_AndItsRemovalTakesThemAll()
    {
        await AddAsync(new { api_key = "sk-second-key-5678" });
        var provider = Keys[..^5];

        await CallAsync(HttpMethod.Patch, provider, new { models = new[] { "m1", "m2" }, enabled = false });
        _world.Upstream.On("/chat/completions", Reply.Chat("Hello"));
        Assert.Equal("model_not_found", (await _world.AskAsync()).ErrorCode);
        await CallAsync(HttpMethod.Patch, provider, new { enabled = true });
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await _world.Http.ChatAsync(_world.Key.Secret, GatewayWorld.Body(model: "acme/m2"))).Status);
        }

        // Both take part; whose turn is first begins anew with each change of the workspace.
        var (first, second) = (SeenWith("sk-upstream-secret-1234"), SeenWith("sk-second-key-5678"));
        Assert.Equal(4, first + second);
        Assert.InRange(first, 1, 3);
        await _world.Http.CallAsync(HttpMethod.Delete, provider, _world.Account.Key, expected: HttpStatusCode.NoContent);
        Assert.Equal(0L, await _world.Host.Database.ScalarAsync<long>("SELECT count(*) FROM credentials"));
    }

    [Fact]
    public async Task SettingsThatLeadElsewhere_AreRefused_WhileFurtherKeysWereEntrustedToTheOldAddress()
    {
        var azure = Keys[..^"acme/keys".Length] + "azure";
        await CallAsync(HttpMethod.Put, azure, new { api_key = "azure-first-key", settings = new { resource = "ours" } });
        using (var added = await _world.Http.TryCallAsync(HttpMethod.Post, azure + "/keys", _world.Account.Key, new { api_key = "azure-second-key", label = "second" }))
        {
            Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        }

        using var moved = await _world.Http.TryCallAsync(HttpMethod.Patch, azure, _world.Account.Key, new { api_key = "azure-first-key", settings = new { resource = "theirs" } });

        Assert.Equal(HttpStatusCode.BadRequest, moved.StatusCode);
        Assert.Contains("\"settings\"", await moved.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(2L, await _world.Host.Database.ScalarAsync<long>("SELECT count(*) FROM credentials WHERE provider = 'azure' AND settings::text LIKE '%ours%'"));
    }

    [Fact]
    public async Task TheFirstKey_CanBeRemoved_AndTheNextTakesItsPlace()
    {
        await AddAsync(new { api_key = "sk-second-key-5678", label = "second" });
        var first = Text((await CallAsync(HttpMethod.Get, Keys))["data"]![0]!, "id");

        await _world.Http.CallAsync(HttpMethod.Delete, $"{Keys}/{first}", _world.Account.Key, expected: HttpStatusCode.NoContent);
        var left = Text(Assert.Single((await CallAsync(HttpMethod.Get, Keys))["data"]!.AsArray())!, "id");
        using var last = await _world.Http.TryCallAsync(HttpMethod.Delete, $"{Keys}/{left}", _world.Account.Key);

        Assert.Equal(HttpStatusCode.Conflict, last.StatusCode);
        var put = await CallAsync(HttpMethod.Put, Keys[..^5], new { api_key = "sk-fresh-key-9999", kind = "openai", base_url = _world.Upstream.Url, models = new[] { "m1" } });
        Assert.Equal(("9999", left), (Text(put, "last4"), Text(Assert.Single(put["keys"]!.AsArray())!, "id")));
    }

    [Fact]
    public async Task OneKeyCanBeTested_AndItsResultIsItsOwn()
    {
        var second = await AddAsync(new { api_key = "sk-second-key-5678" });
        _world.Upstream.On("/chat/completions", seen => seen.Headers["Authorization"].EndsWith("5678", StringComparison.Ordinal) ? Reply.Error(401) : Reply.Chat("OK"));

        var tested = await CallAsync(HttpMethod.Post, $"{Keys}/{Text(second, "id")}/test");
        var keys = (await CallAsync(HttpMethod.Get, Keys))["data"]!.AsArray();

        Assert.False(tested["ok"]!.GetValue<bool>());
        Assert.Null(keys[0]!["test_error"]);
        Assert.Contains("401", Text(keys[1]!, "test_error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""", "api_key", 400)]
    [InlineData("""{"api_key":"sk-12345678","weight":-1}""", "weight", 400)]
    [InlineData("""{"api_key":"sk-12345678","weight":1001}""", "weight", 400)]
    [InlineData("""{"api_key":"sk-12345678","weight":"much"}""", "weight", 400)]
    [InlineData("""{"api_key":"sk-12345678","label":"two\nlines"}""", "label", 400)]
    [InlineData("""{"api_key":"sk-12345678","label":"TAKEN"}""", "label", 409)]
    [InlineData("""{"api_key":"sk-12345678","base_url":"nowhere"}""", "base_url", 400)]
    [InlineData("""{"api_key":"sk-12345678","models":["m1"]}""", "models", 400)]
    public async Task AWrongField_IsRefusedByName(string body, string param, int status)
    {
        await AddAsync(new { api_key = "sk-second-key-5678", label = "taken" });

        using var answer = await _world.Http.TryCallAsync(HttpMethod.Post, Keys, _world.Account.Key, body);

        Assert.Equal((status, param), ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["param"]?.GetValue<string>()));
    }

    [Fact]
    public async Task AKeyNeedsAProvider_AndAKnownId()
    {
        using var noProvider = await _world.Http.TryCallAsync(HttpMethod.Post, Keys.Replace("acme", "openai", StringComparison.Ordinal), _world.Account.Key, new { api_key = "sk-12345678" });
        using var noKey = await _world.Http.TryCallAsync(HttpMethod.Patch, $"{Keys}/cred_none", _world.Account.Key, new { weight = 2 });
        using var moved = await _world.Http.TryCallAsync(HttpMethod.Patch, $"{Keys}/{Text((await CallAsync(HttpMethod.Get, Keys))["data"]![0]!, "id")}", _world.Account.Key, new { base_url = "http://127.0.0.1:9/v1" });

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.BadRequest), (noProvider.StatusCode, noKey.StatusCode, moved.StatusCode));
    }

    private string OpenAi => Keys.Replace("acme", "openai", StringComparison.Ordinal);

    private async Task<JsonNode> AddToOpenAiAsync()
    {
        await _world.Http.PutProviderAsync(_world.Account, "openai", _world.Upstream.Url);
        return await _world.Http.CallAsync(HttpMethod.Post, OpenAi, _world.Account.Key, new { api_key = "sk-second-key-5678" }, HttpStatusCode.Created);
    }

    private Task<JsonNode> AddAsync(object body) => _world.Http.CallAsync(HttpMethod.Post, Keys, _world.Account.Key, body, HttpStatusCode.Created);

    private Task<JsonNode> CallAsync(HttpMethod method, string path, object? body = null) => _world.Http.CallAsync(method, path, _world.Account.Key, body);

    private int SeenWith(string apiKey) => _world.Upstream.Requests.Count(seen => seen.Headers["Authorization"] == $"Bearer {apiKey}");

    private static string Text(JsonNode json, string name) => json[name]!.GetValue<string>();
}
