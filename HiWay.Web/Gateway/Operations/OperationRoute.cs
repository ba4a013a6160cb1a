using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Fallback;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Models;
using HiWay.Web.Gateway.Stages;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Web.Gateway.Operations;

/// <summary>
/// Which deployments an operation is tried at. Nothing is scored: vectors of two models cannot be compared and pictures are a matter of
/// taste, so the caller names the model; where several providers serve it under that short id, the cheapest comes first.
/// </summary>
internal static class OperationRoute
{
    public static (RouteChoice? Route, GatewayError? Error) Choose(GatewayCall call, Operation operation, IReadOnlyList<ModelEntry> catalogue)
    {
        if (call.Key.IsTest)
        {
            return (new RouteChoice([TestProvider.DeploymentFor(call.Body.Model)], "test", null, "A hw_test_ key is answered by HiWay itself."), null);
        }

        var workspace = call.Workspace;
        var asked = ChooseChain.NameOf(call);
        var model = workspace.Resolve(asked, catalogue);
        switch (model.Kind)
        {
            case ModelNameKind.Pinned:
                return Pin(call, operation, model.Deployment!);
            case ModelNameKind.Alias:
                return Among(call, operation, model.Alias!);
            case ModelNameKind.Auto:
            case ModelNameKind.Tier:
                return OfTier(call, operation, model.Tier);
            case ModelNameKind.Ambiguous when operation.FallsBack:
                return Anywhere(call, operation, workspace.ByShortName[asked]);
            case ModelNameKind.Ambiguous:
                return (null, new GatewayError(GatewayErrorKind.InvalidRequest, model.Message!, "model"));
            case ModelNameKind.ProviderMissing:
                return (null, new GatewayError(GatewayErrorKind.ProviderNotConfigured, model.Message!, "model")
                {
                    Details = [new("tier", null), new("missing_providers", (IEnumerable<string>)[model.Provider!])],
                });
            default:
                return (null, new GatewayError(GatewayErrorKind.ModelNotFound, model.Message!, "model"));
        }
    }

    /// <summary>Why this key cannot use this model for this operation; null when it can.</summary>
    private static GatewayError? Judge(GatewayCall call, Operation operation, Deployment deployment)
    {
        var model = deployment.Model;
        return ModelAccess.Refusal(call, model)
            ?? (model.Serves(operation.Endpoint) ? operation.Refuse(call, deployment) : ServedEndpoints.Refusal(model, operation.Endpoint));
    }

    private static (RouteChoice?, GatewayError?) Pin(GatewayCall call, Operation operation, Deployment deployment)
    {
        if (Judge(call, operation, deployment) is { } refusal)
        {
            return (null, refusal);
        }

        var bypass = ModelAccess.Bypasses(call);
        return (new RouteChoice([deployment], bypass ? "bypass" : "override", null,
            bypass ? "The key bypasses the router." : "The caller named the model.", bypass, deployment.Model.Tier), null);
    }

    private static (RouteChoice?, GatewayError?) Anywhere(GatewayCall call, Operation operation, IReadOnlyList<Deployment> meant)
    {
        GatewayError? why = null;
        List<Deployment> able = [];
        foreach (var deployment in meant)
        {
            if (Judge(call, operation, deployment) is { } refusal)
            {
                why ??= refusal;
            }
            else
            {
                able.Add(deployment);
            }
        }

        if (able.Count == 0)
        {
            return (null, why);
        }

        var chain = Cheapest(call, operation, able).Take(call.Key.Fallback ? FailureRules.MaxAttempts : 1).ToList();
        return (new RouteChoice(chain, "override", null, $"The caller named the model; {able.Count} providers serve it, the cheapest comes first.", Tier: chain[0].Model.Tier)
        {
            MayFallBack = call.Key.Fallback,
        }, null);
    }

