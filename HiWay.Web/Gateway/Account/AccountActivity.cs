using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Management;

namespace HiWay.Web.Gateway.Account;

/// <summary>
/// <c>GET /v1/account/activity</c>: the request log for programs that only have a key. A key without the scope
/// <c>manage</c> sees its own calls.
/// </summary>
internal static class AccountActivity
{
    public static void MapAccountActivity(this IEndpointRouteBuilder app) => app
        .MapGet("/v1/account/activity", ReadAsync).For(Caller.AnyKey)
        .WithName("GetAccountActivity").WithSummary("Requests of the key's workspace, newest first; without the scope manage those of the key itself.");

    private static async Task<IResult> ReadAsync(ManagementCall call, RequestFilterParameters parameters, Paging paging, IRequestLog log)
    {
        var key = call.Grant!.Key;
        var filter = parameters.Filter;
        if (!key.CanManage)
        {
            if (filter.KeyId is { } other && other != key.Id)
            {
                return new Refusal(RefusalKind.Forbidden, $"The key '{key.Name}' lacks the scope 'manage', so it sees its own calls only. Leave out 'key_id'.", "key_id").Refused();
            }

            filter = filter with { KeyId = key.Id };
        }

        if ((parameters.Refusal ?? paging.Refusal) is { } wrong)
        {
            return wrong.Refused();
        }

        var actor = new Actor(call.Grant.Workspace.Id, key.CreatedByUserId, key.Id, WorkspaceRole.Viewer, key.Name, call.IpAddress);
        return (await log.ReadAsync(actor, filter, paging.Cursor, paging.Limit, call.Http.RequestAborted)).Page();
    }
}
