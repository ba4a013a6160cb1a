using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Replay;

public static class ReplayRegistration
{
    /// <summary>Deciding logged calls again under settings that are not saved.</summary>
    public static IServiceCollection AddReplay(this IServiceCollection services)
    {
        services.AddSingleton<ReplayReader>();
        services.AddSingleton<IReplay, ReplayService>();
        return services;
    }
}
