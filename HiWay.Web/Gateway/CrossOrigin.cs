namespace HiWay.Web.Gateway;

/// <summary>
/// Lets pages of any origin call <c>/v1</c>, as OpenAI's and OpenRouter's APIs do: the key is in a header that only the page itself can set,
/// and the gateway takes no cookie, so there is nothing that a foreign page could borrow. The management API and the dashboard stay closed.
/// </summary>
internal static class CrossOrigin
{
    public static IApplicationBuilder UseGatewayCrossOrigin(this IApplicationBuilder app) =>
        app.Use(next => http => http.Request.Headers.Origin.Count > 0 && http.Request.Path.StartsWithSegments("/v1") ? Admit(http, next) : next(http));

    private static Task Admit(HttpContext http, RequestDelegate next)
    {
        var headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "*";
        var asked = http.Request.Headers;
        if (!HttpMethods.IsOptions(http.Request.Method) || asked.AccessControlRequestMethod.Count == 0)
        {
            return next(http);
        }

        // A preflight carries no key, so it is answered before anything asks for one. '*' does not cover Authorization: the names are echoed.
        headers.AccessControlAllowMethods = "GET, POST, PUT, PATCH, DELETE";
        headers.AccessControlAllowHeaders = asked.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = "86400";
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
