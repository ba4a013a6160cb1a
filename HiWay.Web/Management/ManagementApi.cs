using HiWay.Web.Gateway.Account;

namespace HiWay.Web.Management;

/// <summary>The management API, <c>/api/v1</c>: one file per resource, one line per resource here.</summary>
public static class ManagementApi
{
    public static IServiceCollection AddManagement(this IServiceCollection services) => services.AddScoped<Admission>();

    /// <summary>Admission and the error envelope; after authentication, before the endpoints.</summary>
    public static IApplicationBuilder UseManagement(this IApplicationBuilder app) => app.UseMiddleware<ManagementMiddleware>();

    public static void MapManagement(this IEndpointRouteBuilder app)
    {
        // Routes of the installation. Each says itself who may call it: .For(Caller.…).
        var root = app.MapGroup("/api/v1");
        root.AddEndpointFilter(RefuseWrongArgumentsAsync);
        root.MapSignup();
        root.MapMe();
        root.MapEmail();
        root.MapPasskeys();
        root.MapWorkspaces();
        root.MapAdminModels();
        root.MapAdminWorkspaces();
        root.MapDevice();
        app.MapGatewayMe();
        app.MapAccountActivity();
        app.MapAccountBalance();
        app.MapFeedback();

        // Routes of one workspace, for its members and its keys with the scope `manage`.
        var workspace = root.MapGroup("/workspaces/{ws}").For(Caller.Member);
        workspace.MapWorkspace();
        workspace.MapMembers();
        workspace.MapAudit();
        workspace.MapKeys();
        workspace.MapProviders();
        workspace.MapProviderKeys();
        workspace.MapHealth();
        workspace.MapModels();
        workspace.MapRouting();
        workspace.MapReplay();
        workspace.MapLearned();
        workspace.MapJudge();
        workspace.MapBudget();
        workspace.MapUsage();
        workspace.MapRequests();
        workspace.MapPrivacy();
        workspace.MapSecurity();
        workspace.MapWebhooks();
        workspace.MapGuardian();
    }

    /// <summary>Says who may call a route or all routes of a group; the innermost word counts.</summary>
    internal static TBuilder For<TBuilder>(this TBuilder route, Caller needs)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new ManagementAccess(needs));

    /// <summary>A body or paging parameter that could not be read ends the call before its handler.</summary>
    private static async ValueTask<object?> RefuseWrongArgumentsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        foreach (var argument in context.Arguments)
        {
            if (argument is IRefusable { Refusal: { } refusal })
            {
                return refusal.Refused();
            }
        }

        return await next(context);
    }
}
