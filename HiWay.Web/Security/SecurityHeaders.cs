namespace HiWay.Web.Security;

/// <summary>What browsers are told to refuse. For every answer but the gateway's, which no browser renders.</summary>
public static class SecurityHeaders
{
    /// <summary>
    /// Scripts only from here, none inline. Styles may be inline: Radzen and the charts size things with style attributes.
    /// <c>connect-src 'self'</c> covers the circuit's web socket.
    /// </summary>
    private const string ContentPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        + "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (!http.Request.Path.StartsWithSegments("/v1"))
        {
            // At the last moment: Blazor sets a frame-ancestors policy of its own, and error handlers clear what was set before.
            http.Response.OnStarting(static state =>
            {
                Write((HttpContext)state);
                return Task.CompletedTask;
            }, http);
        }

        return next(http);
    });

    private static void Write(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";   // for browsers that do not know frame-ancestors
        headers["Referrer-Policy"] = "same-origin";   // reset and invitation links carry a token in their address
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (http.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }
    }
}
