using System.Diagnostics;
using HiWay.Domain.Budgets;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Fallback;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Domain.Routing.Replay;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Models;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Which deployments are asked, in which order: the pin as it is; for `auto` the analyzers' tier; then the profile's choice among
/// the models that can take the request. The rules are in HiWay.Domain/Routing.
/// </summary>
internal sealed class ChooseChain(ISnapshots snapshots, WarmPrompts warmPrompts, TimeProvider clock) : Stage("choose_chain")
{
    private Catalogued? _reachable;

    protected override GatewayError? Decide(GatewayCall call, out string verdict)
    {
        verdict = "refused";
        if (call.Operation is { IsAboutAConversation: false } operation)
        {
            var (route, refusal) = operation.Choose(call, snapshots.Catalogue);
            if (route is not null)
            {
                call.Route = route;
                call.HasRoute = true;
                verdict = route.Chain[0].Model.Id;
            }

            return refusal;
        }

        if (call.Key.IsTest)
        {
            call.Route = new RouteChoice([TestProvider.DeploymentFor(call.Body.Model)], "test", null, "A hw_test_ key is answered by HiWay itself.");
            call.HasRoute = true;
            verdict = "test";
            return null;
        }

        var model = call.Workspace.Resolve(NameOf(call), snapshots.Catalogue);
        switch (model.Kind)
        {
            case ModelNameKind.Pinned:
                return Pin(call, model.Deployment!, out verdict);
            case ModelNameKind.Alias:
                return Among(call, model.Alias!, out verdict);
            case ModelNameKind.Auto:
            case ModelNameKind.Tier:
                return Choose(call, model.Tier, out verdict);
            case ModelNameKind.ProviderMissing:
                return new GatewayError(GatewayErrorKind.ProviderNotConfigured, model.Message!, "model")
                {
                    Details = [new("tier", null), new("missing_providers", (IEnumerable<string>)[model.Provider!])],
                };
            case ModelNameKind.Ambiguous:
                return new GatewayError(GatewayErrorKind.InvalidRequest, model.Message!, "model");
            case ModelNameKind.Disabled:
            case ModelNameKind.Unknown:
                return new GatewayError(GatewayErrorKind.ModelNotFound, model.Message!, "model");
            default:
                throw new UnreachableException($"Model names cannot resolve to {model.Kind}.");
        }
    }

    private GatewayError? Pin(GatewayCall call, Deployment deployment, out string verdict)
    {
        verdict = "refused";
        var model = deployment.Model;
        if (ModelAccess.Refusal(call, model) is { } refusal)
        {
            return refusal;
        }

        if (!model.Serves(TierPlacement.ChatEndpoint) && !deployment.ServesResponses)
        {
            return ServedEndpoints.Refusal(model, call.Endpoint);
        }

        var bypass = ModelAccess.Bypasses(call);
        call.Route = new RouteChoice([deployment], bypass ? "bypass" : "override", null,
            bypass ? "The key bypasses the router." : "The caller named the model.", bypass, model.Tier)
        {
            Warm = deployment.Keys is not null && WarmIn(call) is { } warm && warm.Model == model.Id ? Through(deployment, warm) : null,
        };
        call.HasRoute = true;
        verdict = model.Id;
        return null;
    }

    /// <summary>An alias of several: in its order, without those that cannot take the request or are failing now.</summary>
    private GatewayError? Among(GatewayCall call, ModelAlias<Deployment> alias, out string verdict)
    {
        verdict = "refused";
        var order = new AliasOrder(call, alias, snapshots.Catalogue);
        if (order.Find(clock.GetUtcNow().UtcTicks) is { } refusal)
        {
            return refusal;
        }

        var first = order.Chain[0];
        var named = alias.Targets.Any(target => target.Deployment == first);
        call.Route = new RouteChoice(order.Chain, named ? "override" : first.Model.Tier.Text(), order.Decision?.Score.Score, order.Reason, Tier: first.Model.Tier)
        {
            Warm = first.Keys is not null && WarmIn(call) is { } warm && warm.Model == first.Model.Id ? Through(first, warm) : null,
            Analyzers = order.Decision?.Score.Analyzers ?? [],
            Decision = order.Logged() is { } logged ? LoggedDecisionCodec.Write(logged) : null,
            MayFallBack = call.Key.Fallback,
            OnlyThese = true,
            Needs = order.Needs,
            Profile = order.Profile,
        };
        call.HasRoute = true;
        verdict = $"alias: {first.Model.Id}";
        return null;
    }

