using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>Every model that a workspace can say something of.</summary>
internal sealed class KnownModels(SnapshotStore snapshots)
{
    /// <summary>The listed catalogue, and what the workspace's own servers serve.</summary>
    public async Task<IReadOnlyCollection<ModelEntry>> OfAsync(HiWayDb db, string workspaceId, CancellationToken cancellationToken)
    {
        var catalogue = snapshots.CurrentCatalogue;
        var credentials = await db.Credentials.AsNoTracking().Where(row => row.WorkspaceId == workspaceId).ToListAsync(cancellationToken);
        var own = credentials.SelectMany(row => ProviderCatalogue.Resolve(row) is { } target ? ProviderModels.Of(row, target.Provider, catalogue) : []);
        return [.. catalogue.Listed.Concat(own.Where(model => model.Listed)).DistinctBy(model => model.Id, StringComparer.Ordinal)];
    }
}
