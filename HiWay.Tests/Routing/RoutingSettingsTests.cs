using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

/// <summary><c>routing</c> of the management API: what a workspace can turn on the router, and what it cannot.</summary>
public sealed class RoutingSettingsTests(SharedHost shared) : IClassFixture<SharedHost>, IAsyncLifetime
{
    private TestAccount _owner = null!;

    private HttpClient Http => shared.Host.Http;

    private string Routing => $"/api/v1/workspaces/{_owner.WorkspaceId}/routing";

    public async ValueTask InitializeAsync() => _owner = await Http.SignUpAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task NewWorkspace_HasThePublishedSettings() => Assert.Equal(
        """{"profile":"balanced","zone":"global","weights":{"intent":1,"complexity":1,"tools":1,"system_prompt":1,"code":1,"domain":1,"conversation":1},"thresholds":{"light_below":0.3,"heavy_from":0.7},"margin":0.03,"ultra_light":true,"aliases":{}}""",
        (await Http.CallAsync(HttpMethod.Get, Routing, _owner.Key)).ToJsonString());

    [Fact]
    public async Task Put_ChangesWhatItNames_AndIsAudited()
    {
        await Http.PutProviderAsync(_owner, "acme", "http://127.0.0.1:1", "openai", ["m1"]);
        await Http.CallAsync(HttpMethod.Put, Routing, _owner.Key, new { margin = 0.05 });

        var saved = await Http.CallAsync(HttpMethod.Put, Routing, _owner.Key, new
        {
            profile = "quality", zone = "eu", weights = new { code = 2.5, tools = 0 }, thresholds = new { heavy_from = 0.8 }, ultra_light = false,
            aliases = new Dictionary<string, object> { ["house"] = "acme/m1", ["ladder"] = new[] { "house", "light", "openai/gpt-4o" } },
        });

        const string expected =
            """{"profile":"quality","zone":"eu","weights":{"intent":1,"complexity":1,"tools":0,"system_prompt":1,"code":2.5,"domain":1,"conversation":1},"thresholds":{"light_below":0.3,"heavy_from":0.8},"margin":0.05,"ultra_light":false,"aliases":{"house":"acme/m1","ladder":["house","light","openai/gpt-4o"]}}""";
        Assert.Equal(expected, saved.ToJsonString());
        Assert.Equal(expected, (await Http.CallAsync(HttpMethod.Get, Routing, _owner.Key)).ToJsonString());
        Assert.Equal(expected, (await Http.CallAsync(HttpMethod.Put, Routing, _owner.Key, saved)).ToJsonString());   // what GET says may be sent back
        var workspace = await Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_owner.WorkspaceId}", _owner.Key);
        Assert.Equal(("quality", "eu"), (workspace["routing_profile"]!.GetValue<string>(), workspace["sovereignty_zone"]!.GetValue<string>()));
        var audit = await Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_owner.WorkspaceId}/audit", _owner.Key);
        var changes = audit["data"]!.AsArray().Where(entry => entry!["action"]!.GetValue<string>() == "routing.configured").ToList();
        Assert.Equal(2, changes.Count);
        Assert.Contains("house: acme/m1; ladder: house, light, openai/gpt-4o", changes[0]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"profile":"best"}""", "profile")]
    [InlineData("""{"zone":"mars"}""", "zone")]
    [InlineData("""{"weights":{"mood":1}}""", "weights.mood")]
    [InlineData("""{"weights":{"code":-0.1}}""", "weights.code")]
    [InlineData("""{"weights":{"code":10.01}}""", "weights.code")]
    [InlineData("""{"weights":{"code":1e999}}""", "weights.code")]
    [InlineData("""{"weights":{"code":"high"}}""", "weights.code")]
    [InlineData("""{"thresholds":{"light_below":0}}""", "thresholds.light_below")]
    [InlineData("""{"thresholds":{"light_below":0.7}}""", "thresholds.light_below")]
    [InlineData("""{"thresholds":{"heavy_from":0.3}}""", "thresholds.light_below")]
    [InlineData("""{"thresholds":{"heavy_from":1}}""", "thresholds.heavy_from")]
    [InlineData("""{"thresholds":{"middle":0.5}}""", "thresholds.middle")]
    [InlineData("""{"margin":-0.01}""", "margin")]
    [InlineData("""{"margin":0.21}""", "margin")]
    [InlineData("""{"ultra_light":"no"}""", "ultra_light")]
    [InlineData("""{"aliases":{"auto":"openai/gpt-4o"}}""", "aliases.auto")]
    [InlineData("""{"aliases":{"light":"openai/gpt-4o"}}""", "aliases.light")]
    [InlineData("""{"aliases":{"cache":"openai/gpt-4o"}}""", "aliases.cache")]
    [InlineData("""{"aliases":{"openai/mine":"openai/gpt-4o"}}""", "aliases.openai/mine")]
    [InlineData("""{"aliases":{"two words":"openai/gpt-4o"}}""", "aliases.two words")]
    [InlineData("""{"aliases":{"gpt-4o-mini":"openai/gpt-4o"}}""", "aliases.gpt-4o-mini")]       // another model's name
    [InlineData("""{"aliases":{"fast":"gpt-99"}}""", "aliases.fast")]
    [InlineData("""{"aliases":{"fast":["openai/gpt-4o","gpt-99"]}}""", "aliases.fast[1]")]
    [InlineData("""{"aliases":{"fast":["openai/gpt-4o","openai/gpt-4o"]}}""", "aliases.fast")]
    [InlineData("""{"aliases":{"fast":[]}}""", "aliases.fast")]
    [InlineData("""{"aliases":{"fast":["openai/gpt-4o",7]}}""", "aliases.fast")]
    [InlineData("""{"aliases":{"fast":null}}""", "aliases.fast")]
    [InlineData("""{"aliases":{"fast":"fast"}}""", "aliases.fast")]
    [InlineData("""{"aliases":{"a":"b","b":["light","c"],"c":"a"}}""", "aliases.a")]
    [InlineData("""{"aliases":[]}""", "aliases")]
    [InlineData("""{"speed":1}""", "speed")]
    public async Task WrongSetting_IsRefusedByName_AndNothingIsKept(string body, string param)
    {
        using var answer = await Http.TryCallAsync(HttpMethod.Put, Routing, _owner.Key, body);

        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((HttpStatusCode.BadRequest, param), (answer.StatusCode, error["param"]?.GetValue<string>()));
        Assert.Equal("balanced", (await Http.CallAsync(HttpMethod.Get, Routing, _owner.Key))["profile"]!.GetValue<string>());
    }

    [Fact]
    public async Task Alias_MaySayWhichProviderAShortIdMeans()
    {
        var saved = await Http.CallAsync(HttpMethod.Put, Routing, _owner.Key, new { aliases = new Dictionary<string, object> { ["gpt-4o"] = "azure/gpt-4o" } });

        Assert.Equal("azure/gpt-4o", saved["aliases"]!["gpt-4o"]!.GetValue<string>());
    }

    [Fact]
    public async Task OneName_HasOneMeaning_OnBothPages()
    {
        var model = $"/api/v1/workspaces/{_owner.WorkspaceId}/models/openai/gpt-4o";
        await Http.CallAsync(HttpMethod.Patch, model, _owner.Key, new { alias = "house" });
        using var second = await Http.TryCallAsync(HttpMethod.Put, Routing, _owner.Key, """{"aliases":{"house":"openai/gpt-4o-mini"}}""");
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        await Http.CallAsync(HttpMethod.Put, Routing, _owner.Key, """{"aliases":{"ours":["house","light"]}}""");   // one alias may stand for another

        using var third = await Http.TryCallAsync(HttpMethod.Patch, model, _owner.Key, """{"alias":"ours"}""");
        Assert.Equal(HttpStatusCode.Conflict, third.StatusCode);
        using var shadow = await Http.TryCallAsync(HttpMethod.Patch, model, _owner.Key, """{"alias":"gpt-4o-mini"}""");
        Assert.Equal(HttpStatusCode.BadRequest, shadow.StatusCode);
    }

    [Fact]
    public async Task KeyProfile_IsCheckedKeptAndTakenBack()
    {
        var key = await Http.CreateKeyAsync(_owner, new { name = "Cheap", routing_profile = "budget" });
        var path = $"/api/v1/workspaces/{_owner.WorkspaceId}/keys/{key.Id}";
        Assert.Equal("budget", (await Http.CallAsync(HttpMethod.Get, path, _owner.Key))["routing_profile"]!.GetValue<string>());
        Assert.Equal("budget", (await Http.CallAsync(HttpMethod.Patch, path, _owner.Key, new { rpm = 5 }))["routing_profile"]!.GetValue<string>());
        Assert.Null((await Http.CallAsync(HttpMethod.Patch, path, _owner.Key, """{"routing_profile":null}"""))["routing_profile"]);

        using var wrong = await Http.TryCallAsync(HttpMethod.Patch, path, _owner.Key, """{"routing_profile":"fast"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "routing_profile"), (wrong.StatusCode, JsonNode.Parse(await wrong.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>()));
    }
}
