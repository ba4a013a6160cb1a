using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Alerts;

/// <summary>
/// Each node finds out by itself that a provider fails, and that it is well again. People hear of it once: when the first node finds it
/// failing, and when no living node does any more.
/// </summary>
internal sealed class ProvidersDown(NodeIdentity node)
{
    /// <summary>A node that has not said for ten seconds that it lives has no say.</summary>
    private const string OthersDown = """
        SELECT EXISTS (
            SELECT FROM providers_down d JOIN nodes n ON n.id = d.node_id AND n.seen_at > clock_timestamp() - interval '10 seconds'
            WHERE d.workspace_id = {0} AND d.provider = {1} AND d.node_id <> {2}) AS "Value"
        """;

    /// <summary>What this node knew before its last start is no longer so.</summary>
    public Task ForgetOwnAsync(HiWayDb db, CancellationToken stop) => db.ProvidersDown.Where(row => row.NodeId == node.Id).ExecuteDeleteAsync(stop);

    public static bool Concerns(AlertEvent alert) => ProviderOf(alert) is not null;

    /// <summary>Whether people have to hear of it. Within a transaction: nodes that ask about the same provider at once take turns until it ends.</summary>
    public async Task<bool> IsNewsAsync(HiWayDb db, AlertEvent alert, CancellationToken stop)
    {
        if (ProviderOf(alert) is not { } provider)
        {
            return true;
        }

        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({"provider " + alert.WorkspaceId + " " + provider}, 0))", stop);
        if (alert.Type == AlertTypes.ProviderDown)
        {
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO providers_down (workspace_id, provider, node_id, since) VALUES ({alert.WorkspaceId}, {provider}, {node.Id}, {alert.At}) ON CONFLICT DO NOTHING", stop);
        }
        else
        {
            await db.ProvidersDown.Where(row => row.WorkspaceId == alert.WorkspaceId && row.Provider == provider && row.NodeId == node.Id).ExecuteDeleteAsync(stop);
        }

        return !await db.Database.SqlQueryRaw<bool>(OthersDown, alert.WorkspaceId, provider, node.Id).SingleAsync(stop);
    }

    private static string? ProviderOf(AlertEvent alert) =>
        alert.Type is AlertTypes.ProviderDown or AlertTypes.ProviderUp ? alert.Fact("provider") as string : null;
}
