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
        using var host = await StartWithoutAsync(postgres);

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
        using var host = await StartWithoutAsync(postgres);

        await host.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
    }

    /// <summary>A host of the jobs alone, started while this server is stopped, once it has said that they wait.</summary>
    private static async Task<IHost> StartWithoutAsync(StoppablePostgres postgres)
    {
        await postgres.StopAsync();
        var logs = new CapturedLogs();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{DatabaseOptions.ConnectionName}", postgres.ConnectionString)]);
        builder.Logging.AddProvider(logs);
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(postgres.ConnectionString));
        builder.Services.AddJobs(builder.Configuration);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        await Patience.UntilAsync(() => logs.ToString().Contains("begins when PostgreSQL answers again", StringComparison.Ordinal), "a word about the jobs");
        return host;
    }

    private static async Task<bool> RunsAsync(IReadOnlyCollection<IScheduler> schedulers) =>
        schedulers.FirstOrDefault() is { } scheduler && await scheduler.GetStatus() == SchedulerStatus.Running;
}
