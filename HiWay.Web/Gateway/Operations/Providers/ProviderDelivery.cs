using System.Diagnostics;
using HiWay.Domain.Errors;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Web.Gateway.Stages;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations.Providers;

/// <summary>
/// Relays a provider's answer byte for byte. Where its length is known the last piece waits until the call is written down; a stream's
/// pieces do not wait, its end does.
/// </summary>
internal static class ProviderDelivery
{
    private const int PieceBytes = 16 * 1024;

    public static async ValueTask RunAsync(GatewayCall call, ProviderAnswer answer, Settle settle, TimeSpan idle, long started)
    {
        var response = call.Http.Response;
        response.StatusCode = call.Status = (int)answer.Response.StatusCode;
        ProviderHeaders.Return(answer.Response, response.Headers);
        AnswerHeaders.WriteRouting(response.Headers, call);
        AnswerHeaders.WriteLimits(response.Headers, call.Admission);
        var length = answer.Response.Content.Headers.ContentEncoding.Count == 0 ? answer.Response.Content.Headers.ContentLength : null;
        if (length is not null && !HttpMethods.IsHead(call.Http.Request.Method))
        {
            response.ContentLength = length;
        }

        var priced = PriceRules.PriceAt(answer.Attempt.Deployment.Model.Prices, call.ArrivedAt, call.PromptTokens) is { Input: not null };
        var (end, held) = await RelayAsync(call, answer, idle, holdLast: length is not null, priced);
        answer.Attempt.EndedAt = Stopwatch.GetTimestamp();
        call.EndReason = end;
        if (end != EndReason.Completed)
        {
            await MeterRestAsync(answer);
        }

        var (usage, estimated) = answer.Usage.End(priced);
        answer.Attempt.Usage = usage;
        answer.Attempt.UsageEstimated = estimated;
        call.Record("deliver", end == EndReason.Completed ? "relayed" : "broke off", started);
        if (end == EndReason.ClientGone)
        {
            call.Status = StatusCodes.Status499ClientClosedRequest;
            return;   // settled by the pipeline
        }

        settle.Run(call);
        if (end == EndReason.UpstreamCut)
        {
            call.Http.Abort();   // half an answer must not look whole
            return;
        }

        await response.BodyWriter.WriteAsync(held, call.Http.RequestAborted);
    }

    private static async ValueTask<(EndReason End, byte[] Held)> RelayAsync(GatewayCall call, ProviderAnswer answer, TimeSpan idle, bool holdLast, bool priced)
    {
        var clientGone = call.Http.RequestAborted;
        var output = call.Http.Response.BodyWriter;
        byte[] held = [];
        var piece = new byte[PieceBytes];
        try
        {
            while (true)
            {
                answer.Watch.Set(TimeBudget.Idle, idle);
                var read = await answer.Body.ReadAsync(piece, answer.Watch.Token);
                answer.Watch.Pause();
                if (read == 0)
                {
                    return (EndReason.Completed, held);
                }

                answer.Usage.Take(piece.AsSpan(0, read));
                UnderWay.Seen(call, answer.Usage.SoFar(priced).Usage);
                var ready = piece.AsMemory(0, read);
                if (holdLast)
                {
                    (ready, held) = (held, piece[..read]);
                }

                if (ready.Length > 0 && (await output.WriteAsync(ready, clientGone)).IsCompleted)
                {
                    return (EndReason.ClientGone, []);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return (clientGone.IsCancellationRequested || answer.Watch.Expired == TimeBudget.None ? EndReason.ClientGone : Cut(answer, UpstreamClient.TimedOut(call, answer.Watch.Expired)), []);
        }
        catch (Exception broken) when (UpstreamClient.FailureOf(broken) is { } failure)
        {
            return (clientGone.IsCancellationRequested ? EndReason.ClientGone : Cut(answer, failure.Text), []);
        }
    }

    /// <summary>What the provider had sent by the time the call ended.</summary>
    private static async ValueTask MeterRestAsync(ProviderAnswer answer)
    {
        var piece = new byte[PieceBytes];
        await UpstreamClient.TakeRestAsync(async hungUp =>
        {
            var read = await answer.Body.ReadAsync(piece, hungUp);
            answer.Usage.Take(piece.AsSpan(0, read));
            return read > 0;
        });
    }

    private static EndReason Cut(ProviderAnswer answer, string text)
    {
        answer.Attempt.ErrorText = text;
        return EndReason.UpstreamCut;
    }
}
