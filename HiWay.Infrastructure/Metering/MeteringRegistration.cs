using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Metering.Drain;
using HiWay.Infrastructure.Metering.Journal;
using HiWay.Infrastructure.Metering.Reading;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
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
        services.AddSingleton<Partitions>();
        services.AddSingleton(provider => new BooksDatabase(
            provider.GetRequiredService<DatabaseAddress>().Build("hiway books", provider.GetRequiredService<ILoggerFactory>(), connections: 1)));
        services.AddSingleton<BatchWriter>();
        services.AddSingleton(provider =>
        {
            var health = new MeteringHealth();
            health.Watch(provider.GetRequiredService<IUsageJournal>(), provider.GetRequiredService<TimeProvider>());
            return health;
        });
        services.AddHostedService<UsageDrain>();
        services.AddSingleton<IUsageReader, UsageReader>();
        services.AddSingleton<IRequestLog, RequestLog>();
        return services;
    }
}
