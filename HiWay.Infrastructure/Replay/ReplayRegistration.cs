using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Replay;

public static class ReplayRegistration
{
    /// <summary>Explaining logged decisions, and making them again under settings that are not saved.</summary>
    public static IServiceCollection AddReplay(this IServiceCollection services)
    {
        services.AddSingleton<ReplayReader>();
        services.AddSingleton<IReplay, ReplayService>();
        services.AddSingleton<IDecisions, Decisions>();
        return services;
    }
}
