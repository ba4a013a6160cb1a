using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Management;

namespace HiWay.Web.Gateway.Account;

/// <summary>
/// <c>GET /v1/account/balance</c>: what the workspace has and has used of its plan. Without billing there is no wallet to hold money and
/// no quota to reach, so the balance is 0 and the included requests are null, which is unlimited.
/// </summary>
internal static class AccountBalance
{
    public static void MapAccountBalance(this IEndpointRouteBuilder app) => app
        .MapGet("/v1/account/balance", ReadAsync).For(Caller.AnyKey)
        .WithName("GetAccountBalance").WithSummary("Balance, plan, and requests used this month of those included.");

    private static async Task<IResult> ReadAsync(ManagementCall call, IUsageReader usage, TimeProvider clock)
    {
        var (workspace, key) = (call.Grant!.Workspace, call.Grant.Key);
        var now = clock.GetUtcNow();
        var month = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var actor = new Actor(workspace.Id, key.CreatedByUserId, key.Id, WorkspaceRole.Viewer, key.Name, call.IpAddress);
        var used = await usage.ReadAsync(actor, new UsageQuery(month, now.AddMinutes(1), UsageInterval.Day), call.Http.RequestAborted);
        return used.Ok(report => new
        {
            BalanceUsd = 0m,
            Currency = "USD",
            workspace.Plan,
            Quota = new { IncludedRequests = (long?)null, UsedRequests = report.Totals.Requests, ResetsAt = month.AddMonths(1) },
            Passthrough = false,
        });
    }
}