    /// <summary>
    /// The first of an alias's models that serves the operation. What an operation makes of one model does not stand in for what it makes of
    /// another, so only further providers of the same model are tried after it.
    /// </summary>
    private static (RouteChoice?, GatewayError?) Among(GatewayCall call, Operation operation, ModelAlias<Deployment> alias)
    {
        GatewayError? why = null;
        List<Deployment> chain = [];
        var most = operation.FallsBack && call.Key.Fallback ? FailureRules.MaxAttempts : 1;
        foreach (var target in alias.Targets)
        {
            if (target.Deployment is not { } named || chain.Count == most || (chain.Count > 0 && !IsSame(chain[0].Model, named.Model)))
            {
                continue;
            }

            if (Judge(call, operation, named) is { } refusal)
            {
                why ??= refusal;
            }
            else
            {
                chain.Add(named);
            }
        }

        return chain.Count == 0
            ? (null, why ?? new GatewayError(GatewayErrorKind.InvalidRequest, $"The alias '{alias.Name}' stands for no model that this workspace can call on {operation.Endpoint}.", "model"))
            : (new RouteChoice(chain, "override", null, $"The alias '{alias.Name}' names the model.", Tier: chain[0].Model.Tier) { MayFallBack = operation.FallsBack && call.Key.Fallback }, null);
    }

    private static bool IsSame(ModelEntry a, ModelEntry b) => KeyModels.ShortId(a) == KeyModels.ShortId(b) || (a.Canonical ?? a.Id) == (b.Canonical ?? b.Id);

    private static (RouteChoice?, GatewayError?) OfTier(GatewayCall call, Operation operation, Tier? asked)
    {
        if (operation.Tier is not { } tier || (asked is not null && asked != tier))
        {
            return (null, new GatewayError(GatewayErrorKind.InvalidRequest,
                $"{operation.Endpoint} needs a model by name: {Examples(call.Workspace, operation)}.", "model"));
        }

        var today = DateOnly.FromDateTime(call.ArrivedAt.UtcDateTime);
        var able = call.Workspace.ByModelId.Values.Distinct()
            .Where(deployment => deployment.Model.Mode is ModelMode.Image && !deployment.Model.IsRetired(today) && HasPrice(deployment.Model)
                && deployment.Model.Status is not ModelStatus.Unavailable && Judge(call, operation, deployment) is null)
            .ToList();
        if (able.Count == 0)
        {
            return (null, new GatewayError(GatewayErrorKind.ProviderNotConfigured,
                $"No enabled provider has a model for {operation.Endpoint} that this key may use. Add a key of one under Settings > Providers.", "model")
            {
                Details = [new("tier", tier.Text()), new("missing_providers", (IEnumerable<string>)[])],
            });
        }

        // Whoever leaves the model open takes another one for the one that is away, of another provider where there is one.
        var (now, fallsBack) = (call.ArrivedAt.UtcTicks, call.Key.Fallback && operation.MayRepeat);
        var cheapest = Cheapest(call, operation, able);
        var order = cheapest.OrderBy(deployment => deployment.IsUsable(now) ? 0 : 1).ToList();
        var chain = order.DistinctBy(deployment => deployment.Provider.Slug).Union(order).Take(fallsBack ? FailureRules.MaxAttempts : 1).ToList();
        var reason = $"The cheapest of the workspace's models for {operation.Endpoint}{(chain[0] == cheapest[0] ? "" : ", but for those that fail now")}.";
        return (new RouteChoice(chain, tier.Text(), null, reason, Tier: tier) { MayFallBack = fallsBack }, null);
    }

    private static List<Deployment> Cheapest(GatewayCall call, Operation operation, List<Deployment> able) =>
        [.. able.OrderBy(deployment => operation.WorstCaseUsd(call, deployment)).ThenBy(deployment => deployment.Model.Id, StringComparer.Ordinal)];

    private static bool HasPrice(ModelEntry model) => model.Units?.Image is not null || model.Prices.Any(dated => (dated.Price.ImageOutput ?? dated.Price.Output) is not null);

    private static string Examples(WorkspaceSnapshot workspace, Operation operation)
    {
        var ids = workspace.ByModelId.Values.Where(deployment => deployment.Model.Serves(operation.Endpoint))
            .Select(deployment => deployment.Model.Id).Distinct().Order(StringComparer.Ordinal).Take(3).ToList();
        return ids.Count > 0 ? string.Join(", ", ids) : "no enabled provider has one yet; add one under Settings > Providers";
    }
}
