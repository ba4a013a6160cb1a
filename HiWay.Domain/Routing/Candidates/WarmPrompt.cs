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

    private static double PerDollar(double? quality, decimal usd) => (quality ?? 0) / Math.Max((double)usd, 1e-9);
}
