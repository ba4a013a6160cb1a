using System.Globalization;
using HiWay.Domain.Errors;
using HiWay.Domain.Metering;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Stages;

/// <summary>Tells the caller no: nothing of an answer has been sent, so it is a clean HTTP error in the envelope.</summary>
internal sealed class Refuse(Settle settle)
{
    public async ValueTask RunAsync(GatewayCall call, GatewayError error)
    {
        Mark(call, error);
        call.EndReason = EndReason.Error;
        settle.Run(call);
        await WriteAsync(call, error);
    }

    /// <summary>The answer alone, for calls that are no use of a model and stand in no books.</summary>
    public static async ValueTask WriteAsync(GatewayCall call, GatewayError error)
    {
        Mark(call, error);
        var response = call.Http.Response;
        using var body = new RentedBuffer(1024);
        if (call.HasRoute && call.Route.Bypass && call.LastAttempt is { RawError: { } raw } attempt)
        {
            // A key with router bypass gets the upstream's error as it is.
            call.Status = attempt.Status!.Value;
            System.Buffers.BuffersExtensions.Write(body, raw);
            response.ContentType = attempt.RawErrorContentType ?? "application/json";
        }
        else
        {
            Write(call, error, body);
            response.ContentType = "application/json; charset=utf-8";
        }

        response.StatusCode = call.Status;
        AnswerHeaders.WriteChallenge(response.Headers, error);
        AnswerHeaders.WriteLimits(response.Headers, call.Admission);
        if (call.HasRoute)
        {
            AnswerHeaders.WriteRouting(response.Headers, call);
        }

        if (error.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = ErrorEnvelope.RetryAfterSeconds(wait).ToString(CultureInfo.InvariantCulture);
            if (wait.Milliseconds > 0)
            {
                // OpenAI's and Anthropic's clients look here first; a provider's 30 ms would become a second otherwise.
                response.Headers["retry-after-ms"] = Math.Ceiling(wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            }
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body.Memory, call.Http.RequestAborted);
    }

    private static void Mark(GatewayCall call, GatewayError error) => (call.Error, call.Status) = (error, ErrorEnvelope.StatusOf(error));

    private static void Write(GatewayCall call, GatewayError error, RentedBuffer body)
    {
        if (call.Attempts.Count == 0)
        {
            call.Client.WriteError(body, error, call.RequestId, default);
            return;
        }

        using var hiway = new RentedBuffer(512);
        HiWayField.Write(hiway, CallFacts.Of(call));
        call.Client.WriteError(body, error, call.RequestId, hiway.Span);
    }
}
