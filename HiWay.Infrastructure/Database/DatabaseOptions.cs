using Microsoft.Extensions.Configuration;

namespace HiWay.Infrastructure.Database;

/// <summary>The section <c>Database</c>; where the database is stands in <c>ConnectionStrings:HiWay</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>Name of the connection string; empty or missing starts a private PostgreSQL.</summary>
    public const string ConnectionName = "HiWay";

    /// <summary>How long the start waits for a database that does not answer yet, before it gives up.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Time limit of one attempt to connect. Short, so that an outage is noticed and does not hang callers.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time limit of one statement.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Connections that this process keeps at most, besides one that writes the books; the connection string's own setting wins.</summary>
    public int MaxPoolSize { get; set; } = 40;

    internal static DatabaseOptions From(IConfiguration configuration)
    {
        var options = configuration.GetSection("Database").Get<DatabaseOptions>() ?? new DatabaseOptions();
        string[] problems =
        [
            .. Check(options.StartTimeout > TimeSpan.Zero, "Database:StartTimeout must be longer than zero. Example: 00:01:00."),
            .. Check(options.ConnectTimeout >= TimeSpan.FromSeconds(1), "Database:ConnectTimeout must be at least a second. Example: 00:00:05."),
            .. Check(options.CommandTimeout >= TimeSpan.FromSeconds(1), "Database:CommandTimeout must be at least a second. Example: 00:00:15."),
            .. Check(options.MaxPoolSize is >= 2 and <= 1000, "Database:MaxPoolSize must be from 2 to 1000. Example: 40."),
        ];
        return problems.Length == 0 ? options : throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
    }

    private static IEnumerable<string> Check(bool good, string problem) => good ? [] : [problem];
}
