using HiWay.Infrastructure.Privacy;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Shield;

public static class ShieldRegistration
{
    /// <summary>Settings, IP rules and events of the Shield, and masking.</summary>
    public static IServiceCollection AddShield(this IServiceCollection services)
    {
        services.AddSingleton<ISecurity, SecurityService>();
        services.AddSingleton<SecurityEventWriter>();
        services.AddSingleton<ISecurityEvents>(provider => provider.GetRequiredService<SecurityEventWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<SecurityEventWriter>());
        services.AddSingleton<IPrivacy, PrivacyService>();
        return services;
    }
}
