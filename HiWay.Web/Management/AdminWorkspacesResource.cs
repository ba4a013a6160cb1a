using HiWay.Domain.Errors;
using HiWay.Infrastructure.Accounts;

namespace HiWay.Web.Management;

/// <summary>The operator's list of workspaces, and the switch that stops one.</summary>
internal static class AdminWorkspacesResource
{
    internal sealed record PatchBody(bool? Suspended = null);

    public static void MapAdminWorkspaces(this IEndpointRouteBuilder root)
    {
        var admin = root.MapGroup("/admin").For(Caller.Operator);
        admin.MapGet("/workspaces", ListAsync);
        admin.MapGet("/workspaces/{id}", GetAsync);
        admin.MapPatch("/workspaces/{id}", PatchAsync);
    }

    private static async Task<IResult> ListAsync(Paging paging, OperatorWorkspaces workspaces, CancellationToken cancellationToken) =>
        (await workspaces.ListAsync(paging.Cursor, paging.Limit, cancellationToken)).Page();

    private static async Task<IResult> GetAsync(string id, OperatorWorkspaces workspaces, CancellationToken cancellationToken) =>
        (await workspaces.GetAsync(id, cancellationToken)).Ok();

    private static async Task<IResult> PatchAsync(ManagementCall call, string id, JsonBody<PatchBody> body, OperatorWorkspaces workspaces, CancellationToken cancellationToken) =>
        body.Value.Suspended is { } suspended
            ? (await workspaces.SuspendAsync(call.Actor, id, suspended, cancellationToken)).Ok()
            : new Refusal(RefusalKind.Invalid, "Say whether it is to be suspended: true or false.", "suspended").Refused();
}
