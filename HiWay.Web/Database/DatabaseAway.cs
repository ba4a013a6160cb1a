using System.Text;
using HiWay.Infrastructure.Database;
using HiWay.Web.Management;
using Microsoft.AspNetCore.Components.Endpoints;

namespace HiWay.Web.Database;

/// <summary>
/// Answers 503 for the management API and the pages while the database is away: at once when that is known, for what was under way when
/// it is found out. Files of the dashboard need no database, and the gateway's routes end before this; they go on.
/// </summary>
internal sealed partial class DatabaseAway(RequestDelegate next, DatabaseState database, ILogger<DatabaseAway> log)
{
    private const string RetryAfterSeconds = "5";

    /// <summary>Needs nothing that could be away itself: no session, no component, no file.</summary>
    private static readonly byte[] s_page = Encoding.UTF8.GetBytes("""
        <!DOCTYPE html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <meta http-equiv="refresh" content="5">
          <title>Waiting for the database · HiWay</title>
          <style>
            :root { color-scheme: light dark; }
            body { font: 15px/1.6 system-ui, sans-serif; max-width: 32rem; margin: 18vh auto 0; padding: 0 1.25rem; }
            p { opacity: .75; }
          </style>
        </head>
        <body>
          <p>503</p>
          <h1>HiWay's database does not answer</h1>
          <p>Calls to the gateway go on, and nothing of them is lost. This page comes back by itself as soon as the database does.</p>
        </body>
        </html>
        """);

    public async Task InvokeAsync(HttpContext http)
    {
        var isApi = http.Request.Path.StartsWithSegments("/api");
        if (database.IsAway && (isApi || http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null))
        {
            await RefuseAsync(http, isApi);
            return;
        }

        try
        {
            await next(http);
        }
        catch (Exception fault) when (!http.Response.HasStarted && DatabaseFault.IsAway(fault) && !http.RequestAborted.IsCancellationRequested)
        {
            Refused(http.Request.Method, http.Request.Path, fault.GetBaseException().Message);
            await RefuseAsync(http, isApi);
        }
    }

    private static async Task RefuseAsync(HttpContext http, bool isApi)
    {
        http.Response.Clear();
        if (isApi)
        {
            await ManagementErrors.WriteAsync(http, StatusCodes.Status503ServiceUnavailable);
            return;
        }

        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.RetryAfter = RetryAfterSeconds;
        http.Response.ContentLength = s_page.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(s_page, http.RequestAborted);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} refused with 503, the database does not answer: {Cause}")]
    private partial void Refused(string method, string path, string cause);
}
