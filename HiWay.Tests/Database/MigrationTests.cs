using HiWay.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HiWay.Tests.Database;

public sealed class MigrationTests
{
    [Fact]
    public async Task Migrations_hold_everything_the_model_has()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var db = database.Open();

        Assert.False(db.Database.HasPendingModelChanges(), "Run: dotnet run --project build/Migrations <Name>");
        Assert.Empty(await db.Database.GetPendingMigrationsAsync());
    }

    [Fact]
    public async Task Several_nodes_may_start_on_an_empty_database_at_once()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("DROP SCHEMA public CASCADE; CREATE SCHEMA public");

        // Nodes of one installation share its master key, or they could not read each other's secrets.
        var shared = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        var nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => HiWayHost.StartAsync(database, null, ("HIWAY_MASTER_KEY", shared))));
        foreach (var node in nodes)
        {
            Assert.DoesNotContain("Error", node.Logs.ToString(), StringComparison.Ordinal);
            await node.DisposeAsync();
        }

        await using var db = database.Open();
        Assert.Equal(db.Database.GetMigrations(), await db.Database.GetAppliedMigrationsAsync());
    }

    [Fact]
    public async Task Database_of_a_newer_version_is_refused()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("""INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_FromTheFuture', '10.0.14')""");

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(async () => await HiWayHost.StartAsync(database, null));

        Assert.Contains("99990101000000_FromTheFuture", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_that_comes_up_late_is_waited_for()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await postgres.StopAsync();

        var logs = new CapturedLogs();
        var starting = HiWayHost.StartAsync(null, services => services.AddLogging(logging => logging.AddProvider(logs)), ("ConnectionStrings:HiWay", postgres.ConnectionString));
        await Patience.UntilAsync(() => logs.ToString().Contains("does not answer yet", StringComparison.Ordinal), "the log says what is waited for");
        Assert.False(starting.IsCompleted);
        await postgres.StartAgainAsync();

        await using var host = await starting;
        Assert.True((await host.Http.GetAsync("/health")).IsSuccessStatusCode);
    }
}