    private GatewayError? Choose(GatewayCall call, Tier? tier, out string verdict)
    {
        verdict = "refused";
        var workspace = call.Workspace;
        var (decision, asked, allowed, profile, needs) = WishOf(call, tier, out var features);
        var attempts = call.Key.Fallback ? FailureRules.MaxAttempts : 1;
        var now = clock.GetUtcNow().UtcTicks;
        var somebodyUnwell = false;
        var wished = needs;
        var chain = workspace.Candidates.Choose(allowed, profile, needs, call.ArrivedAt, attempts, Reachable(), IsWell);
        if (chain.IsEmpty && needs.DeadlineMs is not null)
        {
            // Nobody is known to be fast enough, but today one may be.
            needs = needs with { DeadlineMs = null };
            chain = workspace.Candidates.Choose(allowed, profile, needs, call.ArrivedAt, attempts, Reachable(), IsWell);
        }

        if (chain.IsEmpty)
        {
            // Nobody is well. Asking the best one all the same is better than a refusal that the caller cannot mend.
            chain = workspace.Candidates.Choose(allowed, profile, needs, call.ArrivedAt, attempts, Reachable());
        }

        if (chain.IsEmpty)
        {
            return TooDear(call, allowed, profile, needs) ?? Nobody(chain);
        }

        var reason = decision is null
            ? $"The caller asked for {tier!.Value.Text()}; {chain.Reason}."
            : $"{decision.Reason} {char.ToUpperInvariant(chain.Reason[0])}{chain.Reason[1..]}.";
        if (allowed != asked)
        {
            var why = call.TierVerdict != call.BudgetVerdict ? "The prompt is too long for Guardian" : $"The budget says {call.BudgetVerdict.Text()}";
            reason += $" {why}, so {asked.Text()} became {allowed.Text()}.";
        }

        IReadOnlyList<Deployment> order = chain.Attempts;
        Deployment? stays = null;
        var kept = WarmIn(call);
        if (kept is not null && Stay(call, kept, chain, profile, needs) is { } there)
        {
            stays = Through(there, kept);
            if (there != chain.Attempts[0])
            {
                order = [there, .. chain.Attempts.Where(deployment => deployment != there).Take(attempts - 1)];
                reason += $" The conversation's prompt is cached at {there.Model.Id}, and moving it to {chain.Attempts[0].Model.Id} would cost more.";
            }
        }

        call.Route = new RouteChoice(order, (stays is null ? chain.Tier : order[0].Model.Tier).Text(), decision?.Score.Score, reason, Tier: chain.Tier)
        {
            Warm = stays,
            CachedTokens = stays is null ? 0 : kept!.CachedTokens,
            Analyzers = decision?.Score.Analyzers ?? [],
            Decision = decision is null ? null : LoggedDecisionCodec.Write(new()
            {
                Features = features,
                Needs = wished,
                Budget = call.TierVerdict,
                Profile = profile,
                ProfileIsTheCallers = call.Body.Extras.Profile is not null || call.Key.Profile is not null,
                CachedTokens = stays is null ? null : kept!.CachedTokens,
                SomebodyWasUnwell = somebodyUnwell || call.Deadline is not null,
                WeightThousandths = LoggedDecision.ThousandthsOf(workspace.Routing),
            }),
            MayFallBack = call.Key.Fallback,
            Needs = needs,
            Profile = profile,
        };
        call.HasRoute = true;
        verdict = $"{call.Route.RoutedTier}: {order[0].Model.Id}";
        return null;

        bool IsWell(Deployment deployment)
        {
            var usable = deployment.IsUsable(now);
            somebodyUnwell |= !usable;
            return usable;
        }
    }

    /// <summary>What the analyzers make of the call; null where the caller named the tier.</summary>
    private static RouteDecision? Score(in PromptFacts facts, Tier? tier, RoutingSettings settings, out RouteFeatures features)
    {
        features = default;
        if (tier is not null)
        {
            return null;
        }

        Router.Read(facts, out features);
        return Router.Decide(features, settings);
    }

    /// <summary>The name that is resolved: a wished tier stands in for the model, unless the key bypasses the router.</summary>
    internal static string NameOf(GatewayCall call) => ModelAccess.Bypasses(call) ? call.Body.Model : call.Body.Extras.Tier ?? call.Body.Model;

    /// <param name="tier">The caller's own; null lets the analyzers say.</param>
    internal static TierWish WishOf(GatewayCall call, Tier? tier, out RouteFeatures features)
    {
        var facts = call.Body.Facts();
        var decision = Score(facts, tier, call.Workspace.Routing, out features);
        var asked = tier ?? decision!.Tier;
        return new(decision, asked, BudgetRules.TierUnder(call.TierVerdict, asked), ProfileOf(call), NeedsOf(call, facts) with { Task = features.Task });
    }

