using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Budgets;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Tests.Harness;
using HiWay.Tests.Metering;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Playwright;

namespace HiWay.Tests.Budgets;

/// <summary>How nodes share a cap through the database, with the real statements.</summary>
public sealed class SlicesOfCaps : IAsyncLifetime
{
    private static readonly SpendSubject Workspace = SpendSubject.Workspace("ws_1");
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Slices_ShrinkTowardsTheCap_SoThatNoNodeSitsOnTheLastDollars()
    {
        using var one = await Node.StartAsync(_database);
        using var two = await Node.StartAsync(_database);
        var slices = new List<decimal>();
        var used = 0m;
        while (slices.Count < 2_000 && (await one.Leases.TakeAsync(Window, new(10m, used, 0m, used, 0.01m, 0.01m)))!.Value is var answer && answer.GrantedUsd > used)
        {
            slices.Add(answer.GrantedUsd - used);
            used = answer.GrantedUsd;
        }

        Assert.Equal(2.51m, slices[0]);   // a quarter of what is free, with two nodes, and what the call itself needs
        Assert.All(slices.Zip(slices.Skip(1)), pair => Assert.True(pair.Second <= pair.First));
        Assert.InRange(slices[^1], 0.01m, 0.02m);
        Assert.InRange(used, 9.99m, 10m);
    }

    [Fact]
    public async Task DeadNodesSlice_CountsAsSpent_UntilItIsWrittenOff_AndReturnedMoneyAtOnce()
    {
        using var dead = await Node.StartAsync(_database);
        using var alive = await Node.StartAsync(_database);
        var scope = Scope(10m);
        Assert.NotNull((await dead.Ledger.ReserveAsync(scope, 1m, Now)).Granted);
        var held = await _database.ScalarAsync<decimal>("SELECT sum(granted_usd) FROM spend_shares");
        Assert.True(held > 1m);
        await _database.ExecuteAsync($"UPDATE nodes SET seen_at = now() - interval '1 hour' WHERE id = '{dead.Id}'");

        var refused = (await alive.Ledger.ReserveAsync(scope, 10m - held + 0.01m, Now)).Refused;
        Assert.Equal((0m, held), (refused!.SpentUsd, refused.ReservedUsd));
        var rest = (await alive.Ledger.ReserveAsync(scope, 10m - held, Now)).Granted;
        Assert.NotNull(rest);

        Assert.Equal((0m, 0L), await alive.Shares.WriteOffAsync(TimeSpan.FromHours(2), default));
        Assert.Equal((held, 1L), await alive.Shares.WriteOffAsync(TimeSpan.FromMinutes(30), default));
        await Task.Delay(120);   // a refusal stands for a tenth of a second
        Assert.NotNull((await alive.Ledger.ReserveAsync(scope, held, Now)).Granted);
    }

    [Fact]
    public async Task WhatALostCallMayCostBeyondTheBooks_StaysSetAside_ForAllNodes_AndIsInNoSpend()
    {
        using var returned = await Node.StartAsync(_database);
        using var other = await Node.StartAsync(_database);
        var scope = Scope(10m);
        var lost = SomeUsage.Chat(Now) with { WorkspaceId = "ws_1", KeyId = null, EndUser = null, CostUsd = 2m, OpenUsd = 3m, EndReason = EndReason.NodeLost };
        await using (var connection = await _database.Source.OpenConnectionAsync())
        {
            var sums = new SpendSums();
            sums.Add(lost);
            await returned.Shares.AddAsync(connection, sums, default);
        }

        Assert.Equal(2m, await _database.ScalarAsync<decimal>("SELECT sum(spent_usd) FROM spend_shares"));
        var refused = (await other.Ledger.ReserveAsync(scope, 5.01m, Now)).Refused;
        Assert.Equal((2m, 3m), (refused!.SpentUsd, refused.ReservedUsd));
        Assert.NotNull((await returned.Ledger.ReserveAsync(scope, 5m, Now)).Granted);
        var month = SpendWindows.StartOf(CapPeriod.Month, Now);
        Assert.Equal(new KeptSpend(3m, 0m), await other.Shares.KeptAsync("ws_1", month, default));

        await _database.ExecuteAsync($"UPDATE nodes SET seen_at = now() - interval '1 hour' WHERE id = '{returned.Id}'");
        Assert.Equal(5m, (await other.Shares.KeptAsync("ws_1", month, default)).SilentNodesUsd);
        await other.Shares.WriteOffAsync(TimeSpan.FromMinutes(30), default);
        Assert.Equal(3m, (await other.Shares.KeptAsync("ws_1", month, default)).LostCallsUsd);
    }

