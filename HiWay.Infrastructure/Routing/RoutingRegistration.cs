using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Routing;

public static class RoutingRegistration
{
    /// <summary>The workspaces' routing settings. After AddSnapshots, which carry them to the calls.</summary>
    public static IServiceCollection AddWorkspaceRouting(this IServiceCollection services) => services.AddSingleton<IRouting, RoutingService>();
}