    /// <summary>The call's own wish comes first, then what its key says, then the workspace.</summary>
    internal static RoutingProfile ProfileOf(GatewayCall call) =>
        ProfileNames.ParseProfile(call.Body.Extras.Profile) ?? call.Key.Profile ?? call.Workspace.Profile;

    internal static RouteNeeds NeedsOf(GatewayCall call, in PromptFacts facts) => RouteNeeds.Of(facts, call.Body.Model, call.Key.AllowedModels) with
    {
        Choices = call.Body.Choices,
        Lane = call.Body.Lane,
        MaxCostUsd = call.Body.Extras.MaxCostUsd,
        DeadlineMs = call.Deadline is { } deadline ? deadline.TotalMilliseconds - call.ElapsedMs : null,
        Streams = call.Body.Stream,
    };

    private WarmPrompt? WarmIn(GatewayCall call)
    {
        call.Conversation = call.Operation is null ? ConversationKey.Of(call.Workspace.Id, call.Body) : null;
        return call.Conversation is { } key ? warmPrompts.Find(key, call.ArrivedAt) : null;
    }

    /// <summary>The model at which the conversation stays, because its prompt is cached there and that counts as money; null when it may move.</summary>
    private static Deployment? Stay(GatewayCall call, WarmPrompt warm, CandidateChain<Deployment> chain, RoutingProfile profile, in RouteNeeds needs)
    {
        var chosen = chain.Attempts[0];
        if (chosen.Model.Id == warm.Model)
        {
            return chosen;
        }

        return call.Workspace.ByModelId.TryGetValue(warm.Model, out var there) && there.Model.Id == warm.Model
            && Through(there, warm) is { } known && known.IsUsableItself(call.ArrivedAt.UtcTicks)
            && WarmRules.Stays(call.Workspace.Candidates, there, there.Model, chosen.Model, chain.Tier, profile, needs, call.ArrivedAt, warm.CachedTokens)
                ? there
                : null;
    }

    /// <summary>The model through the credential whose account holds the cache; null when that one is gone.</summary>
    private static Deployment? Through(Deployment deployment, WarmPrompt warm) =>
        deployment.CredentialId == warm.CredentialId ? deployment : deployment.Keys?.Of(warm.CredentialId);

    /// <summary>The catalogue without providers that nobody can add a key for yet; read only to say what is missing.</summary>
    private IReadOnlyList<ModelEntry> Reachable()
    {
        var all = snapshots.Catalogue;
        if (_reachable is not { } known || known.Of != all)
        {
            _reachable = known = new Catalogued(all, [.. all.Where(model => ProviderCatalogue.Find(model.Provider) is not null)]);
        }

        return known.Models;
    }

    /// <summary>The refusal when `max_cost_usd` alone stands in the way; null when something else does too.</summary>
    private static GatewayError? TooDear(GatewayCall call, Tier tier, RoutingProfile profile, in RouteNeeds needs)
    {
        if (needs.MaxCostUsd is not { } limit)
        {
            return null;
        }

        var chain = call.Workspace.Candidates.Choose(tier, profile, needs with { MaxCostUsd = null }, call.ArrivedAt, FailureRules.MaxAttempts, []);
        return chain.IsEmpty ? null : BudgetErrors.TooDear(chain.Attempts.Min(deployment => WorstCase.Of(call, deployment)), limit);
    }

    private static GatewayError Nobody(CandidateChain<Deployment> chain) =>
        chain.PromptTooLong
            ? new GatewayError(GatewayErrorKind.ContextLengthExceeded, chain.Reason, "messages")
            : chain.KeyRefuses
            ? new GatewayError(GatewayErrorKind.ModelNotAllowed,
                $"This key may use none of the models from tier '{chain.AskedTier.Text()}' up. Add some to the key's allowed models under Keys, or ask for one that it has; GET /v1/models lists them.", "model")
            : new GatewayError(GatewayErrorKind.ProviderNotConfigured, chain.Reason, "model")
            {
                Details = [new("tier", chain.AskedTier.Text()), new("missing_providers", chain.MissingProviders)],
            };

    private sealed record Catalogued(IReadOnlyList<ModelEntry> Of, IReadOnlyList<ModelEntry> Models);
}

/// <summary>What a call for `auto` or a tier is to get.</summary>
/// <param name="Decision">Null when the caller named the tier.</param>
/// <param name="Allowed">The tier that the budget leaves of the asked-for one.</param>
internal readonly record struct TierWish(RouteDecision? Decision, Tier Asked, Tier Allowed, RoutingProfile Profile, RouteNeeds Needs);