    [Fact]
    public async Task WhatADeadNodeWasLastHeardToHaveUsed_StaysCounted()
    {
        using var dead = await Node.StartAsync(_database);
        using var alive = await Node.StartAsync(_database);
        var scope = Scope(10m);
        Assert.NotNull((await dead.Ledger.ReserveAsync(scope, 1m, Now)).Granted);
        var held = await _database.ScalarAsync<decimal>("SELECT sum(granted_usd) FROM spend_shares");
        await dead.Shares.TellAsync([new(new(scope.Caps[0].Subject, CapPeriod.Month, SpendWindows.StartOf(CapPeriod.Month, Now)), 0.25m, 0.75m, null)], default);
        await _database.ExecuteAsync($"UPDATE nodes SET seen_at = now() - interval '1 hour' WHERE id = '{dead.Id}'");

        Assert.Equal((held - 1m, 1L), await alive.Shares.WriteOffAsync(TimeSpan.FromMinutes(30), default));
        Assert.Equal((0m, 0L), await alive.Shares.WriteOffAsync(TimeSpan.FromMinutes(30), default));

        Assert.Null((await alive.Ledger.ReserveAsync(scope, 9.01m, Now)).Granted);
        await Task.Delay(120);   // a refusal stands for a tenth of a second
        Assert.NotNull((await alive.Ledger.ReserveAsync(scope, 9m, Now)).Granted);
    }

