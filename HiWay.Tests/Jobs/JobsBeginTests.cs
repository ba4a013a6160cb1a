using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Jobs;
using HiWay.Tests.Harness;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace HiWay.Tests.Jobs;

/// <summary>A start does not wait for the scheduler, so it may be asked for before it is there, and the database may be gone by then.</summary>
public sealed class JobsBeginTests
{
    [Fact]
    public async Task DatabaseAway_WhenTheyWouldBegin_TheyBeginOnceItIsBack()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await postgres.StopAsync();
        var logs = new CapturedLogs();
        using var host = Host(postgres.ConnectionString, logs);

        await host.StartAsync(TestContext.Current.CancellationToken);
        await Patience.UntilAsync(() => logs.ToString().Contains("begins when PostgreSQL answers again", StringComparison.Ordinal), "a word about the jobs");
        await postgres.StartAgainAsync();

        var schedulers = host.Services.GetRequiredService<ISchedulerFactory>();
        await Patience.UntilAsync(async () => await RunsAsync(await schedulers.GetAllSchedulers()), "a scheduler that runs");
        var scheduler = await schedulers.GetScheduler(TestContext.Current.CancellationToken);
        Assert.NotNull(await scheduler.GetJobDetail(new JobKey("retention"), TestContext.Current.CancellationToken));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task AskedForByMany_WhileItBegins_AllGetTheSame()
    {
        await using var hiWay = await HiWayHost.StartAsync();
        var schedulers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await hiWay.Get<ISchedulerFactory>().GetScheduler())));

        Assert.Single(schedulers.Distinct());
        await Patience.UntilAsync(() => RunsAsync(schedulers), "a scheduler that runs");
    }

    [Fact]
    public async Task DatabaseAway_WhileTheyTryToBegin_AStopDoesNotWaitForIt()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await postgres.StopAsync();
        var logs = new CapturedLogs();
        using var host = Host(postgres.ConnectionString, logs);

        await host.StartAsync(TestContext.Current.CancellationToken);
        await Patience.UntilAsync(() => logs.ToString().Contains("begins when PostgreSQL answers again", StringComparison.Ordinal), "a word about the jobs");

        await host.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
    }

    private static IHost Host(string connectionString, CapturedLogs logs)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{DatabaseOptions.ConnectionName}", connectionString)]);
        builder.Logging.AddProvider(logs);
        builder.Services.AddSingleton(NpgsqlDataSource.Create(connectionString));
        builder.Services.AddJobs(builder.Configuration);
        return builder.Build();
    }

    private static async Task<bool> RunsAsync(IReadOnlyCollection<IScheduler> schedulers) =>
        schedulers.FirstOrDefault() is { } scheduler && await scheduler.GetStatus() == SchedulerStatus.Running;
}
