using HiWay.Infrastructure.Metering;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace HiWay.Tests.Metering;

public sealed class OldPartitionsGo
{
    [Fact]
    public async Task RetentionDropsWholeDays_AndTheTotalsByHourStay()
    {
        await using var host = await HiWayHost.StartAsync(("Metering:RequestRetentionDays", "2"), ("Metering:MinuteRetentionDays", "1"), ("Metering:DrainInterval", "00:00:00.020"));
        var journal = host.Get<IUsageJournal>();
        var now = DateTimeOffset.UtcNow;
        for (var day = 0; day < 5; day++)
        {
            journal.Append(SomeUsage.Chat(now.AddDays(-day)));
        }

        await UntilAsync(() => Task.FromResult(journal.State.PendingRows == 0));
        var scheduler = await host.Get<ISchedulerFactory>().GetScheduler();
        await scheduler.TriggerJob(new JobKey("retention"));

        await UntilAsync(async () => await host.Database.ScalarAsync<long>("SELECT count(*) FROM requests") == 3);
        await UntilAsync(async () => await host.Database.ScalarAsync<long>("SELECT count(*) FROM usage_attribution WHERE granularity = 'minute' AND kind = 'user'") == 2);
        Assert.Equal(2, await host.Database.ScalarAsync<long>("SELECT count(*) FROM usage_rollups WHERE granularity = 'minute'"));
        Assert.Equal(5, await host.Database.ScalarAsync<long>("SELECT count(*) FROM usage_rollups WHERE granularity = 'hour'"));
    }

    [Fact]
    public async Task PartitionsAreThereBeforeTheirDay()
    {
        await using var host = await HiWayHost.StartAsync();
        var last = DateTime.UtcNow.AddDays(3).ToString("'requests_'yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);

        await UntilAsync(async () => await host.Database.ScalarAsync<bool>($"SELECT to_regclass('{last}') IS NOT NULL"));
        var history = host.Services.GetRequiredService<Quartz.Extensibility.IExecutionHistoryStore>();
        Assert.NotNull(history);
    }

    [Fact]
    public async Task OnlyWhatIsSearchedByIsCounted()
    {
        await using var host = await HiWayHost.StartAsync();
        var today = DateTime.UtcNow.ToString("'requests_'yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        await UntilAsync(async () => await host.Database.ScalarAsync<bool>($"SELECT to_regclass('{today}') IS NOT NULL"));

        var counted = await host.Database.ScalarAsync<string>($"""
            SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = '{today}'::regclass AND attnum > 0 AND attstattarget IS DISTINCT FROM 0
            """);

        Assert.Equal("id created_at workspace_id key_id end_user model provider tier status error_code tags", counted);
    }

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (!await reached())
        {
            await Task.Delay(30, patience.Token);
        }
    }
}