    /// <summary>Found by the cap proof on a busy machine: the node then held more than the database had counted, and others took the same money.</summary>
    [Fact]
    public async Task QuestionOvertakenByTheNodesOwnNews_GivesNoMoreThanIsCounted()
    {
        using var node = await Node.StartAsync(_database);
        var scope = Scope(10m);
        Assert.NotNull((await node.Ledger.ReserveAsync(scope, 1m, Now)).Granted);
        await using var connection = await _database.Source.OpenConnectionAsync();
        await using var others = await connection.BeginTransactionAsync();
        await using (var busy = connection.CreateCommand())
        {
            busy.CommandText = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws('/', kind, subject, period, extract(epoch FROM start)), 5130)) FROM spend_shares";
            await busy.ExecuteNonQueryAsync();
        }

        var reserving = node.Ledger.ReserveAsync(scope, 8m, Now).AsTask();
        while (await _database.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0)
        {
            await Task.Delay(10);
        }

        await node.Shares.TellAsync([new(Window, 0m, 1m, null)], default);
        await others.CommitAsync();
        Assert.NotNull((await reserving).Granted);

        var (spent, reserved) = node.Ledger.Read(Workspace, CapPeriod.Month, Now);
        Assert.Equal(9m, reserved);
        Assert.True(await _database.ScalarAsync<decimal>("SELECT granted_usd FROM spend_shares") >= spent + reserved + node.Ledger.HeldUsd(Workspace));
    }

    [Fact]
    public async Task TwoNodes_ManyCallsAtOnce_NeverGetMoreThanTheCap()
    {
        using var one = await Node.StartAsync(_database);
        using var two = await Node.StartAsync(_database);
        var scope = Scope(2m);

        var granted = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            var node = i % 2 == 0 ? one : two;
            if ((await node.Ledger.ReserveAsync(scope, 0.03m, Now)).Granted is not { } reservation)
            {
                return 0;
            }

            await Task.Yield();
            node.Ledger.Settle(reservation, 0.03m);
            return 1;
        })));

        var spent = granted.Sum() * 0.03m;
        Assert.True(spent <= 2m, $"{spent} USD of 2 were spent.");
        Assert.True(await _database.ScalarAsync<decimal>("SELECT sum(granted_usd) FROM spend_shares") <= 2m);
    }

    [Fact]
    public async Task DatabaseLost_CallsGoOnWithTheSlice_ThatIsShown_ThenWait_AndTheCapHoldsAfterwards()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await using var upstream = await ReplayUpstream.StartAsync();
        await using var host = await HiWayHost.StartAsync(null, null, ("ConnectionStrings:HiWay", postgres.ConnectionString));
        var (account, key) = await BudgetControlTests.SetUpAsync(host, upstream);
        var budget = $"/api/v1/workspaces/{account.WorkspaceId}/budget";
        await host.Http.CallAsync(HttpMethod.Put, budget, account.Key, new { cap_usd = 0.1m });
        Assert.Equal(HttpStatusCode.OK, (await BudgetControlTests.ChatAsync(host.Http, key, null)).Status);

        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        await tab.OpenAsync("/budget");
        await Assertions.Expect(tab.Page.Locator("[data-spent]")).ToHaveTextAsync("$0.009");
        await postgres.StopAsync();
        var ready = await UntilAsync(() => ReadyAsync(host), json => json["budgets"]!["exposure_usd"]!.GetValue<decimal>() > 0m);
        var exposure = ready["budgets"]!["exposure_usd"]!.GetValue<decimal>();
        Assert.True(exposure < 0.1m);
        Assert.NotNull(ready["budgets"]!["database_lost_at"]);
        Assert.Contains("The database cannot be asked about caps", host.Logs.ToString(), StringComparison.Ordinal);
        var warning = tab.Page.GetByRole(AriaRole.Alert).GetByText("Calls go on with the slices of caps that this node holds: at most");
        await Assertions.Expect(warning).ToBeVisibleAsync();

        var through = 0;
        ChatReply last;
        while ((last = await BudgetControlTests.ChatAsync(host.Http, key, null)).Status is HttpStatusCode.OK)
        {
            through++;
        }

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "overloaded"), (last.Status, last.ErrorCode));
        Assert.InRange(through, 1, (int)(exposure / 0.0089m));

        await postgres.StartAgainAsync();
        await UntilAsync(() => ReadyAsync(host), json => json["budgets"]!["exposure_usd"]!.GetValue<decimal>() == 0m && json["status"]!.GetValue<string>() == "ready");
        await Assertions.Expect(warning).ToBeHiddenAsync();
        while ((last = await BudgetControlTests.ChatAsync(host.Http, key, null)).Status is HttpStatusCode.OK)
        {
            through++;
        }

        Assert.Equal("budget_exceeded", last.ErrorCode);
        var spent = (await host.Http.CallAsync(HttpMethod.Get, budget, account.Key))["spent_usd"]!.GetValue<decimal>();
        Assert.Equal(0.099m, spent);   // eleven calls of 0.009; a twelfth would pass
        Assert.Equal(11, through + 1);
    }

    private static SpendWindowKey Window => new(Workspace, CapPeriod.Month, SpendWindows.StartOf(CapPeriod.Month, Now));

    private static SpendScope Scope(decimal cap) => new("ws_1", null, null, [new(Workspace, CapPeriod.Month, cap)], WorkspaceBudget.None);

    private static async Task<JsonNode> ReadyAsync(HiWayHost host)
    {
        using var answer = await host.Http.GetAsync("/health/ready");
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private static async Task<JsonNode> UntilAsync(Func<Task<JsonNode>> read, Func<JsonNode, bool> enough)
    {
        JsonNode json;
        for (var patience = 0; !enough(json = await read()); patience++)
        {
            Assert.True(patience < 1_800, "Readiness still says " + json.ToJsonString());
            await Task.Delay(100);
        }

        return json;
    }

    /// <summary>What of a node shares caps.</summary>
    private sealed class Node : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        private Node(TestDatabase database)
        {
            var identity = new NodeIdentity(new DataDirectory(_folder.Path), TimeProvider.System);
            Id = identity.Id;
            Leases = new(database.Source, identity, Options.Create(new BudgetOptions()), TimeProvider.System, NullLogger<SpendLeases>.Instance);
            Shares = new(database.Source, identity, Leases);
            Ledger = new(Leases);
        }

        public string Id { get; }

        public SpendLeases Leases { get; }

        public SpendShares Shares { get; }

        public SpendLedger Ledger { get; }

        public static async Task<Node> StartAsync(TestDatabase database)
        {
            var node = new Node(database);
            await node.Shares.BeatAsync(default);
            return node;
        }

        public void Dispose() => _folder.Dispose();
    }
}
