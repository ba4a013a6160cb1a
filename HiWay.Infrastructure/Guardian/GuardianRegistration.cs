using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Guardian;

public static class GuardianRegistration
{
    public static IServiceCollection AddGuardian(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GuardianOptions>().Bind(configuration.GetSection(GuardianOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GuardianOptions>, GuardianOptionsCheck>();
        services.AddSingleton<GuardianDefaults>();
        services.AddSingleton<IGuardian, GuardianService>();
        services.AddSingleton<KeyWatches>();
        services.AddHostedService<GuardianBooks>();
        services.AddHostedService<GuardianExchange>();
        services.AddSingleton<GuardianEventStore>();
        services.AddSingleton<GuardianRecorder>();
        services.AddSingleton<IGuardianEvents>(provider => provider.GetRequiredService<GuardianRecorder>());
        services.AddHostedService(provider => provider.GetRequiredService<GuardianRecorder>());
        return services;
    }
}
