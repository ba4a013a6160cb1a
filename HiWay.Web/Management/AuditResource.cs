using HiWay.Infrastructure.Audit;

namespace HiWay.Web.Management;

/// <summary><c>audit</c>: who changed what, newest first. <c>?action=key.created</c>, or <c>?action=key</c> for all about keys.</summary>
internal static class AuditResource
{
    public static void MapAudit(this IEndpointRouteBuilder workspace) => workspace.MapGet("/audit", ReadAsync);

    private static async Task<IResult> ReadAsync(ManagementCall call, Paging paging, string? action, IAuditLog audit, CancellationToken cancellationToken) =>
        (await audit.ReadAsync(call.Actor, action, paging.Cursor, paging.Limit, cancellationToken)).Page();
}
