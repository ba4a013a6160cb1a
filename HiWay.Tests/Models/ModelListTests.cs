using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Models;

/// <summary><c>GET /v1/models</c> as api.md section 2 describes it, and the workspace's own word about models.</summary>
public sealed class ModelListTests(SharedHost shared) : IClassFixture<SharedHost>, IAsyncLifetime
{
    private readonly HiWayHost _host = shared.Host;
    private TestAccount _owner = null!;

    private HttpClient Http => _host.Http;

    private string Workspace => $"/api/v1/workspaces/{_owner.WorkspaceId}";

    public async ValueTask InitializeAsync() => _owner = await Http.SignUpAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task WithoutProviders_TheListIsEmpty_AndAllShowsTheCatalogue()
    {
        Assert.Equal("""{"object":"list","data":[]}""", (await Http.CallAsync(HttpMethod.Get, "/v1/models", _owner.Key)).ToJsonString());

        var all = await IdsAsync("?all=true");

        Assert.True(all.Count > 600);
        Assert.Equal(all.Order(StringComparer.Ordinal), all);
        Assert.Contains(all, id => id.StartsWith("bedrock/", StringComparison.Ordinal));   // listed, though no dialect calls it yet
        Assert.DoesNotContain("openai/gpt-3.5-turbo", all);   // retired
    }

