using System.Text.Json;
using HiWay.Domain.Errors;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Answers of routes that use no model: they take neither the Deliver nor the Refuse stage, which write a usage row.</summary>
internal static class UnmeteredAnswer
{
    public static async Task WriteAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter, GatewayJson.Written);
        write(json);
        await json.FlushAsync(http.RequestAborted);
    }

    public static async Task RefuseAsync(GatewayCall call, GatewayError error)
    {
        var response = call.Http.Response;
        response.StatusCode = ErrorEnvelope.StatusOf(error);
        response.ContentType = "application/json; charset=utf-8";
        AnswerHeaders.WriteChallenge(response.Headers, error);
        call.Client.WriteError(response.BodyWriter, error, call.RequestId, default);
        await response.BodyWriter.FlushAsync(call.Http.RequestAborted);
    }
}
