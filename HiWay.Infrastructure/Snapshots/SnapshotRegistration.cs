using HiWay.Infrastructure.Catalogue;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Snapshots;

public static class SnapshotRegistration
{
    /// <summary>The hot path's view of the database, and what keeps it fresh. After AddDatabase, whose migrations it needs.</summary>
    public static IServiceCollection AddSnapshots(this IServiceCollection services)
    {
        services.AddSingleton<CatalogueStore>();
        services.AddSingleton<SnapshotReader>();
        services.AddSingleton<SnapshotBuilder>();
        services.AddSingleton<RecheckLimit>();
        services.AddSingleton<SnapshotStore>();
        services.AddSingleton<ISnapshots>(provider => provider.GetRequiredService<SnapshotStore>());
        services.AddSingleton<KnownModels>();
        services.AddSingleton<IModels, WorkspaceModels>();
        services.AddSingleton<OperatorModels>();
        services.AddHostedService<SnapshotFeed>();
        return services;
    }
}
