using System.Net;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Snapshots;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Models;

/// <summary>The operator's catalogue. The first person of an installation is its operator.</summary>
public sealed class AdminModelsTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Admin = "/api/v1/admin/models";

    private readonly HiWayHost _host = shared.Host;
    private readonly TestAccount _operator = shared.Operator;

    private HttpClient Http => _host.Http;

    [Fact]
    public async Task Override_CountsAtOnce_SurvivesAnUpdateOfTheData_AndCanBeTakenBack()
    {
        var patched = await Http.CallAsync(HttpMethod.Patch, $"{Admin}/openai/gpt-4o", _operator.Key, new { tier = "heavy", prices = new { input = 9m, output = 18m } });
        Assert.Equal("""["tier","prices"]""", patched["overridden"]!.ToJsonString());
        Assert.Equal((Tier.Heavy, 9m), Gpt4o());
        Assert.Equal(("standard", 2.5m), (patched["shipped"]!["tier"]!.GetValue<string>(), patched["shipped"]!["prices"]!["input"]!.GetValue<decimal>()));

        // A newer data file: another version, the same rows.
        var data = CatalogueFile.Read();
        await _host.Get<CatalogueStore>().ImportAsync(data with { Version = "newer" }, CancellationToken.None);
        await _host.Get<SnapshotStore>().LoadCatalogueAsync(CancellationToken.None);
        Assert.Equal((Tier.Heavy, 9m), Gpt4o());

        var back = await Http.CallAsync(HttpMethod.Patch, $"{Admin}/openai/gpt-4o", _operator.Key, """{"tier":null,"prices":null}""");
        Assert.Null(back["shipped"]);   // nothing differs from it
        Assert.Equal((Tier.Standard, 2.5m), Gpt4o());

        (Tier, decimal?) Gpt4o() => _host.Get<ISnapshots>().Catalogue.Single(model => model.Id == "openai/gpt-4o") is var model
            ? (model.Tier, model.Prices[0].Price.Input)
            : default;
    }

    [Fact]
    public async Task RowThatANewerDataFileDropped_IsRetired_NotForgotten()
    {
        await using var host = await HiWayHost.StartAsync();
        var data = CatalogueFile.Read();
        await host.Get<CatalogueStore>().ImportAsync(new CatalogueData("newer", [.. data.Models.Where(model => model.Id != "openai/gpt-4o")]), CancellationToken.None);
        await host.Get<SnapshotStore>().LoadCatalogueAsync(CancellationToken.None);

        Assert.DoesNotContain(host.Get<ISnapshots>().Catalogue, model => model.Id == "openai/gpt-4o");
        Assert.False(host.Get<SnapshotStore>().CurrentCatalogue.ById["openai/gpt-4o"].Listed);
    }

    [Fact]
    public async Task AddedModel_CanBeCalledByWorkspacesWithThatProvider()
    {
        await Http.PutProviderAsync(_operator, "openai", "http://127.0.0.1:1");

        await Http.CallAsync(HttpMethod.Put, $"{Admin}/openai/gpt-6-preview", _operator.Key,
            new { name = "GPT-6", prices = new { input = 4m, output = 20m }, context_window = 500_000, capabilities = new[] { "vision", "function_call" }, quality = 90 });

        var model = await Http.CallAsync(HttpMethod.Get, "/v1/models/openai/gpt-6-preview", _operator.Key);
        Assert.Equal(("heavy", "500000"), (model["hiway_tier"]!.GetValue<string>(), model["context_window"]!.ToJsonString()));
    }

    [Fact]
    public async Task NobodyButTheOperator_ReachesTheCatalogue()
    {
        var other = await Http.SignUpAsync();
        var callsOnly = await Http.CreateKeyAsync(_operator, new { name = "Calls only" });

        foreach (var key in new[] { other.Key, callsOnly.Secret })
        {
            using var list = await Http.TryCallAsync(HttpMethod.Get, Admin, key);
            using var patch = await Http.TryCallAsync(HttpMethod.Patch, $"{Admin}/openai/gpt-4o", key, new { tier = "light" });
            Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (list.StatusCode, patch.StatusCode));
        }

        using var nobody = await Http.TryCallAsync(HttpMethod.Get, Admin, null);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
    }

    [Theory]
    [InlineData("PATCH", "openai/gpt-99", """{"tier":"light"}""", 404)]
    [InlineData("PATCH", "openai/gpt-4o", """{"tier":"huge"}""", 400)]
    [InlineData("PATCH", "openai/gpt-4o", """{"quality":101}""", 400)]
    [InlineData("PATCH", "openai/gpt-4o", """{"prices":{"input":1,"output":20000}}""", 400)]
    [InlineData("PUT", "openai/gpt-4o", """{"name":"Mine"}""", 409)]
    [InlineData("PUT", "nobody/model", """{"name":"Mine"}""", 400)]
    [InlineData("PUT", "no-slash", """{"name":"Mine"}""", 400)]
    [InlineData("PUT", "openai/new", """{"capabilities":["flying"]}""", 400)]
    public async Task WrongChange_IsRefused(string method, string id, string body, int status)
    {
        using var answer = await Http.TryCallAsync(new HttpMethod(method), $"{Admin}/{id}", _operator.Key, body);

        Assert.Equal(status, (int)answer.StatusCode);
    }
}
