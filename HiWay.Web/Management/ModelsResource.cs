using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;

namespace HiWay.Web.Management;

/// <summary>The catalogue as the workspace sees it: which models it uses, at which prices, under which names.</summary>
internal static class ModelsResource
{
    /// <summary>A field left out stays; null takes the workspace's own word back.</summary>
    internal sealed record PatchBody
    {
        public bool? Enabled { get; init; }

        public Optional<string?> Tier { get; init; }

        public Optional<PriceBody?> Prices { get; init; }

        public Optional<string?> Alias { get; init; }
    }

    public static void MapModels(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/models", ListAsync);
        workspace.MapGet("/models/{**id}", GetAsync);   // ids contain slashes
        workspace.MapPatch("/models/{**id}", PatchAsync);
    }

    private static async Task<IResult> ListAsync(ManagementCall call, IModels models, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return (await models.ListAsync(call.Actor, cancellationToken)).List(model => Shape(model, now));
    }

    private static async Task<IResult> GetAsync(ManagementCall call, string id, IModels models, TimeProvider clock, CancellationToken cancellationToken)
    {
        id = RouteText.WithSlashes(id);
        var all = await models.ListAsync(call.Actor, cancellationToken);
        if (all.Refusal is { } refusal)
        {
            return refusal.Refused();
        }

        Outcome<ModelView> found = all.Value.FirstOrDefault(model => model.Entry.Id == id) is { } model
            ? model
            : new Refusal(RefusalKind.NotFound, $"There is no model '{id}' in the catalogue or at this workspace's own providers.");
        return found.Ok(view => Shape(view, clock.GetUtcNow()));
    }

    private static async Task<IResult> PatchAsync(ManagementCall call, string id, JsonBody<PatchBody> body, IModels models, TimeProvider clock, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var patch = new ModelPatch
        {
            Enabled = asked.Enabled,
            Tier = asked.Tier.IsSet ? asked.Tier.Value ?? "" : null,
            Alias = asked.Alias.IsSet ? asked.Alias.Value ?? "" : null,
            Prices = asked.Prices.Value?.ToPrice(),
            ClearPrices = asked.Prices is { IsSet: true, Value: null },
        };
        return (await models.PatchAsync(call.Actor, RouteText.WithSlashes(id), patch, cancellationToken)).Ok(view => Shape(view, clock.GetUtcNow()));
    }

    private static object Shape(ModelView view, DateTimeOffset now)
    {
        var model = view.Entry;
        return new
        {
            model.Id,
            model.Name,
            model.Provider,
            model.Mode,
            Tier = model.Tier.Text(),
            model.Quality,
            model.ContextWindow,
            model.MaxOutputTokens,
            Capabilities = CapabilityNames.Of(model.Capabilities),
            model.Endpoints,
            Prices = PriceBody.From(PriceRules.PriceAt(model.Prices, now, 0)),
            PriceList = model.Prices.Select(DatedPriceBody.Of),
            model.Zone,
            Status = model.IsRetired(DateOnly.FromDateTime(now.UtcDateTime)) ? ModelStatus.Unavailable : model.Status,
            model.ReleaseDate,
            model.DeprecationDate,
            view.Enabled,
            view.Callable,
            view.Alias,
            NegotiatedPrices = PriceBody.From(view.NegotiatedPrices),
        };
    }
}
