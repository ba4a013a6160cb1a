using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Routing;
using HiWay.Web.Gateway.DryRuns;

namespace HiWay.Web.Management;

/// <summary><c>routing</c>: how calls for <c>auto</c> and tiers find their model, and the workspace's own names for models.</summary>
internal static class RoutingResource
{
    internal sealed record ThresholdsBody(double? LightBelow = null, double? HeavyFrom = null);

    /// <summary>A field left out stays as it is; <c>weights</c> and <c>aliases</c> are replaced as a whole.</summary>
    internal record SettingsBody
    {
        public string? Profile { get; init; }

        public string? Zone { get; init; }

        public IReadOnlyDictionary<string, double>? Weights { get; init; }

        public ThresholdsBody? Thresholds { get; init; }

        public double? Margin { get; init; }

        public bool? UltraLight { get; init; }

        /// <summary>Per name a model, a tier or an alias, or a list of them in the order in which they are tried.</summary>
        public IReadOnlyDictionary<string, JsonElement>? Aliases { get; init; }

        internal Outcome<RoutingPatch> ToPatch()
        {
            var aliases = Aliases is null ? null : new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
            foreach (var (name, value) in Aliases ?? new Dictionary<string, JsonElement>())
            {
                if (Names(value) is not { } names)
                {
                    return new Refusal(RefusalKind.Invalid, $"'aliases.{name}' must be a model's name, or a list of names in the order in which they are tried.", $"aliases.{name}");
                }

                aliases![name] = names;
            }

            return new RoutingPatch
            {
                Profile = Profile, Zone = Zone, Weights = Weights, LightBelow = Thresholds?.LightBelow, HeavyFrom = Thresholds?.HeavyFrom, Margin = Margin,
                UltraLight = UltraLight, Aliases = aliases,
            };
        }

        private static List<string>? Names(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array when value.EnumerateArray().All(name => name.ValueKind is JsonValueKind.String) => [.. value.EnumerateArray().Select(name => name.GetString()!)],
            _ => null,
        };
    }

    public static void MapRouting(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/routing", GetAsync);
        workspace.MapPut("/routing", PutAsync);
        workspace.MapPost("/routing/preview", PreviewAsync);
    }

    private static async Task<IResult> GetAsync(ManagementCall call, IRouting routing, CancellationToken cancellationToken) =>
        (await routing.GetAsync(call.Actor, cancellationToken)).Ok(Shape);

    private static async Task<IResult> PutAsync(ManagementCall call, JsonBody<SettingsBody> body, IRouting routing, CancellationToken cancellationToken)
    {
        var patch = body.Value.ToPatch();
        return patch.Refusal is { } refusal ? refusal.Refused() : (await routing.UpdateAsync(call.Actor, patch.Value, cancellationToken)).Ok(Shape);
    }

    private static async Task<IResult> PreviewAsync(ManagementCall call, PreviewBody body, IRoutePreview previews, CancellationToken cancellationToken)
    {
        var preview = await previews.RunAsync(call.Actor, body.Chat, body.Tried, body.KeyId, cancellationToken);
        return preview.Ok(shown => new
        {
            shown.Score,
            shown.Tier,
            shown.Analyzers,
            shown.Base,
            shown.Profile,
            Candidates = shown.Candidates.Select(candidate => new { candidate.Model, candidate.Tier, Price = PriceBody.From(candidate.Price), candidate.Quality, candidate.ExcludedBecause }),
            shown.Model,
            shown.Chain,
            shown.Reason,
            shown.DecisionUs,
        });
    }

    /// <summary>An alias of one model is shown as it is mostly written: as its name.</summary>
    private static object Shape(RoutingView view) => new
    {
        view.Profile,
        view.Zone,
        view.Weights,
        view.Thresholds,
        view.Margin,
        view.UltraLight,
        Aliases = view.Aliases.ToDictionary(alias => alias.Key, object (alias) => alias.Value is [var only] ? only : alias.Value),
    };
}
