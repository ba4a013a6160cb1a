using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Metering.Journal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Metering;

public static class MeteringRegistration
{
    /// <summary>The journal, its way into PostgreSQL, and what reads usage back.</summary>
    public static IServiceCollection AddMetering(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MeteringOptions>().Bind(configuration.GetSection(MeteringOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MeteringOptions>, MeteringOptionsCheck>();
        services.AddSingleton<UsageFeed>();
        services.AddSingleton<IUsageFeed>(provider => provider.GetRequiredService<UsageFeed>());
        services.AddSingleton<UsageJournal>();
        services.AddSingleton<IUsageJournal>(provider => provider.GetRequiredService<UsageJournal>());
        services.AddSingleton<SpendLedger>();
        return services;
    }
}
