using HiWay.Domain.Errors;
using HiWay.Infrastructure.Health;

namespace HiWay.Web.Management;

/// <summary><c>health</c>: how the workspace's providers do, with history and outages.</summary>
internal static class HealthResource
{
    public static void MapHealth(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/health", async (ManagementCall call, HealthParameters parameters, IProviderHealth health) =>
            (await health.ReadAsync(call.Actor, parameters.Range, call.Http.RequestAborted)).Ok(Shape))
            .WithName("GetHealth").WithSummary("Every connected provider with its state, its models' circuits and latencies, and its history. ?range=hour|day|week.");

        workspace.MapGet("/health/incidents", async (ManagementCall call, Paging paging, IProviderHealth health) =>
            (await health.IncidentsAsync(call.Actor, paging.Cursor, paging.Limit, call.Http.RequestAborted)).Page())
            .WithName("ListHealthIncidents").WithSummary("Outages, newest first.");

        workspace.MapPost("/health/{provider}/retry", async (ManagementCall call, string provider, IProviderHealth health) =>
            (await health.RetryAsync(call.Actor, provider, call.Http.RequestAborted)).NoContent())
            .WithName("RetryProvider").WithSummary("Has a provider tried again at once, whatever speaks against it.");
    }

    private static object Shape(HealthBoard board) => new { Data = board.Providers, NextCursor = (string?)null, board.From, board.To, board.IntervalSeconds };
}

/// <summary><c>?range=hour|day|week</c>; a day when the caller says nothing.</summary>
internal sealed record HealthParameters(HealthRange Range, Refusal? Refusal) : IRefusable
{
    public static ValueTask<HealthParameters?> BindAsync(HttpContext http)
    {
        var text = http.Request.Query["range"].ToString();
        HealthRange? range = text switch { "hour" => HealthRange.Hour, "" or "day" => HealthRange.Day, "week" => HealthRange.Week, _ => null };
        return ValueTask.FromResult<HealthParameters?>(new(
            range ?? HealthRange.Day,
            range is null ? new Refusal(RefusalKind.Invalid, $"'range' is '{text}', not hour, day or week.", "range") : null));
    }
}