    [Fact]
    public async Task ModelObject_HasEveryFieldOfTheContract()
    {
        await Http.PutProviderAsync(_owner, "anthropic", "http://127.0.0.1:1");

        var model = await Http.CallAsync(HttpMethod.Get, "/v1/models/anthropic/claude-haiku-4-5", _owner.Key);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"id":"anthropic/claude-haiku-4-5","object":"model","created":1760486400,"owned_by":"anthropic","name":"Claude Haiku 4.5 (latest)","hiway_tier":"light",
             "hiway_provider":"anthropic","context_window":200000,"max_output_tokens":64000,"status":"available",
             "capabilities":{"vision":true,"function_call":true,"reasoning":true,"json_schema":true,"web_search":false},"endpoints":["/v1/chat/completions","/v1/responses","/v1/messages","/v1/completions"],
             "pricing":{"input":1,"output":5,"currency":"USD","per":1000000,"caching":{"read":0.1,"write_5m":1.25,"write_1h":2}},"deprecation_date":null}
            """), model), model.ToJsonString());
    }

    [Fact]
    public async Task TheWorkspacesOwnWord_IsTakenAndReadUnderTheEncodedIdToo()
    {
        await Http.CallAsync(HttpMethod.Patch, Workspace + "/models/openai%2Fgpt-4o", _owner.Key, new { enabled = false });

        Assert.False((await Http.CallAsync(HttpMethod.Get, Workspace + "/models/openai%2fgpt-4o", _owner.Key))["enabled"]!.GetValue<bool>());
        Assert.False((await Http.CallAsync(HttpMethod.Get, Workspace + "/models/openai/gpt-4o", _owner.Key))["enabled"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("/v1/models/openai%2Fgpt-4o")]      // as OpenAI's clients encode it
    [InlineData("/v1/models/openai/gpt-4o")]
    [InlineData("/v1/models/gpt-4o")]
    public async Task OneModel_IsFoundByIdAndByItsShortName(string path)
    {
        await Http.PutProviderAsync(_owner, "openai", "http://127.0.0.1:1");

        Assert.Equal("openai/gpt-4o", (await Http.CallAsync(HttpMethod.Get, path, _owner.Key))["id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("openai/gpt-4o", "not configured")]
    [InlineData("openai/gpt-99", "no model")]
    public async Task ModelThatCannotBeCalled_Is404_AndSaysWhy(string id, string why)
    {
        using var answer = await Http.TryCallAsync(HttpMethod.Get, $"/v1/models/{id}", _owner.Key);

        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (answer.StatusCode, error["code"]!.GetValue<string>()));
        Assert.Contains(why, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_NarrowTheList()
    {
        await Http.PutProviderAsync(_owner, "openai", "http://127.0.0.1:1");
        await Http.PutProviderAsync(_owner, "mistral", "http://127.0.0.1:1");

        Assert.All(await ModelsAsync("?provider=mistral"), model => Assert.Equal("mistral", model["hiway_provider"]!.GetValue<string>()));
        Assert.All(await ModelsAsync("?tier=heavy"), model => Assert.Equal("heavy", model["hiway_tier"]!.GetValue<string>()));
        Assert.All(await ModelsAsync("?capability=vision,reasoning"), model =>
            Assert.True(model["capabilities"]!["vision"]!.GetValue<bool>() && model["capabilities"]!["reasoning"]!.GetValue<bool>()));
        Assert.NotEmpty(await ModelsAsync("?provider=openai&tier=heavy&capability=vision"));
        Assert.Empty(await ModelsAsync("?provider=groq"));
    }

    [Theory]
    [InlineData("?all=maybe", "all")]
    [InlineData("?tier=huge", "tier")]
    [InlineData("?provider=nobody", "provider")]
    [InlineData("?capability=flying", "capability")]
    public async Task FilterThatMeansNothing_IsRefusedByName(string query, string param)
    {
        using var answer = await Http.TryCallAsync(HttpMethod.Get, "/v1/models" + query, _owner.Key);

        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", param), (answer.StatusCode, error["code"]!.GetValue<string>(), error["param"]!.GetValue<string>()));
    }

    [Fact]
    public async Task WithoutAKey_TheListIsClosed()
    {
        using var answer = await Http.TryCallAsync(HttpMethod.Get, "/v1/models", null);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    [Theory]
    [InlineData("?provider=anthropic&limit=3", 0, 3, true)]
    [InlineData("?provider=anthropic&limit=1000", 0, null, false)]
    [InlineData("?provider=anthropic", 0, null, false)]
    [InlineData("?provider=anthropic&limit=2&after_id={1}", 2, 2, true)]
    [InlineData("?provider=anthropic&after_id={-1}", null, 0, false)]
    [InlineData("?provider=anthropic&limit=2&before_id={3}", 1, 2, true)]
    [InlineData("?provider=anthropic&limit=5&before_id={3}", 0, 3, false)]
    public async Task AnthropicsClients_GetThePageTheyAskFor(string query, int? from, int? count, bool hasMore)
    {
        await Http.PutProviderAsync(_owner, "anthropic", "http://127.0.0.1:1");
        var all = await IdsAsync("?provider=anthropic");
        query = query.Replace("{-1}", all[^1], StringComparison.Ordinal).Replace("{1}", all[1], StringComparison.Ordinal).Replace("{3}", all[3], StringComparison.Ordinal);

        var (status, page) = await AsAnthropicAsync(query);

        var expected = all.Skip(from ?? all.Count).Take(count ?? all.Count).ToList();
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(expected, page["data"]!.AsArray().Select(model => model!["id"]!.GetValue<string>()));
        Assert.Equal(hasMore, page["has_more"]!.GetValue<bool>());
        Assert.Equal((expected.FirstOrDefault(), expected.LastOrDefault()), (page["first_id"]?.GetValue<string>(), page["last_id"]?.GetValue<string>()));
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=few", "limit")]
    [InlineData("?after_id=nobody/none", "after_id")]
    [InlineData("?before_id=nobody/none", "before_id")]
    [InlineData("?after_id=a&before_id=b", "before_id")]
    public async Task PageThatMeansNothing_IsRefusedInAnthropicsEnvelope(string query, string param)
    {
        var (status, page) = await AsAnthropicAsync(query);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(("error", "invalid_request_error", param), (page["type"]!.GetValue<string>(), page["error"]!["type"]!.GetValue<string>(), page["error"]!["param"]!.GetValue<string>()));
        Assert.StartsWith("req_", page["request_id"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> AsAnthropicAsync(string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models" + query) { Headers = { { "x-api-key", _owner.Key }, { "anthropic-version", "2023-06-01" } } };
        using var answer = await Http.SendAsync(request);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    [Fact]
    public async Task KeyWithAllowedModels_SeesThoseOnly()
    {
        await Http.PutProviderAsync(_owner, "openai", "http://127.0.0.1:1");
        var key = await Http.CreateKeyAsync(_owner, new { name = "Narrow", allowed_models = new[] { "openai/gpt-4o-mini" } });

        Assert.Equal(["openai/gpt-4o-mini"], await IdsAsync("", key.Secret));
    }

    [Fact]
    public async Task UnpricedModel_HasNoPricing_UntilTheWorkspaceSaysAPrice()
    {
        await Http.PutProviderAsync(_owner, "acme", "http://127.0.0.1:1/v1", "openai", ["m1"]);
        Assert.Null((await Http.CallAsync(HttpMethod.Get, "/v1/models/acme/m1", _owner.Key))["pricing"]);

        var patched = await Http.CallAsync(HttpMethod.Patch, $"{Workspace}/models/acme/m1", _owner.Key, new { prices = new { input = 0.5m, output = 1.5m, cache_write_5m = 0.6m }, tier = "light" });

        Assert.Equal("0.6", patched["negotiated_prices"]!["cache_write_5m"]!.ToJsonString());
        var model = await Http.CallAsync(HttpMethod.Get, "/v1/models/acme/m1", _owner.Key);
        Assert.Equal("""{"input":0.5,"output":1.5,"currency":"USD","per":1000000,"caching":{"read":null,"write_5m":0.6,"write_1h":null}}""", model["pricing"]!.ToJsonString());
        Assert.Equal("light", model["hiway_tier"]!.GetValue<string>());

        await Http.CallAsync(HttpMethod.Patch, $"{Workspace}/models/acme/m1", _owner.Key, """{"prices":null,"tier":null}""");
        model = await Http.CallAsync(HttpMethod.Get, "/v1/models/acme/m1", _owner.Key);
        Assert.Equal((null, "standard"), (model["pricing"]?.ToJsonString(), model["hiway_tier"]!.GetValue<string>()));
    }

    [Fact]
    public async Task DisabledModel_IsGoneFromTheList_AndItsAliasWithIt()
    {
        await Http.PutProviderAsync(_owner, "acme", "http://127.0.0.1:1/v1", "openai", ["m1", "m2"]);
        await Http.CallAsync(HttpMethod.Patch, $"{Workspace}/models/acme/m1", _owner.Key, new { alias = "house-model" });
        Assert.Equal("acme/m1", (await Http.CallAsync(HttpMethod.Get, "/v1/models/house-model", _owner.Key))["id"]!.GetValue<string>());

        await Http.CallAsync(HttpMethod.Patch, $"{Workspace}/models/acme/m1", _owner.Key, new { enabled = false });

        Assert.Equal(["acme/m2"], await IdsAsync(""));
        using var gone = await Http.TryCallAsync(HttpMethod.Get, "/v1/models/house-model", _owner.Key);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("openai/gpt-99", """{"enabled":false}""", 404, null)]
    [InlineData("openai/gpt-4o", """{"tier":"huge"}""", 400, "tier")]
    [InlineData("openai/gpt-4o", """{"alias":"auto"}""", 400, "alias")]
    [InlineData("openai/gpt-4o", """{"alias":"heavy"}""", 400, "alias")]
    [InlineData("openai/gpt-4o", """{"alias":"anthropic/claude-opus-4-7"}""", 400, "alias")]
    [InlineData("openai/gpt-4o", """{"prices":{"input":-1,"output":1}}""", 400, "prices")]
    [InlineData("openai/gpt-4o", """{"prices":{}}""", 400, "prices")]
    [InlineData("openai/gpt-4o", """{"price":{}}""", 400, "price")]
    public async Task WrongWordAboutAModel_IsRefusedByName(string id, string body, int status, string? param)
    {
        using var answer = await Http.TryCallAsync(HttpMethod.Patch, $"{Workspace}/models/{id}", _owner.Key, body);

        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((status, param), ((int)answer.StatusCode, error["param"]?.GetValue<string>()));
    }

    [Fact]
    public async Task ManagementList_ShowsTheWholeCatalogue_WithWhatTheWorkspaceCanCall()
    {
        await Http.PutProviderAsync(_owner, "openai", "http://127.0.0.1:1");

        var models = (await Http.CallAsync(HttpMethod.Get, $"{Workspace}/models", _owner.Key))["data"]!.AsArray().ToDictionary(model => model!["id"]!.GetValue<string>(), model => model!);

        Assert.Equal((true, true), (models["openai/gpt-4o"]["callable"]!.GetValue<bool>(), models["openai/gpt-4o"]["enabled"]!.GetValue<bool>()));
        Assert.False(models["anthropic/claude-haiku-4-5"]["callable"]!.GetValue<bool>());
        Assert.Equal("2.50", models["openai/gpt-4o"]["prices"]!["input"]!.GetValue<decimal>().ToString("0.00"));
    }

    private async Task<List<JsonNode>> ModelsAsync(string query, string? key = null) =>
        [.. (await Http.CallAsync(HttpMethod.Get, "/v1/models" + query, key ?? _owner.Key))["data"]!.AsArray().Select(model => model!)];

    private async Task<List<string>> IdsAsync(string query, string? key = null) =>
        [.. (await ModelsAsync(query, key)).Select(model => model["id"]!.GetValue<string>())];
}
