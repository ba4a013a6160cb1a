using HiWay.Domain.Budgets;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Metering.Traces;
using HiWay.Tests.Harness;
using Npgsql;

namespace HiWay.Tests.Metering;

public sealed class DrainWritesEachEventOnce : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 0, 123, TimeSpan.Zero);
    private readonly JournalHome _home = new();
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _home.Options.DrainInterval = TimeSpan.FromMilliseconds(20);
        _database = await TestDatabase.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task EventWithEverything_BecomesItsRow()
    {
        await using var node = await MeteringNode.StartAsync(_home, _database.Source);
        var usage = SomeUsage.Chat(At) with { ErrorCode = "upstream_unavailable", Status = 502, EndReason = EndReason.UpstreamCut, Unpriced = true, Dropped = ["seed"] };
        node.Append([usage]);
        await node.DrainedAsync();

        await using var command = _database.Source.CreateCommand("SELECT * FROM requests");
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        Assert.Equal(
            (usage.Id, usage.WorkspaceId, usage.KeyId, "customer-17", 502, "upstream_cut", 1200L, 300L, 20L, 85L, 40L, usage.CostUsd, usage.BaselineUsd, usage.SavingsUsd, true),
            ((string)row["id"], (string)row["workspace_id"], (string?)row["key_id"], (string)row["end_user"], (int)row["status"], (string)row["end_reason"],
             (long)row["input_tokens"], (long)row["cache_read_tokens"], (long)row["cache_write_5m_tokens"], (long)row["output_tokens"], (long)row["reasoning_tokens"],
             (decimal)row["cost_usd"], (decimal)row["baseline_usd"], (decimal)row["savings_usd"], (bool)row["unpriced"]));
        Assert.Equal(At.UtcDateTime, (DateTime)row["created_at"]);
        var trace = TraceCodec.Read((byte[])row["trace"], new());
        Assert.Equal(usage.Stages, trace.Stages);
        Assert.Equal(usage.Attempts, trace.Attempts);
        Assert.Equal(["seed"], trace.Dropped);
        Assert.False(await row.ReadAsync());
    }

    [Fact]
    public async Task SameEventTwice_IsOneRow_AndCountsOnce()
    {
        await using var node = await MeteringNode.StartAsync(_home, _database.Source);
        var once = node.Append(Enumerable.Range(0, 20).Select(i => SomeUsage.Chat(At.AddSeconds(i))));
        await node.DrainedAsync();

        node.Append(once.Take(7).Append(SomeUsage.Chat(At)).Append(once[3]));
        await node.DrainedAsync();

        await AssertBooksAsync(21, 21 * 0.001575m);
    }

    [Fact]
    public async Task KilledAfterACommitThatWasNotConfirmed_ReplayAddsOnlyWhatIsMissing()
    {
        await using (var node = await MeteringNode.StartAsync(_home, _database.Source))
        {
            node.Append(Enumerable.Range(0, 50).Select(i => SomeUsage.Chat(At.AddSeconds(i))));
            await node.DrainedAsync();
            using var killed = _home.CopyAsIfKilled();
            using (var journal = killed.Open())
            {
                for (var i = 0; i < 30; i++)
                {
                    journal.Append(SomeUsage.Chat(At.AddMinutes(i)));
                }
            }

            killed.Options.DrainBatchRows = 33;
            await using var after = await MeteringNode.StartAsync(killed, _database.Source);
            await after.DrainedAsync();
        }

        await AssertBooksAsync(80, 80 * 0.001575m);
    }

    [Fact]
    public async Task SeveralNodes_AddToTheSameTotals()
    {
        var homes = Enumerable.Range(0, 3).Select(_ => new JournalHome { Options = { DrainInterval = TimeSpan.FromMilliseconds(1), DrainBatchRows = 40 } }).ToList();
        var nodes = await Task.WhenAll(homes.Select(home => MeteringNode.StartAsync(home, _database.Source)));

        await Task.WhenAll(nodes.Select((node, n) => Task.Run(async () =>
        {
            // Each starts with another key, so that without an order of locks they would meet in a circle.
            for (var i = 0; i < 400; i++)
            {
                node.Append([SomeUsage.Chat(At.AddMilliseconds(i), keyId: $"key_{(i + n) % 5}")]);
                await Task.Yield();
            }

            await node.DrainedAsync();
        })));

        foreach (var (node, home) in nodes.Zip(homes))
        {
            Assert.Null(node.Health.Drain.DatabaseProblem);
            await node.DisposeAsync();
            home.Dispose();
        }

        await AssertBooksAsync(1200, 1200 * 0.001575m);
    }

    [Fact]
    public async Task EventsOfAnyDay_FindTheirPartition_EvenOneThatWasDropped()
    {
        await using var node = await MeteringNode.StartAsync(_home, _database.Source);
        node.Append([SomeUsage.Chat(At.AddDays(-400)), SomeUsage.Chat(At), SomeUsage.Chat(At.AddDays(2))]);
        await node.DrainedAsync();

        await _database.ExecuteAsync("DROP TABLE requests_20261121");
        node.Append([SomeUsage.Chat(At.AddMinutes(1))]);
        await node.DrainedAsync();

        Assert.Equal(3, await _database.ScalarAsync<long>("SELECT count(*) FROM requests"));
    }

    [Fact]
    public async Task TextThatPostgresWouldRefuse_IsCleaned_AndHoldsNothingUp()
    {
        await using var node = await MeteringNode.StartAsync(_home, _database.Source);
        var hostile = SomeUsage.Chat(At) with
        {
            EndUser = new string('u', 9_000), RequestedModel = "a\0b", Tags = ["\0", new string('t', 9_000), "ok", "ok"], Reason = "\ud800 half", LatencyMs = double.NaN,
            TtftMs = double.PositiveInfinity, Stages = [new("a\0", "b\0", 1)], ErrorCode = "x\0",
        };
        node.Append([hostile, SomeUsage.Chat(At)]);
        await node.DrainedAsync();

        Assert.Equal(2, await _database.ScalarAsync<long>("SELECT count(*) FROM requests"));
        Assert.False(File.Exists(node.Journal.RejectedPath));
        Assert.Equal("ab", await _database.ScalarAsync<string>($"SELECT requested_model FROM requests WHERE id = '{hostile.Id}'"));
    }

    [Fact]
    public async Task EventThatTheDatabaseWillNeverTake_IsPutAside_AndTheOthersGoOn()
    {
        await _database.ExecuteAsync("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.status = 998 THEN RAISE SQLSTATE '22000'; END IF; RETURN NEW; END $$");
        await _database.ExecuteAsync("CREATE TRIGGER refuse BEFORE INSERT ON requests FOR EACH ROW EXECUTE FUNCTION refuse()");
        await using var node = await MeteringNode.StartAsync(_home, _database.Source);
        var events = Enumerable.Range(0, 9).Select(i => SomeUsage.Chat(At.AddSeconds(i)) with { Status = i == 4 ? 998 : 200 });
        var bad = node.Append(events)[4];
        await node.DrainedAsync();

        await AssertBooksAsync(8, 8 * 0.001575m);
        Assert.Contains(bad.Id, await File.ReadAllTextAsync(node.Journal.RejectedPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UsedKeys_GetTheirTime_WithoutAChangeForTheSnapshot()
    {
        await _database.ExecuteAsync("INSERT INTO workspaces (id, name, plan, created_at, routing_profile, sovereignty_zone, prompt_caching, log_content, aliases, version) VALUES ('ws_1', 'W', 'free', now(), 'balanced', 'global', true, false, '{}', 1)");
        await _database.ExecuteAsync("INSERT INTO api_keys (id, workspace_id, name, source, secret_hash, prefix, is_test, scopes, router_bypass, fallback, tags, created_at) VALUES ('key_1', 'ws_1', 'K', 'api', '\\x01', 'hw_live_0000', false, '{}', false, true, '{}', now())");
        var version = await _database.ScalarAsync<long>("SELECT version FROM workspaces");
        await using (var node = await MeteringNode.StartAsync(_home, _database.Source))
        {
            node.Append([SomeUsage.Chat(At, "ws_1", "key_1"), SomeUsage.Chat(At.AddSeconds(5), "ws_1", "key_1")]);
            await node.DrainedAsync();
        }

        Assert.Equal(At.AddSeconds(5).UtcDateTime, await _database.ScalarAsync<DateTime>("SELECT last_used_at FROM api_keys"));
        Assert.Equal(version, await _database.ScalarAsync<long>("SELECT version FROM workspaces"));
    }

    [Fact]
    public async Task Restart_TheLedgerKnowsThisMonthsSpend_DrainedOrNot()
    {
        var now = DateTimeOffset.UtcNow;
        var subject = SpendSubject.Key("key_1");
        await using (var node = await MeteringNode.StartAsync(_home, _database.Source))
        {
            node.Append([SomeUsage.Chat(now, keyId: "key_1", costUsd: 0.25m), SomeUsage.Chat(now, keyId: "key_1", costUsd: 0.5m), SomeUsage.Chat(now.AddDays(-40), keyId: "key_1", costUsd: 9m)]);
            await node.DrainedAsync();
        }

        _home.Options.DrainBatchRows = 2;
        using (var journal = _home.Open())
        {
            for (var i = 0; i < 9; i++)
            {
                journal.Append(SomeUsage.Chat(now, keyId: "key_1", costUsd: 0.125m));
            }
        }

        await using var restarted = await MeteringNode.StartAsync(_home, _database.Source);
        Assert.Equal(0.75m + 9 * 0.125m, restarted.Ledger.Read(subject, CapPeriod.Month, now).SpentUsd);
        await restarted.DrainedAsync();
        Assert.Equal(0.75m + 9 * 0.125m, restarted.Ledger.Read(subject, CapPeriod.Month, now).SpentUsd);
    }

    /// <summary>Rows and totals of every granularity say the same.</summary>
    private async Task AssertBooksAsync(long rows, decimal costUsd)
    {
        Assert.Equal(rows, await _database.ScalarAsync<long>("SELECT count(*) FROM requests"));
        foreach (var granularity in new[] { "minute", "hour", "day" })
        {
            Assert.Equal(rows, await _database.ScalarAsync<long>($"SELECT sum(requests)::bigint FROM usage_rollups WHERE granularity = '{granularity}'"));
            Assert.Equal(costUsd, await _database.ScalarAsync<decimal>($"SELECT sum(cost_usd) FROM usage_rollups WHERE granularity = '{granularity}'"));
            Assert.Equal(rows, await _database.ScalarAsync<long>($"SELECT sum(requests)::bigint FROM usage_attribution WHERE kind = 'user' AND granularity = '{granularity}'"));
        }
    }
}
