using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HiWay.Tests.Harness;

/// <summary>An empty, migrated database of its own; dropped at the end.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static int _made;

    private readonly string _adminConnection;

    private TestDatabase(string connectionString, string adminConnection)
    {
        (ConnectionString, _adminConnection) = (connectionString, adminConnection);
        Source = NpgsqlDataSource.Create(connectionString);
    }

    /// <summary>For <c>ConnectionStrings:HiWay</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>For SQL in tests.</summary>
    public NpgsqlDataSource Source { get; }

    public string Name => new NpgsqlConnectionStringBuilder(ConnectionString).Database!;

    public static async Task<TestDatabase> CreateAsync()
    {
        var server = await TestServer.GetAsync();
        var at = new NpgsqlConnectionStringBuilder(server.TemplateConnection);
        var template = at.Database;
        var name = $"test_{Interlocked.Increment(ref _made)}";
        at.MaxPoolSize = 30;
        at.Database = "postgres";
        at.Pooling = false;
        var admin = at.ConnectionString;
        await ExecuteAsync(admin, $"CREATE DATABASE {name} TEMPLATE {template}");
        at.Database = name;
        at.Pooling = true;
        return new(at.ConnectionString, admin);
    }

    /// <summary>The model over this database, for arranging and looking; dispose of it.</summary>
    public HiWayDb Open() => new(new DbContextOptionsBuilder<HiWayDb>().UseNpgsql(Source).Options);

    /// <summary>A value from SQL: <c>await database.ScalarAsync&lt;long&gt;("SELECT count(*) FROM users")</c>.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await ExecuteAsync(_adminConnection, $"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var session = new NpgsqlConnection(connection);
        await session.OpenAsync();
        await using var command = new NpgsqlCommand(sql, session) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }
}
