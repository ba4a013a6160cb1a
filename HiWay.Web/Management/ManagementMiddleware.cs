using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;

namespace HiWay.Web.Management;

/// <summary>
/// Stands around every management route: admits the caller before anything is read from the body, and gives every answer
/// outside 2xx the error envelope, those that the framework makes included.
/// </summary>
internal sealed partial class ManagementMiddleware(RequestDelegate next, ILogger<ManagementMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        var access = endpoint?.Metadata.GetMetadata<ManagementAccess>();
        if (access is null && !http.Request.Path.StartsWithSegments("/api/v1"))
        {
            await next(http);
            return;
        }

        try
        {
            // A route that forgot to say who may call it is closed; the framework's own 405 answer carries nothing and passes.
            if (access is null && endpoint is RouteEndpoint)
            {
                await ManagementErrors.WriteAsync(http, new Refusal(RefusalKind.Forbidden, "This route is closed."));
                return;
            }

            if (access is not null && await http.RequestServices.GetRequiredService<Admission>().AdmitAsync(http, access.Needs) is { } refusal)
            {
                await ManagementErrors.WriteAsync(http, refusal);
                return;
            }

            await next(http);
            if (http.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null, ContentLength: null })
            {
                await ManagementErrors.WriteAsync(http, http.Response.StatusCode);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has hung up; there is nobody to answer.
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await ManagementErrors.WriteAsync(http, bad.StatusCode);
        }
        catch (Exception fault) when (!http.Response.HasStarted && DatabaseFault.IsConflict(fault))
        {
            await ManagementErrors.WriteAsync(http, new Refusal(RefusalKind.Conflict, "Somebody else changed this at the same time. Read it again, then repeat what is still wanted."));
        }
        catch (Exception fault) when (!http.Response.HasStarted && !DatabaseFault.IsAway(fault))
        {
            Failed(fault, http.Request.Method, http.Request.Path);
            await ManagementErrors.WriteAsync(http, StatusCodes.Status500InternalServerError);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void Failed(Exception fault, string method, string path);
}
