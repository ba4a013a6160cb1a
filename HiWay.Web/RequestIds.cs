using HiWay.Domain.Ids;

namespace HiWay.Web;

/// <summary>
/// Gives every request its id (<c>req_…</c>) and every response the header <c>X-Request-Id</c>. The id is the request's
/// <see cref="HttpContext.TraceIdentifier"/>, so that the framework's own log lines carry it too.
/// </summary>
public static class RequestIds
{
    public const string Header = "X-Request-Id";

    /// <summary>Comes first in the pipeline: whatever answers later, the header is already there.</summary>
    public static IApplicationBuilder UseRequestIds(this IApplicationBuilder app)
    {
        var clock = app.ApplicationServices.GetRequiredService<TimeProvider>();
        return app.Use((http, next) =>
        {
            var id = Ulid.New("req", clock.GetUtcNow());
            http.TraceIdentifier = id;
            http.Response.Headers[Header] = id;
            if (!http.Request.Path.StartsWithSegments("/v1"))
            {
                // The exception handler of the pages clears the headers; the gateway has no such handler and is spared the callback.
                http.Response.OnStarting(static state =>
                {
                    var call = (HttpContext)state;
                    call.Response.Headers[Header] = call.TraceIdentifier;
                    return Task.CompletedTask;
                }, http);
            }

            return next(http);
        });
    }

    /// <summary>The id of the request, as the caller sees it.</summary>
    public static string RequestId(this HttpContext http) => http.TraceIdentifier;
}
