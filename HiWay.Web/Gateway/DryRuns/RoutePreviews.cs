using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics;
using HiWay.Domain.Accounts;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Keys;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Routing;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Models;
using HiWay.Web.Gateway.Stages;

namespace HiWay.Web.Gateway.DryRuns;

/// <inheritdoc cref="IRoutePreview"/>
internal sealed class RoutePreviews(DryRun dryRun, ISnapshots snapshots, IRouting routing, IKeys keys, TimeProvider clock) : IRoutePreview
{
    public async Task<Outcome<RoutePreview>> RunAsync(Actor actor, ReadOnlyMemory<byte> chatBody, RoutingPatch? tried, string? keyId, CancellationToken cancellationToken)
    {
        var workspace = await routing.TryAsync(actor, tried ?? new RoutingPatch(), cancellationToken);
        if (workspace.Refusal is { } wrongSettings)
        {
            return wrongSettings.Param is { } field ? wrongSettings with { Param = $"settings.{field}" } : wrongSettings;
        }

        var key = await KeyAsync(actor, keyId, cancellationToken);
        if (key.Refusal is { } wrongKey)
        {
            return wrongKey;
        }

        var now = clock.GetUtcNow();
        using var call = new GatewayCall(new DefaultHttpContext(), Ulid.New("req", now), now, Stopwatch.GetTimestamp())
        {
            Origin = CallOrigin.Playground, Workspace = workspace.Value, Key = key.Value, Authenticated = true,
        };
        if (Read(call, chatBody) is { } wrongBody)
        {
            return Wrong(wrongBody);
        }

        var refusal = await dryRun.DecideAsync(call);
        return refusal is { Kind: not (GatewayErrorKind.ProviderNotConfigured or GatewayErrorKind.ContextLengthExceeded or GatewayErrorKind.BudgetExceeded or GatewayErrorKind.ModelNotAllowed) }
            ? Wrong(refusal)
            : Show(call, refusal);
    }

    private static GatewayError? Read(GatewayCall call, ReadOnlyMemory<byte> chatBody)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, chatBody.Length));
        chatBody.CopyTo(rented);
        var (body, error) = call.Client.Scan(rented, chatBody.Length);
        if (body is null)
        {
            ArrayPool<byte>.Shared.Return(rented);
            return error;
        }

        call.Body = body;
        return null;
    }

    private async Task<Outcome<WorkspaceKey>> KeyAsync(Actor actor, string? keyId, CancellationToken cancellationToken)
    {
        if (keyId is null)
        {
            return new WorkspaceKey { Id = "preview", Name = "Preview", Prefix = "", CanInfer = true };
        }

        var found = await keys.GetAsync(actor, keyId, cancellationToken);
        return found.Refusal is { } refusal
            ? refusal with { Param = "key_id" }
            : new WorkspaceKey
            {
                Id = found.Value.Id, Name = found.Value.Name, Prefix = found.Value.Prefix, CanInfer = true, IsTest = found.Value.Test,
                AllowedModels = found.Value.AllowedModels?.ToFrozenSet(StringComparer.Ordinal), RouterBypass = found.Value.RouterBypass, Fallback = found.Value.Fallback,
                Profile = ProfileNames.ParseProfile(found.Value.RoutingProfile),
            };
    }

    private RoutePreview Show(GatewayCall call, GatewayError? refusal)
    {
        var asked = ChooseChain.NameOf(call);
        var meant = call.Workspace.Resolve(asked, snapshots.Catalogue);
        var wish = meant.Kind is ModelNameKind.Auto or ModelNameKind.Tier ? ChooseChain.WishOf(call, meant.Tier, out _) : (TierWish?)null;
        var route = refusal is null ? call.Route : null;
        var score = wish?.Decision?.Score;
        return new(
            score?.Score ?? route?.Score, route?.RoutedTier ?? wish?.Allowed.Text() ?? "override", score?.Base ?? 0, score?.Analyzers ?? route?.Analyzers ?? [],
            ChooseChain.ProfileOf(call).Text(), wish is { } tiers ? OfTiers(call, tiers, route) : OfNames(call, meant),
            route?.Chain[0].Model.Id, [.. route?.Chain.Select(deployment => deployment.Model.Id) ?? []], route?.Reason ?? refusal!.Message,
            call.Trace[^1].Micros);
    }

    /// <summary>The models of the tier that the call is for, and of those above it up to the one that it went to.</summary>
    private List<PreviewCandidate> OfTiers(GatewayCall call, TierWish wish, RouteChoice? route)
    {
        var now = clock.GetUtcNow().UtcTicks;
        var last = route?.Tier ?? (wish.Allowed <= Tier.Heavy ? Tier.Heavy : wish.Allowed);
        List<PreviewCandidate> all = [];
        for (var tier = wish.Allowed; tier <= last; tier++)
        {
            all.AddRange(call.Workspace.Candidates.Explain(tier, wish.Profile, wish.Needs, call.ArrivedAt, deployment => deployment.IsUsable(now))
                .Select(view => new PreviewCandidate(view.Model, tier.Text(), view.Price, view.Quality, view.ExcludedBecause)));
            all.AddRange(call.Workspace.SwitchedOff.Where(model => model.Tier == tier && model.Mode is ModelMode.Chat)
                .Select(model => Candidate(call, model, "it is switched off in this workspace")));
        }

        return all;
    }

    private static List<PreviewCandidate> OfNames(GatewayCall call, in ResolvedModel<Deployment> meant)
    {
        List<Deployment> named = meant.Deployment is { } pinned ? [pinned] : [.. meant.Alias?.Targets.Select(target => target.Deployment).OfType<Deployment>() ?? []];
        var needs = ChooseChain.NeedsOf(call, call.Body.Facts());
        var isList = meant.Alias is not null;
        return [.. named.Select(deployment => Candidate(
            call, deployment.Model,
            ModelAccess.Refusal(call, deployment.Model)?.Message ?? (isList ? Exclusions.OfNamed(deployment.Model, needs, call.ArrivedAt).Text() : null)))];
    }

    private static PreviewCandidate Candidate(GatewayCall call, ModelEntry model, string? excludedBecause) => new(
        model.Id, model.Tier.Text(), PriceRules.PriceAt(model.Prices, call.ArrivedAt, call.PromptTokens), model.Quality, excludedBecause);

    private static Refusal Wrong(GatewayError error) => new(RefusalKind.Invalid, error.Message, error.Param);
}
