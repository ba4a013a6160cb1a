using System.Diagnostics;
using System.Text.Json;
using HiWay.Domain.Errors;

namespace HiWay.Web.Management;

/// <summary>The management API's one error writer: every refusal and every bare status becomes api.md section 3's envelope.</summary>
internal static class ManagementErrors
{
    /// <summary>What a caller waits after a 429 or 503 whose cause says nothing better.</summary>
    private static readonly TimeSpan s_defaultWait = TimeSpan.FromSeconds(60);

    internal static (int Status, string Code) Map(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => (400, "invalid_request"),
        RefusalKind.Unauthenticated => (401, "authentication_error"),
        RefusalKind.BudgetExceeded => (402, "budget_exceeded"),
        RefusalKind.Forbidden => (403, "permission_denied"),
        RefusalKind.SignupDisabled => (403, "signup_disabled"),
        RefusalKind.NotFound => (404, "not_found"),
        RefusalKind.Conflict => (409, "conflict"),
        RefusalKind.TooMany => (429, "rate_limit_exceeded"),
        RefusalKind.Unavailable => (503, "unavailable"),
    };

    public static Task WriteAsync(HttpContext http, Refusal refusal)
    {
        var (status, code) = Map(refusal.Kind);
        return WriteAsync(http, status, code, refusal.Message, refusal.Param, refusal.RetryAfter);
    }

    /// <summary>Words for a status that the framework set without a body: an unknown path, a wrong method, too large a body.</summary>
    public static Task WriteAsync(HttpContext http, int status) => status switch
    {
        400 => WriteAsync(http, status, "invalid_request", "The request is not valid HTTP for this route."),
        401 => WriteAsync(http, status, "authentication_error", "No valid credentials."),
        403 => WriteAsync(http, status, "permission_denied", "These credentials may not do this."),
        404 => WriteAsync(http, status, "not_found", $"There is no route {http.Request.Method} {http.Request.Path}. GET /openapi/v1.json lists them."),
        405 => WriteAsync(http, status, "method_not_allowed", $"{http.Request.Path} does not take {http.Request.Method}; it takes {http.Response.Headers.Allow}."),
        413 => WriteAsync(http, status, "body_too_large", $"The body is larger than {JsonBody.MaxBytes} bytes."),
        415 => WriteAsync(http, status, "unsupported_media_type", "Send JSON with 'Content-Type: application/json'."),
        503 => WriteAsync(http, status, "unavailable", "HiWay cannot reach its database just now. Try again shortly.", retryAfter: TimeSpan.FromSeconds(5)),
        >= 500 => WriteAsync(http, status, "internal_error", "HiWay failed on this call; the log has it under the request id."),
        _ => WriteAsync(http, status, "invalid_request", "The request was refused."),
    };

    private static async Task WriteAsync(HttpContext http, int status, string code, string message, string? param = null, TimeSpan? retryAfter = null)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        var seconds = (int)Math.Ceiling((retryAfter ?? s_defaultWait).TotalSeconds);
        var waits = status is 429 or 503;
        if (waits)
        {
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (status is 401)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        await using var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = ManagementJson.Options.Encoder });
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("code", code);
        json.WriteString("message", message);
        json.WriteString("type", TypeOf(status));
        json.WriteString("param", param);
        json.WriteString("request_id", http.RequestId());
        json.WriteString("trace_id", Activity.Current?.TraceId.ToHexString() ?? http.RequestId());   // untraced, the request's id finds its log lines
        if (waits)
        {
            json.WriteNumber("retry_after_seconds", seconds);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(http.RequestAborted);
    }

    /// <summary>The families that OpenAI's clients know.</summary>
    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
