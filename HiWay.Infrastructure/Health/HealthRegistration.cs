using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Health;

public static class HealthRegistration
{
    /// <summary>How the workspaces' providers are doing: breakers on the path of calls, their history for the board.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<HealthRegistry>();
        services.AddSingleton<HealthIncidents>();
        services.AddSingleton<HealthMonitor>();
        services.AddSingleton<IProviderHealth, ProviderHealth>();
        services.AddHostedService<HealthRecorder>();
        return services;
    }
}
