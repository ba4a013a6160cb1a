using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// The built-in provider behind <c>hw_test_</c> keys: the same request always gets the same answer, nothing leaves the process and
/// nothing is charged. It speaks OpenAI's dialect and is called like any upstream, so a test call takes the whole path.
/// </summary>
internal static class TestProvider
{
    public const string Slug = "test";

    public const string ModelId = $"{Slug}/echo";

    private static readonly ProviderDefinition Definition = new()
    {
        Slug = Slug,
        Name = "HiWay test provider",
        Dialect = UpstreamDialect.OpenAiChat,
        BaseUrl = new Uri("http://test.invalid/v1/"),
        NeedsApiKey = false,
    };

    /// <summary>A deployment that answers under the name the caller used.</summary>
    public static Deployment DeploymentFor(string requestedModel) => new(
        new ModelEntry
        {
            Id = ModelId,
            Provider = Slug,
            UpstreamModel = requestedModel.Length <= 100 ? requestedModel : requestedModel[..100],
            Name = "HiWay test model",
            Mode = ModelMode.Chat,
            Capabilities = ModelCapabilities.Vision | ModelCapabilities.FunctionCall | ModelCapabilities.JsonSchema | ModelCapabilities.ParallelFunctionCall,
            ContextWindow = 1_000_000,
            Prices = [new DatedPrice(null, 0, new TokenPrice { Input = 0, Output = 0 })],
            Units = new UnitPrices { Image = 0 },
        },
        Definition, Definition.BaseUrl!, "test", new Secret(""));
}
