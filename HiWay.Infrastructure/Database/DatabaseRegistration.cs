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
        var connection = ConnectionString(configuration.GetConnectionString(DatabaseOptions.ConnectionName), options);
        services.AddSingleton(options);
        services.AddSingleton(provider => new NpgsqlDataSourceBuilder(connection) { Name = "hiway" }
            .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>()).Build());
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

    /// <summary>Bytes that are sent to the server at a time. Calls' rows are 2 KB each and come by the thousand; each sending wakes the server.</summary>
    private const int WriteBufferSize = 64 * 1024;

    private static string ConnectionString(string? asked, DatabaseOptions options)
    {
        if (string.IsNullOrWhiteSpace(asked))
        {
            throw new InvalidOperationException(
                "`ConnectionStrings:HiWay` is empty. Example: Host=db.example.com;Username=hiway;Password=…;Database=hiway.");
        }

        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new(asked);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InvalidOperationException(
                $"`ConnectionStrings:HiWay` cannot be read ({e.Message}). Example: Host=db.example.com;Username=hiway;Password=…;Database=hiway.");
        }

        // What the connection string says itself wins over our defaults.
        if (!builder.ContainsKey("Timeout"))
        {
            builder.Timeout = (int)options.ConnectTimeout.TotalSeconds;
        }

        if (!builder.ContainsKey("Command Timeout"))
        {
            builder.CommandTimeout = (int)options.CommandTimeout.TotalSeconds;
        }

        if (!builder.ContainsKey("Maximum Pool Size"))
        {
            builder.MaxPoolSize = options.MaxPoolSize;
        }

        if (!builder.ContainsKey("Write Buffer Size"))
        {
            builder.WriteBufferSize = WriteBufferSize;
        }

        builder.ApplicationName ??= "HiWay";
        return builder.ConnectionString;
    }
}
