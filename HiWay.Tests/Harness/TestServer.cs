using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Private;
using HiWay.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using Npgsql;

[assembly: AssemblyFixture(typeof(TestServer))]

namespace HiWay.Tests.Harness;

/// <summary>One private PostgreSQL for the whole run with one migrated database to copy from; started by the first test that asks for a database.</summary>
public sealed class TestServer : IAsyncLifetime
{
    private static readonly Lazy<Task<TestServer>> TheOne = new(StartAsync);

    private readonly TemporaryFolder? _folder;
    private readonly PrivatePostgres? _server;

    public TestServer()
    {
    }

    private TestServer(TemporaryFolder folder, PrivatePostgres server) => (_folder, _server) = (folder, server);

    /// <summary>Points to the template; open no connection there, a database that is in use cannot be copied.</summary>
    internal string TemplateConnection => _server!.ConnectionString;

    internal static Task<TestServer> GetAsync() => TheOne.Value;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (TheOne.IsValueCreated)
        {
            var one = await TheOne.Value;
            NpgsqlConnection.ClearAllPools();
            await one._server!.DisposeAsync();
            one._folder!.Dispose();
        }
    }

    private static async Task<TestServer> StartAsync()
    {
        var folder = new TemporaryFolder();
        // Durability is what the tests of PrivatePostgres and of crashes look at; they start servers of their own.
        var server = await PrivatePostgres.StartAsync(
            new DataDirectory(folder.Path), Environment.GetEnvironmentVariable("HIWAY_PG_BIN"),
            ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400", "autovacuum=off"]);
        await using (var db = new HiWayDb(new DbContextOptionsBuilder<HiWayDb>().UseNpgsql(server.ConnectionString + ";Pooling=false").Options))
        {
            await db.Database.MigrateAsync();
        }

        return new(folder, server);
    }
}
