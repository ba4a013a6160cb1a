using HiWay.Infrastructure.Alerts;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Guardian;
using HiWay.Infrastructure.Limits;
using HiWay.Infrastructure.Shield;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace HiWay.Infrastructure.Jobs;

public static class JobsRegistration
{
    /// <summary>
    /// What happens by the clock and not by a call. The jobs' state is in PostgreSQL, so with several nodes each run happens
    /// on one of them, and what a dead node had begun another one takes over.
    /// </summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddQuartz(quartz =>
        {
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(NpgsqlFactory.Instance, configuration.GetConnectionString(DatabaseOptions.ConnectionName)!);
                store.UseSystemTextJsonSerializer();
                store.ProvisionSchema();
                store.UseClustering();
                store.ConfigureStore(settings => settings.UseBackgroundThreads = true);
                store.UseExecutionHistory();
            });

            // UTC, so that no change of the clocks skips a night's run or doubles it.
            quartz.ScheduleJob<PartitionsAheadJob>(
                trigger => trigger.WithIdentity("partitions-ahead").StartNow().WithSimpleSchedule(every => every.WithInterval(TimeSpan.FromHours(1)).RepeatForever()),
                job => job.WithIdentity("partitions-ahead"));
            quartz.ScheduleJob<ExpiredResponsesJob>(
                trigger => trigger.WithIdentity("expired-responses").StartNow().WithSimpleSchedule(every => every.WithInterval(TimeSpan.FromHours(1)).RepeatForever()),
                job => job.WithIdentity("expired-responses"));
            quartz.ScheduleJob<ExpiredContentsJob>(
                trigger => trigger.WithIdentity("expired-contents").StartNow().WithSimpleSchedule(every => every.WithInterval(TimeSpan.FromHours(1)).RepeatForever()),
                job => job.WithIdentity("expired-contents"));
            quartz.ScheduleJob<RetentionJob>(
                trigger => trigger.WithIdentity("retention").WithCronSchedule("0 17 3 * * ?", cron => cron.InTimeZone(TimeZoneInfo.Utc)),
                job => job.WithIdentity("retention"));
            quartz.ScheduleJob<SecurityRetentionJob>(
                trigger => trigger.WithIdentity("security-retention").WithCronSchedule("0 37 3 * * ?", cron => cron.InTimeZone(TimeZoneInfo.Utc)),
                job => job.WithIdentity("security-retention"));
            quartz.ScheduleJob<WebhookRetentionJob>(
                trigger => trigger.WithIdentity("webhook-retention").WithCronSchedule("0 47 3 * * ?", cron => cron.InTimeZone(TimeZoneInfo.Utc)),
                job => job.WithIdentity("webhook-retention"));
            quartz.ScheduleJob<BudgetRetentionJob>(
                trigger => trigger.WithIdentity("budget-retention").WithCronSchedule("0 57 3 * * ?", cron => cron.InTimeZone(TimeZoneInfo.Utc)),
                job => job.WithIdentity("budget-retention"));
            quartz.ScheduleJob<LimitRetentionJob>(
                trigger => trigger.WithIdentity("limit-retention").WithCronSchedule("0 7 4 * * ?", cron => cron.InTimeZone(TimeZoneInfo.Utc)),
                job => job.WithIdentity("limit-retention"));
            quartz.ScheduleJob<GuardianRetentionJob>(
                trigger => trigger.WithIdentity("guardian-retention").WithCronSchedule("0 17 4 * * ?", cron => cron.InTimeZone(TimeZoneInfo.Utc)),
                job => job.WithIdentity("guardian-retention"));
        });
        services.AddHostedService<JobScheduler>();
        return services;
    }
}
