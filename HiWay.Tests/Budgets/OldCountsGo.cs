using HiWay.Tests.Harness;
using Quartz;

namespace HiWay.Tests.Budgets;

/// <summary>What the nightly jobs take away of caps and limits, and what they leave.</summary>
public sealed class OldCountsGo
{
    [Fact]
    public async Task WindowsThresholdsAndNodesThatAreOver_Go_AndTheRestStays()
    {
        await using var host = await HiWayHost.StartAsync(("Budgets:WindowRetentionDays", "10"), ("Budgets:EventRetentionDays", "40"));
        var database = host.Database;
        await database.ExecuteAsync("""
            INSERT INTO spend_shares (kind, subject, period, start, node_id, spent_usd) VALUES
                (1, 'day-old', 0, now() - interval '12 days', 'gone', 1), (1, 'day-young', 0, now() - interval '10 days', 'quiet', 1),
                (0, 'month-old', 1, now() - interval '45 days', 'gone', 1), (0, 'month-young', 1, now() - interval '36 days', 'quiet', 1),
                (2, 'month-now', 1, now() - interval '5 days', 'quiet', 1);
            INSERT INTO nodes (id, host, started_at, seen_at) VALUES
                ('gone', 'h', now() - interval '60 days', now() - interval '50 days'), ('left', 'h', now() - interval '60 days', '-infinity'),
                ('quiet', 'h', now() - interval '60 days', now() - interval '50 days'), ('young', 'h', now() - interval '5 days', '-infinity');
            INSERT INTO budget_events (workspace_id, kind, subject, period, start, verdict, at, spent_usd, cap_usd) VALUES
                ('ws', 0, 'old', 1, now() - interval '41 days', 'WARN', now() - interval '41 days', 1, 1),
                ('ws', 0, 'young', 1, now() - interval '39 days', 'WARN', now() - interval '39 days', 1, 1);
            """);

        await RunAsync(host, "budget-retention");

        await UntilAsync(database, "SELECT string_agg(subject, ' ' ORDER BY subject) FROM spend_shares", "day-young month-now month-young");
        await UntilAsync(database, "SELECT string_agg(id, ' ' ORDER BY id) FROM nodes WHERE host = 'h'", "quiet young");
        await UntilAsync(database, "SELECT string_agg(subject, ' ' ORDER BY subject) FROM budget_events", "young");
    }

    [Fact]
    public async Task CountsOfMinutesAndDaysThatAreOver_Go_AndTodaysStay()
    {
        await using var host = await HiWayHost.StartAsync();
        var database = host.Database;
        await database.ExecuteAsync("""
            INSERT INTO rate_shares (node_id, subject, requests, tokens, minute_requests, minute_tokens, running, updated_at) VALUES
                ('n', 'old', 1, 1, 1, 1, 0, now() - interval '25 hours'), ('n', 'young', 1, 1, 1, 1, 0, now() - interval '23 hours');
            INSERT INTO day_counts (subject, day, node_id, requests)
                SELECT 'day', (now() AT TIME ZONE 'UTC')::date - back, 'n', 1 FROM generate_series(0, 3) AS back;
            INSERT INTO day_counts (subject, day, node_id, requests) SELECT 'many-' || i, '2020-01-01', 'n', 1 FROM generate_series(1, 10001) AS i;
            """);

        await RunAsync(host, "limit-retention");

        await UntilAsync(database, "SELECT string_agg(subject, ' ' ORDER BY subject) FROM rate_shares", "young");
        await UntilAsync(database, "SELECT string_agg(((now() AT TIME ZONE 'UTC')::date - day)::text, ' ' ORDER BY day DESC) FROM day_counts", "0 1");
    }

    private static async Task RunAsync(HiWayHost host, string job) => await (await host.Get<ISchedulerFactory>().GetScheduler()).TriggerJob(new JobKey(job));

    private static async Task UntilAsync(TestDatabase database, string sql, string expected)
    {
        var last = "";
        for (var patience = 0; patience < 600; patience++)
        {
            last = await database.ScalarAsync<string>(sql);
            if (last == expected)
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Equal(expected, last);
    }
}
