using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace HiWay.Tests.Jobs;

public sealed class StopWithoutDatabaseTests
{
    [Fact]
    public async Task DatabaseAway_WhileATriggerIsHeld_HiWayStopsAllTheSame()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        var host = await HiWayHost.StartAsync(("ConnectionStrings:HiWay", postgres.ConnectionString));
        var scheduler = await host.Get<ISchedulerFactory>().GetScheduler();
        await scheduler.ScheduleJob(TriggerBuilder.Create().WithIdentity("soon").ForJob("retention").StartAt(DateTimeOffset.UtcNow.AddSeconds(25)).Build());
        await using (var database = NpgsqlDataSource.Create(postgres.ConnectionString))
        {
            await using var held = database.CreateCommand("SELECT count(*) FROM qrtz_triggers WHERE trigger_name = 'soon' AND trigger_state = 'ACQUIRED'");
            for (var tries = 0; (long)(await held.ExecuteScalarAsync())! == 0; tries++)
            {
                Assert.True(tries < 1_800, "The scheduler never took the trigger.");
                await Task.Delay(100);
            }
        }

        await postgres.StopAsync();

        await host.DisposeAsync().AsTask().WaitAsync(Patience.Limit);
    }
}
