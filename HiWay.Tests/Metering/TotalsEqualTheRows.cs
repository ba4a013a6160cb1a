using HiWay.Domain.Accounts;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Metering.Reading;
using HiWay.Tests.Harness;
using Microsoft.Extensions.Options;

namespace HiWay.Tests.Metering;

/// <summary>Random traffic, drained in random batches with repetitions: whatever a report says can be counted from the rows.</summary>
public sealed class TotalsEqualTheRows : IAsyncLifetime
{
    private readonly JournalHome _home = new() { Options = { DrainInterval = TimeSpan.FromMilliseconds(10) } };
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _home.Dispose();
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(2, 100)]
    [InlineData(3, 5_000)]
    public async Task OfAnyTraffic(int seed, int batchRows)
    {
        var random = new Random(seed);
        var now = DateTimeOffset.UtcNow;
        var events = Enumerable.Range(0, 400).Select(_ => Some(random, now)).ToList();
        _home.Options.DrainBatchRows = batchRows;
        await using (var node = await MeteringNode.StartAsync(_home, _database.Source))
        {
            foreach (var usage in events)
            {
                node.Append([usage]);
                if (random.Next(10) == 0)
                {
                    node.Append([events[random.Next(events.Count)]]);   // may come before its own turn; once all the same
                    await Task.Yield();
                }
            }

            await node.DrainedAsync();
        }

        foreach (var granularity in new[] { "minute", "hour", "day" })
        {
            Assert.Equal(0, await _database.ScalarAsync<long>(Differences(granularity)));
        }

        await AssertReportsAsync(events, now);
    }

    private async Task AssertReportsAsync(List<UsageEvent> events, DateTimeOffset now)
    {
        var reader = new UsageReader(_database.Source, Options.Create(new MeteringOptions()), TimeProvider.System);
        var actor = new Actor("ws_1", null, null, WorkspaceRole.Viewer, "test", null);
        var own = events.Where(usage => usage.WorkspaceId == "ws_1").ToList();
        foreach (var (interval, grouping) in from interval in Enum.GetValues<UsageInterval>() from grouping in Enum.GetValues<UsageGrouping>() select (interval, grouping))
        {
            var report = (await reader.ReadAsync(actor, new(now.AddDays(-5), now.AddMinutes(1), interval, grouping), CancellationToken.None)).Value;
            Assert.Equal(own.Count, report.Totals.Requests);
            Assert.Equal(own.Sum(usage => usage.CostUsd), report.Totals.CostUsd);
            Assert.Equal(own.Sum(usage => usage.SavingsUsd), report.Totals.SavingsUsd);
            Assert.Equal(own.Count(usage => usage.Failed), report.Totals.Errors);
            Assert.Equal(own.Sum(usage => usage.Usage.Input), report.Totals.InputTokens);
            var latencies = own.Select(usage => usage.LatencyMs).Order().ToList();
            var p95 = latencies[(int)Math.Ceiling(0.95 * latencies.Count) - 1];
            Assert.InRange(report.Totals.LatencyP95Ms!.Value, p95 * 0.95, p95 * 1.05);

            Func<UsageEvent, IEnumerable<string?>> groupsOf = grouping switch
            {
                UsageGrouping.None => _ => [null],
                UsageGrouping.Model => usage => [usage.Model],
                UsageGrouping.Provider => usage => [usage.Provider],
                UsageGrouping.Tier => usage => [usage.Tier],
                UsageGrouping.Key => usage => [usage.KeyId],
                UsageGrouping.User => usage => usage.EndUser is { } user ? [user] : [],
                UsageGrouping.Tag => usage => usage.Tags,
            };
            var expected = own.SelectMany(usage => groupsOf(usage).Select(group => (Group: group, usage.CostUsd))).GroupBy(pair => pair.Group)
                .ToDictionary(group => group.Key ?? "", group => (group.Sum(pair => pair.CostUsd), (long)group.Count()));
            if (grouping is not UsageGrouping.None)
            {
                Assert.Equal(expected, report.Groups.ToDictionary(group => group.Group ?? "", group => (group.Totals.CostUsd, group.Totals.Requests)));
            }

            Assert.Equal(expected, report.Series.GroupBy(point => point.Group ?? "").ToDictionary(group => group.Key, group => (group.Sum(point => point.Totals.CostUsd), group.Sum(point => point.Totals.Requests))));
        }
    }

    /// <summary>Number of totals that the rows contradict, in either direction.</summary>
    private static string Differences(string granularity) => $"""
        SELECT count(*) FROM
            (SELECT workspace_id, date_trunc('{granularity}', created_at, 'UTC') AS start, coalesce(key_id, '') AS key_id, coalesce(provider, '') AS provider,
                    coalesce(model, '') AS model, coalesce(tier, '') AS tier, count(*) AS requests, count(*) FILTER (WHERE status >= 400 OR end_reason IN ('error', 'upstream_cut', 'node_lost')) AS errors,
                    count(*) FILTER (WHERE cache_hit) AS cache_hits, count(*) FILTER (WHERE unpriced) AS unpriced, sum(input_tokens) AS input_tokens,
                    sum(cache_read_tokens) AS cache_read_tokens, sum(cache_write_5m_tokens) AS cache_write_5m_tokens, sum(cache_write_1h_tokens) AS cache_write_1h_tokens,
                    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens, sum(cost_usd) AS cost_usd, sum(baseline_usd) AS baseline_usd,
                    sum(savings_usd) AS savings_usd, count(*) AS latencies, count(ttft_ms) AS ttfts
             FROM requests GROUP BY 1, 2, 3, 4, 5, 6) AS counted
        FULL JOIN
            (SELECT workspace_id, start, key_id, provider, model, tier, requests, errors, cache_hits, unpriced, input_tokens, cache_read_tokens, cache_write_5m_tokens,
                    cache_write_1h_tokens, output_tokens, reasoning_tokens, cost_usd, baseline_usd, savings_usd,
                    (SELECT coalesce(sum(n), 0) FROM unnest(latency[2:]) AS n) AS latencies, (SELECT coalesce(sum(n), 0) FROM unnest(ttft[2:]) AS n) AS ttfts
             FROM usage_rollups WHERE granularity = '{granularity}') AS kept
        USING (workspace_id, start, key_id, provider, model, tier, requests, errors, cache_hits, unpriced, input_tokens, cache_read_tokens, cache_write_5m_tokens,
               cache_write_1h_tokens, output_tokens, reasoning_tokens, cost_usd, baseline_usd, savings_usd, latencies, ttfts)
        WHERE counted.requests IS NULL OR kept.requests IS NULL
        """;

    private static UsageEvent Some(Random random, DateTimeOffset now) =>
        SomeUsage.Chat(now.AddSeconds(-random.Next(4 * 86_400)), "ws_" + random.Next(1, 3), random.Next(5) == 0 ? null : "key_" + random.Next(3)) with
        {
            Model = random.Next(6) == 0 ? null : "openai/gpt-" + random.Next(3),
            Provider = random.Next(6) == 0 ? null : "openai",
            Tier = random.Next(6) == 0 ? null : "light",
            EndUser = random.Next(2) == 0 ? null : "user " + random.Next(5),
            Tags = [.. new[] { "a", "b", "ü" }.Where(_ => random.Next(2) == 0)],
            Status = random.Next(4) == 0 ? 502 : 200,
            EndReason = (EndReason)random.Next(4),
            CacheHit = random.Next(5) == 0,
            Unpriced = random.Next(5) == 0,
            CostUsd = random.Next(1_000_000) / 1_000_000_000m,
            BaselineUsd = random.Next(1_000_000) / 1_000_000_000m,
            Usage = new TokenUsage { Input = random.Next(9_000), CacheRead = random.Next(9), CacheWrite5m = random.Next(9), CacheWrite1h = random.Next(9), Output = random.Next(900), Reasoning = random.Next(90) },
            LatencyMs = Math.Exp(random.NextDouble() * 9),
            TtftMs = random.Next(3) == 0 ? null : random.NextDouble() * 900,
        };
}
