using Microsoft.Extensions.Logging;
using Npgsql;

namespace HiWay.Infrastructure.Database;

/// <summary>Where the database is and how it is spoken to: the connection string with our defaults for what it leaves open.</summary>
internal sealed class DatabaseAddress
{
    /// <summary>Bytes that are sent to the server at a time. Calls' rows are 2 KB each and come by the thousand; each sending wakes the server.</summary>
    private const int WriteBufferSize = 64 * 1024;

    private readonly string _connection;

    /// <exception cref="InvalidOperationException">The connection string is empty or cannot be read.</exception>
    public DatabaseAddress(string? asked, DatabaseOptions options)
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
        _connection = builder.ConnectionString;
    }

    /// <param name="name">Of its pool in metrics.</param>
    /// <param name="connections">At most; null for as many as the settings say.</param>
    public NpgsqlDataSource Build(string name, ILoggerFactory logs, int? connections = null)
    {
        var builder = new NpgsqlDataSourceBuilder(_connection) { Name = name }.UseLoggerFactory(logs);
        if (connections is { } most)
        {
            builder.ConnectionStringBuilder.MinPoolSize = 0;
            builder.ConnectionStringBuilder.MaxPoolSize = most;
        }

        return builder.Build();
    }
}
