using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Domain.Routing.Candidates;

/// <summary>A conversation whose beginning a provider has in its prompt cache.</summary>
/// <param name="Model">The model's catalogue id.</param>
/// <param name="CredentialId">Caches belong to the account behind a credential.</param>
/// <param name="CachedTokens">Tokens of the prompt that are read at the cache's price.</param>
/// <param name="Until">When the provider forgets it, unless it is read before.</param>
public sealed record WarmPrompt(string Model, string CredentialId, long CachedTokens, DateTimeOffset Until);

/// <summary>What a warm prompt cache is worth: it makes its model cheaper for this conversation, so that moving away must pay for itself.</summary>
public static class WarmRules
{
    /// <summary>Shorter prompts are cached by nobody (OpenAI and Anthropic begin at 1,024 tokens).</summary>
    public const int LeastTokens = 1024;

    /// <summary>How long providers keep a prompt that is not asked for again.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    /// <summary>For prompts that were written to be kept for an hour.</summary>
    public static readonly TimeSpan KeptLong = TimeSpan.FromHours(1);

    /// <summary>Whether the conversation stays where it is warm, under what the profile wants.</summary>
    /// <param name="warmUsd">What the request costs there, its cached tokens at the cache's price.</param>
    /// <param name="otherUsd">What it costs at the model that the router would choose, cold.</param>
    /// <param name="warmQuality">0..100; null when nobody measured.</param>
    public static bool Stays(RoutingProfile profile, decimal warmUsd, double? warmQuality, decimal otherUsd, double? otherQuality) => profile switch
    {
        RoutingProfile.Budget => warmUsd <= otherUsd,
        RoutingProfile.Balanced => warmUsd <= otherUsd && PerDollar(warmQuality, warmUsd) >= PerDollar(otherQuality, otherUsd),
        RoutingProfile.Quality => warmUsd <= otherUsd && (warmQuality ?? -1) >= (otherQuality ?? -1),
    };

    /// <summary>Whether the conversation stays at a model other than the one that the router would choose now.</summary>
    /// <param name="there">The deployment of the model that holds the cache.</param>
    /// <param name="tier">The tier that was chosen; the conversation does not go below it to stay.</param>
    /// <param name="cachedTokens">Tokens of the prompt that are read at the cache's price there.</param>
    public static bool Stays<T>(
        CandidateTable<T> models, T there, ModelEntry warm, ModelEntry chosen, Tier tier, RoutingProfile profile, in RouteNeeds needs, DateTimeOffset at, long cachedTokens)
        where T : class =>
        warm.Tier >= tier && warm.Tier <= Tier.Heavy && models.Takes(there, needs, at)
        && Stays(profile, ExpectedUsd(needs, warm, at, cachedTokens), models.QualityOf(warm, needs.Task), ExpectedUsd(needs, chosen, at), models.QualityOf(chosen, needs.Task));

    /// <summary>What a request is expected to cost at a model, in US dollars; what has no price costs nothing here.</summary>
    public static decimal ExpectedUsd(in RouteNeeds needs, ModelEntry model, DateTimeOffset at, long cachedTokens = 0)
    {
        var output = Math.Min(needs.MaxOutputTokens ?? RoutingSettings.TypicalOutputTokens, RoutingSettings.TypicalOutputTokens);
        var cached = Math.Min(cachedTokens, needs.PromptTokens);
        var usage = new TokenUsage { Input = needs.PromptTokens - cached, CacheRead = cached, Output = output };
        return PriceRules.CostOf(usage, PriceRules.PriceAt(model.Prices, at, needs.PromptTokens)).Usd;
    }

    private static double PerDollar(double? quality, decimal usd) => (quality ?? 0) / Math.Max((double)usd, 1e-9);
}
