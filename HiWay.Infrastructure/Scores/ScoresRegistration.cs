using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Scores;

public static class ScoresRegistration
{
    /// <summary>Scores of answers and what they change in routing. After AddSnapshots, which carry it to the calls.</summary>
    public static IServiceCollection AddScores(this IServiceCollection services)
    {
        services.AddSingleton<MixStore>();
        services.AddSingleton<IScores, ScoreService>();
        services.AddSingleton<ILearnedMix, LearnedMixService>();
        return services;
    }
}
