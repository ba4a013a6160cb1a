using HiWay.Infrastructure.Database.Private;
using Microsoft.Extensions.Configuration;

namespace HiWay.Infrastructure.Database;

/// <summary>The private PostgreSQL of an installation that names no database, or nothing at all for one that does.</summary>
public sealed class OwnDatabase : IAsyncDisposable
{
    private readonly PrivatePostgres? _server;

    private OwnDatabase(PrivatePostgres? server) => _server = server;

    /// <summary>Of the private server; null where there is none.</summary>
    internal int? ProcessId => _server?.ProcessId;

    /// <summary>Whether a process of the private server is somebody's session, rather than the server itself or what it does aside.</summary>
    /// <remarks>By the title that PostgreSQL gives it: <c>postgres: user database client activity</c>.</remarks>
    internal static bool IsSession(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").StartsWith($"postgres: {PrivatePostgres.Role} ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;   // it has ended
        }
    }

    /// <summary>Starts the private server when <c>ConnectionStrings:HiWay</c> is empty, and writes its address there.</summary>
    public static async Task<OwnDatabase> StartUnlessNamedAsync(IConfiguration configuration)
    {
        if (!string.IsNullOrWhiteSpace(configuration.GetConnectionString(DatabaseOptions.ConnectionName)))
        {
            return new(null);
        }

        var server = await PrivatePostgres.StartAsync(DataDirectory.From(configuration), configuration["HIWAY_PG_BIN"]);
        configuration[$"ConnectionStrings:{DatabaseOptions.ConnectionName}"] = server.ConnectionString;
        return new(server);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
