using HiWay.Domain.Fallback;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Health;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>Who is asked first and who next: the chain, the credentials of each provider and their health. The rules are in HiWay.Domain/Fallback.</summary>
internal static class ChainWalk
{
    /// <summary>The first deployment. Somebody is always asked: when nobody is well, the best one of the chain.</summary>
    public static Deployment First(GatewayCall call, HealthMonitor health)
    {
        var chain = call.Route.Chain;
        if (call.Key.IsTest)
        {
            return chain[0];
        }

        if (call.Route.Warm is { } warm)
        {
            // The conversation's prompt is cached there; ChooseChain has found that staying pays.
            if (health.TryEnter(warm))
            {
                return warm;
            }
        }

        for (var i = 0; i < chain.Count; i++)
        {
            if (KeyFor(call, chain[i], health) is { } able && health.TryEnter(able))
            {
                return able;
            }
        }

        return chain[0];
    }

    /// <summary>The deployment after a failed attempt; null when the chain is over.</summary>
    /// <param name="pause">How long to wait before it is asked.</param>
    public static Deployment? Next(GatewayCall call, HealthMonitor health, out TimeSpan pause)
    {
        pause = TimeSpan.Zero;
        var last = call.LastAttempt!;
        var failure = last.Failure!.Value;
        var step = FailureRules.After(failure);
        if (step == NextStep.Stop || !call.Route.MayFallBack || call.Attempts.Count >= FailureRules.MaxAttempts)
        {
            return null;
        }

        if (step == NextStep.LargerContext)
        {
            return call.Operation is null ? Larger(call, last.Deployment, health) : null;   // vectors of another model are no answer
        }

        if (step == NextStep.OtherKey && last.Deployment.Keys is not null && KeyFor(call, last.Deployment, health) is { } other && health.TryEnter(other))
        {
            return other;
        }

        var next = Candidate(call);
        var wait = last.UpstreamError?.RetryAfter;
        if (RepeatRules.AskAgain(failure, wait, Repeated(call, last.Deployment), ExpectedUsd(call, call.Route.Needs, last.Deployment, call.Route.WarmTokens(last.Deployment)),
            next is null ? null : ExpectedUsd(call, call.Route.Needs, next), FailureRules.MaxAttempts - call.Attempts.Count, Untried(call, health.Now)))
        {
            pause = RepeatRules.Pause(wait, Random.Shared.NextDouble());
            return last.Deployment;
        }

        foreach (var candidate in call.Route.Chain)
        {
            if (!TriedModel(call, candidate) && KeyFor(call, candidate, health) is { } able && health.TryEnter(able))
            {
                return able;
            }
        }

        return null;
    }

    /// <summary>Whether somebody would be asked if the attempt that runs now came to nothing.</summary>
    public static bool HasNext(GatewayCall call) =>
        call.Route.MayFallBack && call.Attempts.Count < FailureRules.MaxAttempts && Candidate(call) is not null;

    /// <summary>What the call is expected to cost at a deployment, in US dollars; what has no price costs nothing here.</summary>
    public static decimal ExpectedUsd(GatewayCall call, in RouteNeeds needs, Deployment deployment, long cachedTokens = 0) =>
        WarmRules.ExpectedUsd(needs with { PromptTokens = call.PromptTokens }, deployment.Model, call.ArrivedAt, cachedTokens);

    /// <summary>The credential that takes the call for this model; null when none may be asked now or all have been.</summary>
    private static Deployment? KeyFor(GatewayCall call, Deployment deployment, HealthMonitor health)
    {
        if (deployment.Keys is not { } keys)
        {
            return deployment;
        }

        return call.Attempts.Count == 0 ? keys.Pick(health.Now) : keys.Pick(health.Now, one => !Tried(call, one));
    }

    private static int Untried(GatewayCall call, long now)
    {
        var count = 0;
        foreach (var candidate in call.Route.Chain)
        {
            count += !TriedModel(call, candidate) && candidate.IsUsable(now) ? 1 : 0;
        }

        return count;
    }

    private static Deployment? Candidate(GatewayCall call)
    {
        foreach (var candidate in call.Route.Chain)
        {
            if (!TriedModel(call, candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>A model whose window is larger than the one that the prompt did not fit into, as the router would choose it.</summary>
    private static Deployment? Larger(GatewayCall call, Deployment tooSmall, HealthMonitor health)
    {
        var window = tooSmall.Model.ContextWindow ?? call.PromptTokens;
        foreach (var candidate in call.Route.Chain)
        {
            if (candidate.Model.ContextWindow > window && !TriedModel(call, candidate) && KeyFor(call, candidate, health) is { } able && health.TryEnter(able))
            {
                return able;
            }
        }

        if (call.Operation is not null || call.Route.OnlyThese)
        {
            return null;   // its models are no tier to choose from
        }

        var now = health.Now;
        var needs = call.Route.Needs with { PromptTokens = Math.Max(call.PromptTokens, window), MaxOutputTokens = Math.Max(call.Route.Needs.MaxOutputTokens ?? 0, 1) };
        var chain = call.Workspace.Candidates.Choose(
            call.Route.Tier ?? Domain.Catalogue.Tier.Light, call.Route.Profile, needs, call.ArrivedAt, 1, [], deployment => deployment.IsUsable(now) && !TriedModel(call, deployment));
        return chain.IsEmpty ? null : KeyFor(call, chain.Attempts[0], health);
    }

    private static bool Tried(GatewayCall call, Deployment deployment)
    {
        foreach (var attempt in call.Attempts)
        {
            if (attempt.Deployment.Id == deployment.Id)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TriedModel(GatewayCall call, Deployment deployment)
    {
        foreach (var attempt in call.Attempts)
        {
            if (attempt.Deployment.Model.Id == deployment.Model.Id)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Repeated(GatewayCall call, Deployment deployment)
    {
        var times = 0;
        foreach (var attempt in call.Attempts)
        {
            times += attempt.Deployment.Id == deployment.Id ? 1 : 0;
        }

        return times > 1;
    }
}
