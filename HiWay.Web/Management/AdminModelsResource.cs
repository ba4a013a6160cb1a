using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;

namespace HiWay.Web.Management;

/// <summary>The installation's catalogue, for its operator: changed fields stay over updates of the data file.</summary>
internal static class AdminModelsResource
{
    /// <summary>A field left out stays; null goes back to what the data file says.</summary>
    internal sealed record PatchBody
    {
        public Optional<string?> Name { get; init; }

        public Optional<string?> Tier { get; init; }

        public Optional<double?> Quality { get; init; }

        /// <summary>One price from now on and since ever; for dates and bounds see <see cref="PriceList"/>.</summary>
        public Optional<PriceBody?> Prices { get; init; }

        public Optional<IReadOnlyList<DatedPriceBody>?> PriceList { get; init; }

        public Optional<int?> ContextWindow { get; init; }

        public Optional<int?> MaxOutputTokens { get; init; }

        public Optional<Zone?> Zone { get; init; }

        public Optional<ModelStatus?> Status { get; init; }

        public Optional<DateOnly?> DeprecationDate { get; init; }

        public Optional<bool?> Listed { get; init; }
    }

    internal sealed record PutBody
    {
        public string? Name { get; init; }

        /// <summary>The id to send upstream; what follows the provider's slash when left out.</summary>
        public string? UpstreamModel { get; init; }

        public ModelMode Mode { get; init; } = ModelMode.Chat;

        public string? Tier { get; init; }

        public double? Quality { get; init; }

        public PriceBody? Prices { get; init; }

        public IReadOnlyList<DatedPriceBody>? PriceList { get; init; }

        public int? ContextWindow { get; init; }

        public int? MaxOutputTokens { get; init; }

        /// <summary>Names as <c>/v1/models</c> spells them: <c>["vision", "function_call"]</c>.</summary>
        public IReadOnlyList<string>? Capabilities { get; init; }

        public Zone Zone { get; init; } = Zone.Global;

        public DateOnly? ReleaseDate { get; init; }

        public DateOnly? DeprecationDate { get; init; }

        public IReadOnlyList<string>? Aliases { get; init; }
    }

    public static void MapAdminModels(this IEndpointRouteBuilder root)
    {
        var admin = root.MapGroup("/admin").For(Caller.Operator);
        admin.MapGet("/models", ListAsync);
        admin.MapPatch("/models/{**id}", PatchAsync);   // ids contain slashes
        admin.MapPut("/models/{**id}", PutAsync);
    }

    private static async Task<IResult> ListAsync(OperatorModels models, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return (await models.ListAsync(cancellationToken)).List(view => Shape(view, now));
    }

    private static async Task<IResult> PatchAsync(
        ManagementCall call, string id, JsonBody<PatchBody> body, OperatorModels models, TimeProvider clock, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        if (ModelRules.CheckTier(asked.Tier.Value) is { } refusal)
        {
            return refusal.Refused();
        }

        var changed = await models.OverrideAsync(call.Actor, RouteText.WithSlashes(id), now => now with
        {
            Name = asked.Name.Or(now.Name),
            Tier = asked.Tier.IsSet ? TierNames.Parse(asked.Tier.Value) : now.Tier,
            Quality = asked.Quality.Or(now.Quality),
            Prices = asked.PriceList.IsSet ? asked.PriceList.Value?.Select(price => price.ToPrice()).ToList()
                : asked.Prices.IsSet ? (asked.Prices.Value is { } price ? [new DatedPrice(null, 0, price.ToPrice())] : null)
                : now.Prices,
            ContextWindow = asked.ContextWindow.Or(now.ContextWindow),
            MaxOutputTokens = asked.MaxOutputTokens.Or(now.MaxOutputTokens),
            Zone = asked.Zone.Or(now.Zone),
            Status = asked.Status.Or(now.Status),
            DeprecationDate = asked.DeprecationDate.Or(now.DeprecationDate),
            Listed = asked.Listed.Or(now.Listed),
        }, cancellationToken);
        return changed.Ok(view => Shape(view, clock.GetUtcNow()));
    }

    private static async Task<IResult> PutAsync(
        ManagementCall call, string id, JsonBody<PutBody> body, OperatorModels models, TimeProvider clock, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var wanted = new AddedModel
        {
            Id = RouteText.WithSlashes(id),
            Name = asked.Name,
            UpstreamModel = asked.UpstreamModel,
            Mode = asked.Mode,
            Tier = asked.Tier,
            Quality = asked.Quality,
            Prices = asked.PriceList?.Select(price => price.ToPrice()).ToList() ?? (asked.Prices is { } only ? [new DatedPrice(null, 0, only.ToPrice())] : []),
            ContextWindow = asked.ContextWindow,
            MaxOutputTokens = asked.MaxOutputTokens,
            Capabilities = asked.Capabilities,
            Zone = asked.Zone,
            ReleaseDate = asked.ReleaseDate,
            DeprecationDate = asked.DeprecationDate,
            Aliases = asked.Aliases ?? [],
        };
        return (await models.PutAsync(call.Actor, wanted, cancellationToken)).Ok(view => Shape(view, clock.GetUtcNow()));
    }

    private static object Shape(OperatorModelView view, DateTimeOffset now)
    {
        var model = view.Entry;
        return new
        {
            model.Id,
            model.Name,
            model.Provider,
            model.UpstreamModel,
            model.Mode,
            Tier = model.Tier.Text(),
            model.Quality,
            model.ContextWindow,
            model.MaxOutputTokens,
            Capabilities = CapabilityNames.Of(model.Capabilities),
            Prices = PriceBody.From(PriceRules.PriceAt(model.Prices, now, 0)),
            PriceList = model.Prices.Select(DatedPriceBody.Of),
            model.Zone,
            model.Status,
            model.ReleaseDate,
            model.DeprecationDate,
            model.Aliases,
            model.Listed,
            view.Own,
            Overridden = view.Overrides?.SetFields() ?? [],
            Shipped = view.Overrides is null ? null : Shipped(view.Shipped, now),
            view.UpdatedAt,
        };
    }

    /// <summary>What the fields that can be overridden would be without the operator.</summary>
    private static object Shipped(ModelEntry model, DateTimeOffset now) => new
    {
        model.Name,
        Tier = model.Tier.Text(),
        model.Quality,
        Prices = PriceBody.From(PriceRules.PriceAt(model.Prices, now, 0)),
        PriceList = model.Prices.Select(DatedPriceBody.Of),
        model.ContextWindow,
        model.MaxOutputTokens,
        model.Zone,
        model.Status,
        model.DeprecationDate,
        model.Listed,
    };
}
