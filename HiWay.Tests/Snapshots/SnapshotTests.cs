using System.Net;
using HiWay.Domain.Keys;
using HiWay.Infrastructure.Snapshots;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Snapshots;

public sealed class SnapshotTests
{
    [Fact]
    public async Task DatabaseStopped_TheLastSnapshotStays_SaysHowOldItIs_AndCatchesUpAfterwards()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await using var host = await HiWayHost.StartAsync(("ConnectionStrings:HiWay", postgres.ConnectionString));
        var owner = await host.Http.SignUpAsync();
        var key = await host.Http.CreateKeyAsync(owner, new { name = "Warm", test = true });
        var snapshots = host.Get<ISnapshots>();
        await postgres.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        var stopped = snapshots.FreshAt;
        await Task.Delay(TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.OK, (await host.Http.ChatAsync(key.Secret, "Hello", "gpt-4o")).Status);
        Assert.Equal(stopped, snapshots.FreshAt);
        Assert.Null(await snapshots.FindOrAskAsync(ApiKeySecret.Hash("hw_live_unknown"), CancellationToken.None));

        await postgres.StartAgainAsync();
        await UntilAsync(() => snapshots.FreshAt > stopped);
        await host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{owner.WorkspaceId}/keys/{key.Id}/revoke", owner.Key);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.ChatAsync(key.Secret, "Hello", "gpt-4o")).Status);
    }

    [Fact]
    public async Task ChangeThatCommitsLate_IsSeenThoughLaterOnesCameFirst()
    {
        // A transaction takes its version, others commit higher ones and are seen, and only then it commits.
        await using var host = await HiWayHost.StartAsync();
        var (slow, quick) = (await host.Http.SignUpAsync(), await host.Http.SignUpAsync());
        var snapshots = host.Get<ISnapshots>();
        await using (var connection = await host.Database.Source.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var late = connection.CreateCommand();
            late.CommandText = $"UPDATE workspaces SET name = 'Late' WHERE id = '{slow.WorkspaceId}'";
            await late.ExecuteNonQueryAsync();
            await host.Database.ExecuteAsync($"UPDATE workspaces SET name = 'Quick' WHERE id = '{quick.WorkspaceId}'");
            await UntilAsync(() => snapshots.Workspace(quick.WorkspaceId)!.Name == "Quick");
            await Task.Delay(TimeSpan.FromSeconds(1));
            await transaction.CommitAsync();
        }

        await UntilAsync(() => snapshots.Workspace(slow.WorkspaceId)!.Name == "Late");
    }

    [Fact]
    public async Task WhenAKeyWasLastUsed_ChangesNoSnapshot()
    {
        await using var host = await HiWayHost.StartAsync();
        var owner = await host.Http.SignUpAsync();
        var before = host.Get<ISnapshots>().Workspace(owner.WorkspaceId)!.Version;

        await host.Database.ExecuteAsync("UPDATE api_keys SET last_used_at = now()");
        await Task.Delay(TimeSpan.FromSeconds(1));

        Assert.Equal(before, await host.Database.ScalarAsync<long>($"SELECT version FROM workspaces WHERE id = '{owner.WorkspaceId}'"));
        Assert.Equal(before, host.Get<ISnapshots>().Workspace(owner.WorkspaceId)!.Version);
    }

    [Fact]
    public async Task DeletedWorkspace_TakesItsKeysWithIt()
    {
        await using var host = await HiWayHost.StartAsync();
        var owner = await host.Http.SignUpAsync();
        var hash = ApiKeySecret.Hash(owner.Key);
        Assert.NotNull(host.Get<ISnapshots>().Find(hash));

        await host.Database.ExecuteAsync($"UPDATE workspaces SET deleted_at = now() WHERE id = '{owner.WorkspaceId}'");

        await UntilAsync(() => host.Get<ISnapshots>().Find(hash) is null);
    }

    [Fact]
    public async Task KeyMadeAMomentAgoElsewhere_IsFoundByAskingOnce_AndGuessesDoNotReachTheDatabaseForLong()
    {
        await using var host = await HiWayHost.StartAsync();
        var owner = await host.Http.SignUpAsync();
        var snapshots = host.Get<ISnapshots>();
        var limit = new RecheckLimit();
        var now = DateTimeOffset.UtcNow;

        // Straight into the table, and asked for before the feed can have seen it.
        var secret = ApiKeySecret.New(test: true);
        await host.Database.ExecuteAsync(
            $"""
            INSERT INTO api_keys (id, workspace_id, name, source, secret_hash, prefix, is_test, scopes, tags, router_bypass, fallback, created_at)
            VALUES ('key_elsewhere', '{owner.WorkspaceId}', 'Elsewhere', 'api', '\x{Convert.ToHexString(ApiKeySecret.Hash(secret))}', 'hw_test_0000', true, ARRAY['inference'], ARRAY[]::text[], false, true, now())
            """);
        Assert.Equal("Elsewhere", (await snapshots.FindOrAskAsync(ApiKeySecret.Hash(secret), CancellationToken.None))?.Key.Name);

        Assert.Equal(20, Enumerable.Range(0, 1000).Count(_ => limit.TryTake(now)));
        Assert.Equal(10, Enumerable.Range(0, 1000).Count(_ => limit.TryTake(now.AddSeconds(0.5))));
    }

    [Fact]
    public async Task Lookup_AllocatesNothing()
    {
        await using var host = await HiWayHost.StartAsync();
        var owner = await host.Http.SignUpAsync();
        var snapshots = host.Get<ISnapshots>();
        var hash = ApiKeySecret.Hash(owner.Key);
        Assert.NotNull(snapshots.Find(hash));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            snapshots.Find(hash);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Task UntilAsync(Func<bool> good) => Patience.UntilAsync(good, "the snapshot says so");
}
