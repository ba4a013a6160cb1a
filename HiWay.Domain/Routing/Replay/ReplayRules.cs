using HiWay.Domain.Budgets;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing.Candidates;

namespace HiWay.Domain.Routing.Replay;

/// <summary>A logged call of <c>auto</c>, as far as deciding it again needs it.</summary>
/// <param name="At">When it came; the prices and retirements of that instant hold.</param>
/// <param name="Model">The model it was routed to; null when none was asked.</param>
/// <param name="Usage">What it used, all attempts together.</param>
/// <param name="BaselineUsd">The same tokens on the flagship.</param>
public sealed record LoggedCall(LoggedDecision Decision, DateTimeOffset At, string? Model, TokenUsage Usage, decimal CostUsd, decimal BaselineUsd);

/// <summary>What calls are decided under when they are decided again.</summary>
/// <param name="Models">The workspace's models under the same settings.</param>
/// <param name="ModelOf">The catalogue entry of a deployment.</param>
/// <param name="ById">A deployment by its model's id; null for models that are gone.</param>
public sealed record ReplaySettings<T>(
    RoutingSettings Router, RoutingProfile Profile, CandidateTable<T> Models, Func<T, ModelEntry> ModelOf, Func<string, T?> ById)
    where T : class;

/// <summary>Where a call goes under some settings.</summary>
/// <param name="Model">Null when no model could take it.</param>
public readonly record struct ReplayedChoice(Tier Tier, ModelEntry? Model);

/// <summary>Decides logged calls again. Deterministic: everything a choice rests on comes with the call or with the settings.</summary>
/// <remarks>
/// Two things are not known later and are left out: who was failing at the time, and the cache of a conversation that moved away from it.
/// A limit of cost holds at the prices of that time; a deadline goes by how fast the models are today.
/// </remarks>
public static class ReplayRules
{
    public static ReplayedChoice Decide<T>(LoggedCall call, ReplaySettings<T> settings)
        where T : class
    {
        var logged = call.Decision;
        var profile = logged.ProfileIsTheCallers ? logged.Profile : settings.Profile;
        var asked = BudgetRules.TierUnder(logged.Budget, Router.Decide(logged.Features, settings.Router).Tier);
        var needs = logged.Needs;
        var chain = settings.Models.Choose(asked, profile, needs, call.At, maxAttempts: 1, []);
        if (chain.IsEmpty && needs.DeadlineMs is not null)
        {
            // As calls themselves do: where nobody is known to be fast enough, somebody is asked all the same.
            needs = needs with { DeadlineMs = null };
            chain = settings.Models.Choose(asked, profile, needs, call.At, maxAttempts: 1, []);
        }

        if (chain.IsEmpty)
        {
            return new(asked, null);
        }

        var chosen = settings.ModelOf(chain.Attempts[0]);
        if (logged.CachedTokens is { } cached && call.Model is { } warm && warm != chosen.Id && settings.ById(warm) is { } there
            && WarmRules.Stays(settings.Models, there, settings.ModelOf(there), chosen, chain.Tier, profile, needs, call.At, cached))
        {
            return new(settings.ModelOf(there).Tier, settings.ModelOf(there));
        }

        return new(logged.CachedTokens is not null && call.Model == chosen.Id ? chosen.Tier : chain.Tier, chosen);
    }

    /// <summary>What the call costs at a model for the tokens that it used. At its own model that is what it cost.</summary>
    /// <remarks>Another model's provider has nothing of the conversation cached, so cached tokens count as plain ones there.</remarks>
    public static decimal CostOf(LoggedCall call, ModelEntry? model)
    {
        if (model is null)
        {
            return 0m;
        }

        if (model.Id == call.Model)
        {
            return call.CostUsd;
        }

        var used = call.Usage;
        used = used with { Input = used.Input + used.CacheRead + used.CacheWrite5m + used.CacheWrite1h, CacheRead = 0, CacheWrite5m = 0, CacheWrite1h = 0, Units = default };
        return PriceRules.CostOf(used, PriceRules.PriceAt(model.Prices, call.At, used.TotalInput), model.Units).Usd;
    }
}
