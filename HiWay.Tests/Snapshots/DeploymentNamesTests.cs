using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Tests.Snapshots;

/// <summary>By which names callers reach a workspace's models.</summary>
public sealed class DeploymentNamesTests
{
    private static readonly DateOnly Today = new(2026, 11, 21);

    [Theory]
    [InlineData("gpt-4o", "openai/gpt-4o")]                       // its own provider is nearer than a host of the same weights
    [InlineData("gpt-4o-2024-08-06", "openai/gpt-4o")]            // a further name of the provider
    [InlineData("llama-3.3-70b", "groq/llama-3.3-70b,together/llama-3.3-70b")]
    [InlineData("accounts/fireworks/models/kimi", "fireworks/accounts/fireworks/models/kimi")]
    [InlineData("kimi", "fireworks/accounts/fireworks/models/kimi")]
    [InlineData("sonar", "openrouter/perplexity/sonar")]          // the last part, where nothing is nearer
    [InlineData("gpt-3.5-turbo", "openai/gpt-3.5-turbo")]         // retired, and nothing current has the name
    [InlineData("fast", "groq/llama-3.3-70b")]                    // the workspace's alias
    [InlineData("old-habit", "openai/gpt-4o")]                    // an alias of a short name
    [InlineData("openai/gpt-4o", "")]                             // a pin is no short name, or openrouter's would be one of openai's
    [InlineData("gpt-99", "")]
    [InlineData("broken", "")]                                    // an alias of nothing
    public void ShortName_MeansTheNearest(string name, string meant)
    {
        var deployments = new[]
        {
            At("openai", "gpt-4o", aliases: ["gpt-4o-2024-08-06"]), At("openai", "gpt-3.5-turbo", listed: false), At("groq", "llama-3.3-70b"), At("together", "llama-3.3-70b"),
            At("openrouter", "openai/gpt-4o"), At("openrouter", "perplexity/sonar"), At("fireworks", "accounts/fireworks/models/kimi"),
        };
        var byId = DeploymentNames.ById(deployments);
        var aliases = new Dictionary<string, string> { ["fast"] = "groq/llama-3.3-70b", ["old-habit"] = "gpt-4o", ["broken"] = "openai/gpt-99" };

        var names = DeploymentNames.ByShortName(deployments, byId, aliases, Today);

        Assert.Equal(meant, names.TryGetValue(name, out var found) ? string.Join(',', found.Select(deployment => deployment.Model.Id)) : "");
    }

    [Theory]
    [InlineData("openai/gpt-4o")]
    [InlineData("openai/gpt-4o-2024-08-06")]
    public void Pin_WorksByIdAndByTheProvidersFurtherNames(string pin) =>
        Assert.Equal("openai/gpt-4o", DeploymentNames.ById([At("openai", "gpt-4o", aliases: ["gpt-4o-2024-08-06"])])[pin].Model.Id);

    [Fact]
    public void OwnIdOfOneModel_IsNotTakenByAFurtherNameOfAnother()
    {
        var byId = DeploymentNames.ById([At("openai", "gpt-4o", aliases: ["gpt-4o-mini"]), At("openai", "gpt-4o-mini")]);

        Assert.Equal("openai/gpt-4o-mini", byId["openai/gpt-4o-mini"].Model.Id);
    }

    private static Deployment At(string provider, string name, string[]? aliases = null, bool listed = true) => new(
        new ModelEntry
        {
            Id = $"{provider}/{name}", Provider = provider, UpstreamModel = name, Name = name, Aliases = aliases ?? [], Listed = listed, Endpoints = [TierPlacement.ChatEndpoint],
        },
        ProviderCatalogue.Find(provider)!, ProviderCatalogue.Find(provider)!.BaseUrl!, "cred_1", new Secret(""));
}
