using HiWay.Infrastructure.Metering;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Metering;

public sealed class NothingIsLostWhenThingsBreak
{
    [Fact]
    public async Task ProcessKilledUnderLoad_EveryCompletedAnswerHasOneRowAfterTheRestart()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var data = new TemporaryFolder();
        (string, string)[] settings = [("ConnectionStrings:HiWay", database.ConnectionString)];
        await using var killed = await HiWayProcess.StartAsync(data.Path, settings);
        using var http = new HttpClient { BaseAddress = new Uri(killed.Url) };
        var account = await http.SignUpAsync();
        var key = await http.CreateKeyAsync(account, new { name = "Load", test = true });
        await using var load = new GatewayLoad(killed.Url, key.Secret);
        await load.UntilAsync(completed: 300);
        await killed.KillAsync();
        await load.StopAsync();

        await using var restarted = await HiWayProcess.StartAsync(data.Path, settings);
        await UntilDrainedAsync(data.Path);

        Assert.Empty(load.Refused);
        await load.AssertBooksAsync(database.Source, account.WorkspaceId);
    }

    [Fact]
    public async Task DatabaseStoppedAndStartedUnderLoad_NoCallIsRefused_NoRowIsLostOrDoubled()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await using var host = await HiWayHost.StartAsync(("ConnectionStrings:HiWay", postgres.ConnectionString), ("Metering:DrainMaxBackoff", "00:00:00.500"));
        var account = await host.Http.SignUpAsync();
        var key = await host.Http.CreateKeyAsync(account, new { name = "Load", test = true });
        await using (var load = new GatewayLoad(host.Url, key.Secret))
        {
            await load.UntilAsync(completed: 100);
            await postgres.StopAsync();
            await load.UntilAsync(completed: 300);
            await UntilAsync(() => host.Get<MeteringHealth>().Drain.DatabaseProblem is not null);
            await postgres.StartAgainAsync();
            await load.UntilAsync(completed: 100);
            await load.StopAsync();

            await UntilAsync(() => host.Get<IUsageJournal>().State.PendingRows == 0);
            await UntilAsync(() => host.Get<MeteringHealth>().Drain.DatabaseProblem is null);
            Assert.Empty(load.Refused);
            await using var database = Npgsql.NpgsqlDataSource.Create(postgres.ConnectionString);
            await load.AssertBooksAsync(database, account.WorkspaceId);
        }
    }

    /// <summary>The journal of the process that was killed is gone from disk once it is in the database.</summary>
    private static Task UntilDrainedAsync(string dataFolder)
    {
        var before = Directory.GetFiles(Path.Combine(dataFolder, "journal"), "*.journal").Order(StringComparer.Ordinal).SkipLast(1).ToList();
        return UntilAsync(() => !before.Any(File.Exists));
    }

    private static Task UntilAsync(Func<bool> reached) => Patience.UntilAsync(reached, "the journal and the database agree");
}
