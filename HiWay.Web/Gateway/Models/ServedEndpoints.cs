using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Web.Gateway.Models;

/// <summary>Where a caller reaches a model. One that converses does so in every dialect that clients speak, by translation.</summary>
internal static class ServedEndpoints
{
    /// <summary>The routes of operations, as the catalogue names them.</summary>
    private static readonly string[] s_operations = ["/v1/embeddings", "/v1/images/generations", "/v1/images/edits"];

    /// <summary>Every route that some model is reached on, in the order in which lists show them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. ClientDialects.All.Select(dialect => dialect.Endpoint), .. s_operations];

    public static IReadOnlyList<string> Of(ModelEntry model)
    {
        var operations = s_operations.Where(model.Serves);
        return ProviderCatalogue.Converses(model) ? [.. ClientDialects.All.Select(dialect => dialect.Endpoint), .. operations] : [.. operations];
    }

    /// <summary>The 400 for a call on a route that the model is not reached on.</summary>
    public static GatewayError Refusal(ModelEntry model, string endpoint)
    {
        var works = Of(model);
        return new GatewayError(GatewayErrorKind.UnsupportedEndpoint,
            works.Count > 0
                ? $"'{model.Id}' is not served on {endpoint}; it works on {string.Join(", ", works)}."
                : $"'{model.Id}' is not served on {endpoint}, nor on any other route of this gateway; reach it through /v1/providers/{model.Provider}/….", "model")
        {
            Details = [new("endpoints", (IEnumerable<string>)works)],
        };
    }
}
