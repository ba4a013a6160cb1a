using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Metering;

namespace HiWay.Web.Management;

/// <summary><c>usage</c> and <c>usage/export</c>: what was used and what it cost.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/usage", async (ManagementCall call, UsageQueryParameters parameters, IUsageReader usage) =>
            (await usage.ReadAsync(call.Actor, parameters.Query, call.Http.RequestAborted)).Ok(Shape))
            .WithName("GetUsage").WithSummary("Totals and series of usage: requests, tokens, cost, savings, errors, cache hits and latency, optionally by group.");

        workspace.MapGet("/usage/export", (ManagementCall call, UsageExportParameters parameters, IRequestLog log) =>
            call.Actor.Lacks(Permission.Read) is { } refusal ? refusal.Refused() : new UsageExport(call.Actor, parameters, log))
            .WithName("ExportUsage").WithSummary("Every request of a range, oldest first, streamed as CSV or JSON lines.");
    }

    private static object Shape(UsageReport report) => new
    {
        report.Query.From,
        report.Query.To,
        report.Query.Interval,
        GroupBy = report.Query.GroupBy is UsageGrouping.None ? (UsageGrouping?)null : report.Query.GroupBy,
        Currency = "USD",
        report.Totals,
        Groups = report.Groups.Select(group => new { group.Group, Label = group.GroupLabel, group.Totals }),
        Series = report.Series.Select(point => new { point.Start, point.Group, Label = point.GroupLabel, point.Totals }),
    };
}
