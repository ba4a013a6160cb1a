using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Health;
using HiWay.Infrastructure.Snapshots;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Health;

/// <summary>A deployment has one record, through whichever of a workspace's snapshots it is called.</summary>
public sealed class HealthAcrossSnapshotsTests
{
    [Fact]
    public async Task ARecordThatBeganWithACallOfTheSnapshotBefore_IsSeenByTheNext()
    {
        await using var world = await GatewayWorld.StartAsync();
        var snapshots = world.Host.Get<ISnapshots>();
        var monitor = world.Host.Get<HealthMonitor>();
        var before = snapshots.Workspace(world.Account.WorkspaceId)!.ByModelId["acme/m1"];
        await world.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{world.Account.WorkspaceId}/models/acme/m1", world.Account.Key, new { alias = "first" });
        var after = snapshots.Workspace(world.Account.WorkspaceId)!.ByModelId["acme/m1"];
        Assert.NotSame(before, after);
        Assert.Null(after.Health);

        // Calls that had begun under the old snapshot find out that the provider is down.
        var registry = world.Host.Get<HealthRegistry>();
        var record = registry.For(before);
        for (var i = 0; i < 20; i++)
        {
            monitor.Failed(before, FailureClass.ServerError, null, "503");
        }

        Assert.False(before.IsUsable(monitor.Now));
        Assert.Same(record, after.Health);
        Assert.False(after.IsUsable(monitor.Now));
    }
}
