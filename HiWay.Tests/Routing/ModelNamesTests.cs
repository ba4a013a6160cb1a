using System.Collections.Frozen;
using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

public sealed class ModelNamesTests
{
    private static readonly ModelEntry[] Catalogue =
    [
        Models.Make("anthropic/claude-haiku-4-5"), Models.Make("groq/openai/gpt-oss-120b"), Models.Make("openai/gpt-4o"), Models.Make("openai/gpt-5"),
        Models.Make("together/openai/gpt-oss-120b"),
    ];

    [Theory]
    [InlineData("auto", ModelNameKind.Auto)]
    [InlineData("ultra_light", ModelNameKind.Tier)]
    [InlineData("heavy", ModelNameKind.Tier)]
    [InlineData("web_search", ModelNameKind.Tier)]
    [InlineData("openai/gpt-4o", ModelNameKind.Pinned)]
    [InlineData("openai/gpt-4o-2024-08-06", ModelNameKind.Pinned)]
    [InlineData("gpt-4o", ModelNameKind.Pinned)]
    [InlineData("my-alias", ModelNameKind.Pinned)]
    [InlineData("small", ModelNameKind.Tier)]
    [InlineData("whatever", ModelNameKind.Auto)]
    [InlineData("two", ModelNameKind.Alias)]
    [InlineData("later", ModelNameKind.Disabled)]
    [InlineData("openai/gpt-oss-120b", ModelNameKind.Ambiguous)] // a short id may hold a slash
    [InlineData("openai/gpt-5", ModelNameKind.Disabled)]
    [InlineData("anthropic/claude-haiku-4-5", ModelNameKind.ProviderMissing)]
    [InlineData("claude-haiku-4-5", ModelNameKind.ProviderMissing)]
    [InlineData("gpt-9", ModelNameKind.Unknown)]
    [InlineData("none", ModelNameKind.Unknown)]
    [InlineData("AUTO", ModelNameKind.Unknown)]
    [InlineData("", ModelNameKind.Unknown)]
    public void ANameIsWhatItIs(string name, ModelNameKind kind)
    {
        var resolved = Resolve(name);
        Assert.Equal(kind, resolved.Kind);
        Assert.Equal(kind > ModelNameKind.Alias, resolved.IsRefusal);
        Assert.Equal(kind is ModelNameKind.Pinned, resolved.Deployment is not null);
    }

    [Fact]
    public void AnAmbiguousName_ListsWhatItCouldMean() => Assert.Equal(
        "Model 'openai/gpt-oss-120b' could be 'groq/openai/gpt-oss-120b' or 'together/openai/gpt-oss-120b'; name one of them in full.",
        Resolve("openai/gpt-oss-120b").Message);

    [Fact]
    public void AnAliasOfWhatIsNotThere_SaysBoth() => Assert.StartsWith("The alias 'later' stands for 'openai/gpt-5'. Model 'openai/gpt-5' is switched off", Resolve("later").Message);

    [Fact]
    public void AMissingProvider_IsNamed()
    {
        var resolved = Resolve("claude-haiku-4-5");
        Assert.Equal("anthropic", resolved.Provider);
        Assert.Contains("Settings > Providers", resolved.Message);
    }

    [Fact]
    public void RoutingNames_AreReserved()
    {
        Assert.All(["auto", "ultra_light", "light", "standard", "heavy", "web_search", "image"], name => Assert.True(ModelNames.IsReserved(name)));
        Assert.False(ModelNames.IsReserved("gpt-4o"));
    }

    /// <summary>What a pin and a bypass key stand on: a full id means that model, whatever aliases and short ids say.</summary>
    [Fact]
    public void Property_AFullId_IsAlwaysThatModel()
    {
        var cases = from ids in Gen.Elements(Catalogue).NonEmptyListOf()
                    from aliases in Gen.Elements(Catalogue).ListOf()
                    select (Callable: ids.Distinct().ToArray(), Aliases: aliases.ToArray());
        Prop.ForAll(cases.ToArbitrary(), x =>
        {
            // Every id is also an alias of other models.
            var shortNames = x.Callable.ToFrozenDictionary(m => m.Id, _ => (IReadOnlyList<ModelEntry>)x.Aliases);
            var aliases = x.Callable.ToFrozenDictionary(m => m.Id, m => new ModelAlias<ModelEntry>(m.Id, [.. x.Aliases.Select(other => new AliasTarget<ModelEntry>(other.Id, other))]));
            var byId = x.Callable.ToFrozenDictionary(m => m.Id);
            return x.Callable.All(m => ModelNames.Resolve(m.Id, byId, aliases, shortNames, e => e, Catalogue) is { Kind: ModelNameKind.Pinned, Deployment: var pinned } && pinned == m);
        }).Hold();
    }

    private static ModelAlias<ModelEntry> Alias(string name, params AliasTarget<ModelEntry>[] targets) => new(name, targets);

    private static ResolvedModel<ModelEntry> Resolve(string name)
    {
        var callable = Catalogue.Where(m => m.Id is not ("openai/gpt-5" or "anthropic/claude-haiku-4-5")).ToArray();
        var byId = callable.ToDictionary(m => m.Id);
        byId["openai/gpt-4o-2024-08-06"] = byId["openai/gpt-4o"];
        var byShortName = new Dictionary<string, IReadOnlyList<ModelEntry>>
        {
            ["gpt-4o"] = [byId["openai/gpt-4o"]],
            ["openai/gpt-oss-120b"] = [byId["together/openai/gpt-oss-120b"], byId["groq/openai/gpt-oss-120b"]],
        };
        var aliases = new[]
        {
            Alias("my-alias", new AliasTarget<ModelEntry>("openai/gpt-4o", byId["openai/gpt-4o"])),
            Alias("small", new AliasTarget<ModelEntry>("light", Tier: Tier.Light)),
            Alias("whatever", new AliasTarget<ModelEntry>("auto", IsAuto: true)),
            Alias("later", new AliasTarget<ModelEntry>("openai/gpt-5")),
            Alias("two", new("openai/gpt-4o", byId["openai/gpt-4o"]), new("light", Tier: Tier.Light)),
        }.ToFrozenDictionary(alias => alias.Name);
        return ModelNames.Resolve(name, byId.ToFrozenDictionary(), aliases, byShortName.ToFrozenDictionary(), m => m, Catalogue);
    }
}
