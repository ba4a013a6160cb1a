using System.Globalization;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Shield;

namespace HiWay.Web.Management;

/// <summary><c>security/…</c>: the Shield's settings, IP rules, and what it saw.</summary>
internal static class SecurityResource
{
    /// <summary>A field left out stays as it is.</summary>
    internal sealed record ConfigBody(string? Mode = null, double? Threshold = null, int? RetentionDays = null, bool? ScanOutput = null);

    internal sealed record IpRuleBody(string? Cidr = null, string? Action = null, string? Comment = null);

    public static void MapSecurity(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/security/config", ConfigAsync);
        workspace.MapPost("/security/config", ConfigureAsync);
        workspace.MapGet("/security/ip-rules", IpRulesAsync);
        workspace.MapPost("/security/ip-rules", AddIpRuleAsync);
        workspace.MapDelete("/security/ip-rules/{id}", RemoveIpRuleAsync);
        workspace.MapGet("/security/events", EventsAsync);
        workspace.MapGet("/security/export", Export);
    }

    private static async Task<IResult> ConfigAsync(ManagementCall call, ISecurity security, CancellationToken cancellationToken) =>
        (await security.ConfigAsync(call.Actor, cancellationToken)).Ok();

    private static async Task<IResult> ConfigureAsync(ManagementCall call, JsonBody<ConfigBody> body, ISecurity security, CancellationToken cancellationToken) =>
        (await security.ConfigureAsync(
            call.Actor, new(body.Value.Mode, body.Value.Threshold, body.Value.RetentionDays, body.Value.ScanOutput), cancellationToken)).Ok();

    private static async Task<IResult> IpRulesAsync(ManagementCall call, ISecurity security, CancellationToken cancellationToken) =>
        (await security.IpRulesAsync(call.Actor, cancellationToken)).List();

    private static async Task<IResult> AddIpRuleAsync(ManagementCall call, JsonBody<IpRuleBody> body, ISecurity security, CancellationToken cancellationToken) =>
        (await security.AddIpRuleAsync(call.Actor, body.Value.Cidr, body.Value.Action, body.Value.Comment, cancellationToken)).Created();

    private static async Task<IResult> RemoveIpRuleAsync(ManagementCall call, string id, ISecurity security, CancellationToken cancellationToken) =>
        (await security.RemoveIpRuleAsync(call.Actor, id, cancellationToken)).NoContent();

    private static async Task<IResult> EventsAsync(ManagementCall call, Paging paging, SecurityEventQuery query, ISecurity security, CancellationToken cancellationToken) =>
        (await security.EventsAsync(call.Actor, query.Filter, paging.Cursor, paging.Limit, cancellationToken)).Page();

    private static IResult Export(ManagementCall call, SecurityEventQuery query, ISecurity security) =>
        call.Actor.Lacks(Permission.Read) is { } refusal ? refusal.Refused() : new SecurityExport(call.Actor, query, security);
}

/// <summary><c>?threat_type=&amp;action=&amp;days=30&amp;fmt=csv|json</c>.</summary>
internal sealed record SecurityEventQuery(SecurityEventFilter Filter, bool Csv, Refusal? Refusal) : IRefusable
{
    public static ValueTask<SecurityEventQuery?> BindAsync(HttpContext http)
    {
        var query = http.Request.Query;
        string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

        var days = 30;
        var refusal = Text("days") is { } asked && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out days) || days is < 1 or > 3650)
            ? new Refusal(RefusalKind.Invalid, $"'days' is '{asked}', not a whole number from 1 to 3650.", "days") : null;
        var format = Text("fmt") ?? Text("format") ?? "json";
        refusal ??= format is "csv" or "json" ? null : new Refusal(RefusalKind.Invalid, $"'fmt' is '{format}', not one of csv, json.", "fmt");
        var filter = new SecurityEventFilter(Text("threat_type"), Text("action"), days);
        refusal ??= filter.Wrong();
        return ValueTask.FromResult<SecurityEventQuery?>(new(filter, format == "csv", refusal));
    }
}

/// <summary>Writes events as they are read.</summary>
internal sealed class SecurityExport(Actor actor, SecurityEventQuery query, ISecurity security) : IResult
{
    private static readonly (string Name, Func<SecurityEventView, string?> Value)[] s_columns =
    [
        ("id", row => row.Id), ("created_at", row => row.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)), ("threat_type", row => row.ThreatType),
        ("score", row => row.Score.ToString(CultureInfo.InvariantCulture)), ("action", row => row.Action), ("direction", row => row.Direction), ("mode", row => row.Mode), ("detail", row => row.Detail),
        ("key_id", row => row.KeyId), ("end_user", row => row.EndUser), ("model", row => row.Model), ("ip_address", row => row.IpAddress), ("request_id", row => row.RequestId),
        ("prompt_sha256", row => row.PromptSha256),
    ];

    public async Task ExecuteAsync(HttpContext http)
    {
        var name = $"hiway-security-{query.Filter.Days}-days.{(query.Csv ? "csv" : "json")}";
        http.Response.ContentType = query.Csv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        http.Response.Headers.CacheControl = "no-store";
        var stop = http.RequestAborted;

        // The first read comes before the first byte, so that a database that is away is still a clean 503.
        await using var rows = security.ExportAsync(actor, query.Filter, stop).GetAsyncEnumerator(stop);
        var any = await rows.MoveNextAsync();
        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(false), bufferSize: 32 * 1024);
        await writer.WriteAsync(query.Csv ? string.Join(',', s_columns.Select(column => column.Name)) + "\r\n" : "{\"data\":[");
        for (var first = true; any; first = false)
        {
            await writer.WriteAsync(query.Csv
                ? string.Join(',', s_columns.Select(column => UsageExport.Text(column.Value(rows.Current)))) + "\r\n"
                : (first ? "" : ",") + JsonSerializer.Serialize(rows.Current, ManagementJson.Options));
            any = await rows.MoveNextAsync();
        }

        if (!query.Csv)
        {
            await writer.WriteAsync("],\"next_cursor\":null}");
        }
    }
}
