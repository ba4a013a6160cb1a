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
    [InlineData("openai/gpt-4o", "")]                             // a pin is no short name, or openrouter's would be one of openai's
    [InlineData("gpt-99", "")]
    public void ShortName_MeansTheNearest(string name, string meant)
    {
        var deployments = new[]
        {
            At("openai", "gpt-4o", aliases: ["gpt-4o-2024-08-06"]), At("openai", "gpt-3.5-turbo", listed: false), At("groq", "llama-3.3-70b"), At("together", "llama-3.3-70b"),
            At("openrouter", "openai/gpt-4o"), At("openrouter", "perplexity/sonar"), At("fireworks", "accounts/fireworks/models/kimi"),
        };

        var names = DeploymentNames.ByShortName(deployments, Today);

        Assert.Equal(meant, names.TryGetValue(name, out var found) ? string.Join(',', found.Select(deployment => deployment.Model.Id)) : "");
    }

    [Theory]
    [InlineData("fast", "groq/llama-3.3-70b")]
    [InlineData("old-habit", "openai/gpt-4o")]                            // by a short name
    [InlineData("broken", "(openai/gpt-99)")]                             // nothing that could be called
    [InlineData("ladder", "groq/llama-3.3-70b > light > auto > openai/gpt-4o")]
    [InlineData("nested", "openai/gpt-4o > groq/llama-3.3-70b > light > auto")]   // an alias among them, and nothing twice
    [InlineData("either", "openai/gpt-4o > groq/llama-3.3-70b > together/llama-3.3-70b")]   // a short id of two providers, in a list
    [InlineData("which", "(llama-3.3-70b)")]                              // alone it says nothing
    [InlineData("circle", "openai/gpt-4o")]
    public void Alias_StandsForItsModelsInOrder(string name, string meant)
    {
        var deployments = new[] { At("openai", "gpt-4o"), At("groq", "llama-3.3-70b"), At("together", "llama-3.3-70b") };
        var named = new Dictionary<string, IReadOnlyList<string>>
        {
            ["fast"] = ["groq/llama-3.3-70b"], ["old-habit"] = ["gpt-4o"], ["broken"] = ["openai/gpt-99"], ["ladder"] = ["fast", "light", "auto", "gpt-4o"],
            ["nested"] = ["openai/gpt-4o", "ladder"], ["either"] = ["gpt-4o", "llama-3.3-70b"], ["which"] = ["llama-3.3-70b"], ["circle"] = ["circle-2", "gpt-4o"], ["circle-2"] = ["circle"],
        };

        var aliases = DeploymentNames.Aliases(named, DeploymentNames.ById(deployments), DeploymentNames.ByShortName(deployments, Today));

        Assert.Equal(meant, string.Join(" > ", aliases[name].Targets.Select(target => target.IsMissing ? $"({target.Name})" : target.Name)));
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
