using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HiWay.Infrastructure.Database;

public static class DatabaseRegistration
{
    /// <summary>
    /// The data source for SQL written by hand, <see cref="IDbContextFactory{HiWayDb}"/> for everything else, and the migrations, which are
    /// applied before any other part of the application starts.
    /// </summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        var options = DatabaseOptions.From(configuration);
        var address = new DatabaseAddress(configuration.GetConnectionString(DatabaseOptions.ConnectionName), options);
        services.AddSingleton(options);
        services.AddSingleton(address);
        services.AddSingleton(provider => address.Build("hiway", provider.GetRequiredService<ILoggerFactory>()));
        services.AddPooledDbContextFactory<HiWayDb>((provider, context) => context
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
            // Every failure reaches its caller as an exception, who knows what it means; logged here as well, each outage would be told twice.
            .ConfigureWarnings(warnings => warnings.Log(
                (RelationalEventId.CommandError, LogLevel.Debug), (CoreEventId.QueryIterationFailed, LogLevel.Debug), (CoreEventId.SaveChangesFailed, LogLevel.Debug),
                (RelationalEventId.ConnectionError, LogLevel.Debug))));
        services.AddSingleton<DatabaseState>();
        services.AddHostedService<DatabaseMigrator>();
        return services;
    }
}
