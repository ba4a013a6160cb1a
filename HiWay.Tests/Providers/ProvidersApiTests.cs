using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Snapshots;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HiWay.Tests.Providers;

public sealed class ProvidersApiTests(SharedHost shared) : IClassFixture<SharedHost>, IAsyncLifetime
{
    private const string ApiKey = "sk-proj-Zq8h3kLm9TtVwXyz";

    private readonly HiWayHost _host = shared.Host;
    private TestAccount _owner = null!;

    private HttpClient Http => _host.Http;

    private string Providers => $"/api/v1/workspaces/{_owner.WorkspaceId}/providers";

    public async ValueTask InitializeAsync() => _owner = await Http.SignUpAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task SavedKey_IsNowhereToBeRead_ButItsLastFourCharacters()
    {
        var put = await Http.CallAsync(HttpMethod.Put, $"{Providers}/openai", _owner.Key, new { api_key = ApiKey });
        var list = await Http.CallAsync(HttpMethod.Get, Providers, _owner.Key);

        Assert.Equal(("openai", "enabled", "wXyz"[^4..]), (put["provider"]!.GetValue<string>(), put["status"]!.GetValue<string>(), put["last4"]!.GetValue<string>()));
        Assert.DoesNotContain(ApiKey[..^4], put.ToJsonString() + list.ToJsonString(), StringComparison.Ordinal);
        var ciphertext = await _host.Database.ScalarAsync<byte[]>($"SELECT ciphertext FROM credentials WHERE workspace_id = '{_owner.WorkspaceId}'");
        Assert.Equal(-1, ciphertext.AsSpan().IndexOf(Encoding.UTF8.GetBytes(ApiKey[..6])));
        var everything = await _host.Database.ScalarAsync<string>("SELECT string_agg(c::text, '') || (SELECT string_agg(a::text, '') FROM audit_log a) FROM credentials c");
        Assert.DoesNotContain(ApiKey[..^4], everything, StringComparison.Ordinal);
        Assert.DoesNotContain(ApiKey, _host.Logs.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_NamesEveryProvider_ConfiguredOnesFirst()
    {
        await Http.CallAsync(HttpMethod.Put, $"{Providers}/mistral", _owner.Key, new { api_key = ApiKey });

        var list = (await Http.CallAsync(HttpMethod.Get, Providers, _owner.Key))["data"]!.AsArray();

        Assert.Equal("mistral", list[0]!["provider"]!.GetValue<string>());
        Assert.True(list[0]!["model_count"]!.GetValue<int>() > 10);
        Assert.Equal("not_configured", list.Single(provider => provider!["provider"]!.GetValue<string>() == "anthropic")!["status"]!.GetValue<string>());
        Assert.Equal(18, list.Count);
    }

    [Theory]
    [InlineData("openai", """{}""", "api_key")]
    [InlineData("openai", """{"api_key":"two words"}""", "api_key")]
    [InlineData("openai", """{"api_key":"sk-1234567890","base_url":"nowhere"}""", "base_url")]
    [InlineData("openai", """{"api_key":"sk-1234567890","kind":"anthropic"}""", "kind")]
    [InlineData("acme", """{"api_key":"sk-1234567890","base_url":"http://127.0.0.1:1/","models":["m"]}""", "kind")]
    [InlineData("acme", """{"api_key":"x","kind":"openai","models":["m"]}""", "base_url")]
    [InlineData("acme", """{"api_key":"x","kind":"openai","base_url":"http://127.0.0.1:1/"}""", "models")]
    [InlineData("Not_A_Slug", """{"api_key":"x","kind":"openai","base_url":"http://127.0.0.1:1/","models":["m"]}""", "provider")]
    [InlineData("hiway", """{"api_key":"x","kind":"openai","base_url":"http://127.0.0.1:1/","models":["m"]}""", "provider")]
    [InlineData("bedrock", """{"api_key":"ABSKexample"}""", "settings.region")]
    [InlineData("bedrock", """{"api_key":"ABSKexample","settings":{"region":"Frankfurt!"}}""", "settings.region")]
    [InlineData("bedrock", """{"api_key":"ABSKexample","settings":{"region":"eu-central-1","inference_profile":"moon"}}""", "settings.inference_profile")]
    [InlineData("bedrock", """{"settings":{"region":"eu-central-1"}}""", "api_key")]
    [InlineData("bedrock", """{"access_key_id":"AKIA","secret_access_key":"s","settings":{"region":"eu-central-1"}}""", "access_key_id")]
    [InlineData("bedrock", """{"access_key_id":"AKIAIOSFODNN7EXAMPLE","settings":{"region":"eu-central-1"}}""", "secret_access_key")]
    [InlineData("bedrock", """{"api_key":"ABSKexample","access_key_id":"AKIAIOSFODNN7EXAMPLE","secret_access_key":"s","settings":{"region":"eu-central-1"}}""", "api_key")]
    [InlineData("openai", """{"access_key_id":"AKIAIOSFODNN7EXAMPLE","secret_access_key":"s"}""", "access_key_id")]
    [InlineData("openai", """{"api_key":"sk-1234567890","settings":{"region":"eu"}}""", "settings.region")]
    [InlineData("openai", """{"api_key":"sk-1234567890","settings":{"planet":"mars"}}""", "settings.planet")]
    [InlineData("azure", """{"api_key":"azure-key"}""", "settings.resource")]
    [InlineData("azure", """{"api_key":"azure-key","settings":{"resource":"https://x.openai.azure.com"}}""", "settings.resource")]
    [InlineData("azure", """{"api_key":"azure-key","settings":{"resource":"x1","api_version":"latest"}}""", "settings.api_version")]
    [InlineData("azure", """{"api_key":"azure-key","settings":{"resource":"x1","deployments":{"gpt-4o":"a/b"}}}""", "settings.deployments")]
    [InlineData("vertex", """{"api_key":"AIzaexample"}""", "models")]
    [InlineData("openai", """{"api_key":"sk-1234567890","secret":1}""", "secret")]
    public async Task WrongField_IsRefusedByName(string provider, string body, string param)
    {
        using var answer = await Http.TryCallAsync(HttpMethod.Put, $"{Providers}/{provider}", _owner.Key, body);

        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((HttpStatusCode.BadRequest, param), (answer.StatusCode, error["param"]?.GetValue<string>()));
    }

    [Fact]
    public async Task PrivateBaseUrl_IsRefused_WhereTheOperatorDoesNotAllowIt()
    {
        await using var strict = await HiWayHost.StartAsync(("Egress:AllowPrivateNetworks", "false"));
        var owner = await strict.Http.SignUpAsync();

        using var answer = await strict.Http.TryCallAsync(HttpMethod.Put, $"/api/v1/workspaces/{owner.WorkspaceId}/providers/acme", owner.Key,
            new { api_key = "x", kind = "openai", base_url = "http://169.254.169.254/v1", models = new[] { "m" } });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Egress:AllowPrivateNetworks", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewBaseUrl_NeedsTheKeyAgain_SoThatASavedKeyNeverGoesToANewAddress()
    {
        await Http.PutProviderAsync(_owner, "acme", "http://127.0.0.1:1/v1", "openai", ["m1"]);

        using var refused = await Http.TryCallAsync(HttpMethod.Patch, $"{Providers}/acme", _owner.Key, new { base_url = "http://127.0.0.1:2/v1" });
        var moved = await Http.CallAsync(HttpMethod.Patch, $"{Providers}/acme", _owner.Key, new { base_url = "http://127.0.0.1:2/v1", api_key = "sk-another-key" });

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("http://127.0.0.1:2/v1/", moved["base_url"]!.GetValue<string>());
    }

    [Fact]
    public async Task DisabledProvider_KeepsItsKey_AndItsModelsCannotBeCalled()
    {
        await Http.PutProviderAsync(_owner, "acme", "http://127.0.0.1:1/v1", "openai", ["m1"]);
        Assert.Equal(["acme/m1"], await ModelIdsAsync());

        await Http.CallAsync(HttpMethod.Patch, $"{Providers}/acme", _owner.Key, new { enabled = false });
        Assert.Empty(await ModelIdsAsync());

        await Http.CallAsync(HttpMethod.Patch, $"{Providers}/acme", _owner.Key, new { enabled = true });
        Assert.Equal(["acme/m1"], await ModelIdsAsync());

        await Http.CallAsync(HttpMethod.Delete, $"{Providers}/acme", _owner.Key, expected: HttpStatusCode.NoContent);
        Assert.Empty(await ModelIdsAsync());
        using var gone = await Http.TryCallAsync(HttpMethod.Delete, $"{Providers}/acme", _owner.Key);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task CustomModelOfAKnownName_BorrowsItsAbilities_AndNeverItsPrice()
    {
        await Http.PutProviderAsync(_owner, "acme", "http://127.0.0.1:1/v1", "openai", ["claude-haiku-4-5", "home-made"]);

        var workspace = _host.Get<ISnapshots>().Workspace(_owner.WorkspaceId)!;
        var (known, own) = (workspace.ByModelId["acme/claude-haiku-4-5"].Model, workspace.ByModelId["acme/home-made"].Model);

        Assert.Equal((Tier.Light, 200_000, 0), (known.Tier, known.ContextWindow, known.Prices.Count));
        Assert.True(known.Can(ModelCapabilities.Vision | ModelCapabilities.FunctionCall));
        Assert.Equal((Tier.Standard, null, 0), (own.Tier, own.ContextWindow, own.Prices.Count));
        Assert.False(own.Can(ModelCapabilities.Vision));
    }

    [Fact]
    public async Task Test_MakesOneShortCall_WithTheKey_AndRemembersThatItPassed()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/chat/completions", Reply.Chat("OK"));
        await Http.PutProviderAsync(_owner, "acme", upstream.Url, "openai", ["m1"], apiKey: ApiKey);

        var result = await Http.CallAsync(HttpMethod.Post, $"{Providers}/acme/test", _owner.Key);

        Assert.Equal((true, "acme/m1", 200), (result["ok"]!.GetValue<bool>(), result["model"]!.GetValue<string>(), result["status"]!.GetValue<int>()));
        var seen = Assert.Single(upstream.Requests);
        Assert.Equal($"Bearer {ApiKey}", seen.Headers["Authorization"]);
        var view = await Http.CallAsync(HttpMethod.Get, $"{Providers}/acme", _owner.Key);
        Assert.NotNull(view["tested_at"]);
        Assert.Null(view["test_error"]);
    }

    [Fact]
    public async Task TestWithAWrongKey_ShowsTheUpstreamsWords()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.Json("""{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","code":"invalid_api_key"}}""", 401));
        await Http.PutProviderAsync(_owner, "acme", upstream.Url, "openai", ["m1"]);

        var result = await Http.CallAsync(HttpMethod.Post, $"{Providers}/acme/test", _owner.Key);

        Assert.Equal((false, 401, "Incorrect API key provided."), (result["ok"]!.GetValue<bool>(), result["status"]!.GetValue<int>(), result["error"]!.GetValue<string>()));
        Assert.Equal("Incorrect API key provided.", (await Http.CallAsync(HttpMethod.Get, $"{Providers}/acme", _owner.Key))["test_error"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("anthropic", "", "/v1/messages", "x-api-key")]
    [InlineData("anthropic", "/v1", "/v1/messages", "x-api-key")]
    [InlineData("google", "", "/v1beta/models/gemini-2.5-flash-lite:generateContent", "x-goog-api-key")]
    [InlineData("openai", "/v1", "/v1/chat/completions", "Authorization")]
    public async Task Test_SpeaksTheProvidersOwnDialect(string provider, string path, string called, string keyHeader)
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.Json("""{"error":{"message":"no","type":"x"}}""", 400));
        await Http.PutProviderAsync(_owner, provider, upstream.Url + path, apiKey: ApiKey);

        await Http.CallAsync(HttpMethod.Post, $"{Providers}/{provider}/test", _owner.Key);

        var seen = Assert.Single(upstream.Requests);
        Assert.StartsWith(called, seen.Path, StringComparison.Ordinal);
        Assert.EndsWith(ApiKey, seen.Headers[keyHeader], StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestOfAnAddressThatIsAWebSite_SaysSo()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("*", Reply.Json("<!doctype html><h1>Welcome</h1>") with { Headers = [new("Content-Type", "text/html; charset=utf-8")] });
        await Http.PutProviderAsync(_owner, "acme", upstream.Url, "openai", ["m1"]);

        var result = await Http.CallAsync(HttpMethod.Post, $"{Providers}/acme/test", _owner.Key);

        Assert.False(result["ok"]!.GetValue<bool>());
        Assert.Contains("answered with a web page", result["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Check the base URL", result["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestOfAServerThatIsNotThere_SaysSo()
    {
        await Http.PutProviderAsync(_owner, "acme", "http://127.0.0.1:1/v1", "openai", ["m1"]);

        var result = await Http.CallAsync(HttpMethod.Post, $"{Providers}/acme/test", _owner.Key);

        Assert.False(result["ok"]!.GetValue<bool>());
        Assert.Contains("127.0.0.1", result["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewMasterKey_ReWrapsStoredCredentials_AndTheOldOneCanGo()
    {
        const string first = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=";
        const string second = "2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI=";
        await using var database = await TestDatabase.CreateAsync();
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/chat/completions", Reply.Chat("OK"));
        TestAccount owner;
        await using (var before = await HiWayHost.StartAsync(database, null, ("Vault:MasterKey", first)))
        {
            owner = await before.Http.SignUpAsync();
            await before.Http.PutProviderAsync(owner, "acme", upstream.Url, "openai", ["m1"], apiKey: ApiKey);
        }

        await using (var during = await HiWayHost.StartAsync(database, null, ("Vault:MasterKey", $"{first},{second}")))
        {
            await during.Services.GetServices<IHostedService>().OfType<CredentialRewrap>().Single().ExecuteTask!;
        }

        Assert.Equal(2, await database.ScalarAsync<int>("SELECT key_version FROM credentials"));
        await using var after = await HiWayHost.StartAsync(database, null, ("Vault:MasterKey", second));
        var result = await after.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{owner.WorkspaceId}/providers/acme/test", owner.Key);
        Assert.True(result["ok"]!.GetValue<bool>());
        Assert.Equal($"Bearer {ApiKey}", Assert.Single(upstream.Requests).Headers["Authorization"]);
    }

    [Fact]
    public async Task WrongMasterKey_IsSaidPerCredential_AndTheRestGoesOn()
    {
        await Http.PutProviderAsync(_owner, "acme", "http://127.0.0.1:1/v1", "openai", ["m1"]);

        await using var wrong = await HiWayHost.StartAsync(_host.Database, null, ("Vault:MasterKey", "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="));
        await wrong.Services.GetServices<IHostedService>().OfType<CredentialRewrap>().Single().ExecuteTask!;

        Assert.Contains("cannot be opened", wrong.Logs.ToString(), StringComparison.Ordinal);
        var view = await wrong.Http.CallAsync(HttpMethod.Get, $"{Providers}/acme", _owner.Key);
        Assert.Contains("master key", view["test_error"]!.GetValue<string>(), StringComparison.Ordinal);
        var reply = await wrong.Http.ChatAsync(_owner.Key, "Hello", "acme/m1");
        Assert.InRange((int)reply.Status, 400, 502);
        Assert.Contains("master key", reply.Body, StringComparison.Ordinal);
    }

    private async Task<List<string>> ModelIdsAsync() =>
        [.. (await Http.CallAsync(HttpMethod.Get, "/v1/models", _owner.Key))["data"]!.AsArray().Select(model => model!["id"]!.GetValue<string>())];
}
