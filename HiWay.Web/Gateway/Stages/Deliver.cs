using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using HiWay.Domain.Errors;
using HiWay.Domain.Fallback;
using HiWay.Domain.Metering;
using HiWay.Domain.Shield;
using HiWay.Web.Gateway.Operations.Providers;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.StoredResponses;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway.Stages;

/// <summary>Sends an answer that has begun. From here on a failure can no longer fall back unseen; a stream may be taken up elsewhere.</summary>
internal sealed class Deliver(Settle settle, Resume resume, Attempts attempts, Shield shield, ResponseKeeper keeper, Watchdog watchdog, IOptions<GatewayOptions> options)
{
    public async ValueTask RunAsync(GatewayCall call, UpstreamAnswer answer)
    {
        var started = Stopwatch.GetTimestamp();
        call.FirstContentAt = answer.Attempt.FirstContentAt;
        var upstream = 0.0;
        foreach (var attempt in call.Attempts)
        {
            upstream += attempt.Failure is null
                ? Stopwatch.GetElapsedTime(attempt.StartedAt, attempt.FirstContentAt).TotalMilliseconds
                : attempt.LatencyMs;
        }

        call.OverheadMs = Math.Max(0, call.ElapsedMs - upstream);
        if (answer is StreamAnswer stream)
        {
            await StreamAsync(call, stream, started);
        }
        else if (answer is ProviderAnswer relayed)
        {
            await ProviderDelivery.RunAsync(call, relayed, settle, options.Value.IdleTimeout, started);
        }
        else
        {
            await WriteWholeAsync(call, (WholeAnswer)answer, started);
        }
    }

    private async ValueTask WriteWholeAsync(GatewayCall call, WholeAnswer answer, long started)
    {
        if (answer.Relay.Usage is null)
        {
            Settle.Estimate(call, answer.Attempt, null, answer.Relay.ContentBytes);
        }

        call.Record("deliver", "whole", started);
        settle.Run(call);
        using var hiway = new RentedBuffer(512);
        HiWayField.Write(hiway, CallFacts.Of(call));
        using var body = new RentedBuffer(answer.Body.Length + hiway.Length + 64);
        answer.Relay.Write(answer.Body.Span, hiway.Span, body);
        await keeper.KeepAsync(call, keeper.Begin(call, answer.Attempt), body.Memory);
        call.AnswerCopy?.Add(body.Memory.Span);

        var response = call.Http.Response;
        response.ContentType = "application/json; charset=utf-8";
        AnswerHeaders.WriteRouting(response.Headers, call);
        AnswerHeaders.WriteCost(response.Headers, call.Cost.Usd);
        AnswerHeaders.WriteLimits(response.Headers, call.Admission);
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body.Memory, call.Http.RequestAborted);
    }

    private async ValueTask StreamAsync(GatewayCall call, StreamAnswer answer, long started)
    {
        var kept = keeper.Begin(call, answer.Attempt);
        if (!Resume.MayResume(answer))
        {
            // Nobody is asked again from here on, so the request's bytes are given back while the stream runs.
            call.Body.Dispose();
        }

        var response = call.Http.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no"; // proxies in front must not collect chunks
        AnswerHeaders.WriteRouting(response.Headers, call);
        AnswerHeaders.WriteLimits(response.Headers, call.Admission);

        using var output = new StreamOutput(CopyingPipeWriter.Around(response.BodyWriter, call.AnswerCopy), answer.Watch, options.Value.HeartbeatInterval, call.Client.Heartbeat);
        var (end, problem) = await RelayAsync(call, answer, output);
        await CloseAsync(call, answer, end, problem);
        using var further = new FurtherAnswers();
        while (problem is { } broken && await GoOnAsync(call, answer, broken.Failure, output) is { } next)
        {
            further.Add(answer = next);
            output.Follow(next.Watch);
            (end, problem) = await RelayAsync(call, next, output);
            await CloseAsync(call, next, end, problem);
        }

        call.EndReason = end;
        call.Record("deliver", end.ToString() == "Completed" ? "streamed" : Words(end), started);
        if (end == EndReason.ClientGone)
        {
            call.Status = StatusCodes.Status499ClientClosedRequest;
            return; // settled by the pipeline
        }

        call.Error = problem?.Error;
        settle.Run(call);
        using var last = new RentedBuffer(1024);
        if (problem is null)
        {
            using var hiway = new RentedBuffer(512);
            HiWayField.Write(hiway, CallFacts.Of(call));
            answer.Relay.WriteEnding(hiway.Span, last);
            await keeper.KeepAsync(call, kept, last.Memory);
        }
        else if (!answer.Relay.WriteFailure(
            problem.Value.Failure == FailureClass.RateLimited ? "rate_limit_exceeded" : ErrorEnvelope.CodeOf(problem.Value.Error), problem.Value.Error.Message, last))
        {
            call.Client.WriteStreamError(last, problem.Value.Error, call.RequestId);
        }

        await output.WriteAsync(last.Memory, call.Http.RequestAborted);
    }

    /// <summary>Writes down how an attempt's stream ended: what it used, and what that says of its deployment.</summary>
    private async ValueTask CloseAsync(GatewayCall call, StreamAnswer answer, EndReason end, Break? problem)
    {
        var attempt = answer.Attempt;
        attempt.EndedAt = Stopwatch.GetTimestamp();
        if (end == EndReason.ClientGone || problem is { Error.Kind: GatewayErrorKind.ThreatBlocked })
        {
            await MeterRestAsync(answer);   // where the provider broke off, all of it was read
        }

        if (end == EndReason.Completed && answer.Relay.Usage is { } usage)
        {
            attempt.Usage = usage;
        }
        else
        {
            Settle.Estimate(call, attempt, answer.Relay.Usage, answer.Relay.ContentBytes);
        }

        if (problem is { Error.Kind: not GatewayErrorKind.ThreatBlocked } broken)
        {
            attempts.Broke(call, attempt, broken.Failure);
        }
        else
        {
            attempts.Streamed(call, attempt);
        }
    }

    /// <summary>What the provider had sent by the time the call ended.</summary>
    private static async ValueTask MeterRestAsync(StreamAnswer answer)
    {
        using var nobody = new RentedBuffer();
        await UpstreamClient.TakeRestAsync(async hungUp =>
        {
            if (answer.Relay.IsComplete || !await answer.Body.FillAsync(hungUp))
            {
                return false;
            }

            while (answer.Body.TryNext(out var sse))
            {
                answer.Relay.Take(sse, nobody);
            }

            nobody.Clear();
            return true;
        });
    }

    /// <summary>The stream that takes the broken one up; the client's connection is kept alive until it is there.</summary>
    private async ValueTask<StreamAnswer?> GoOnAsync(GatewayCall call, StreamAnswer broken, FailureClass failure, StreamOutput output)
    {
        if (!Resume.MayResume(broken))
        {
            return null;
        }

        using var pulse = watchdog.Start(call.TimeLeft(options.Value.TotalTimeout), call.Http.RequestAborted);
        output.Follow(pulse);
        broken.Body.Dispose();   // nobody reads on there
        try
        {
            return await resume.RunAsync(call, broken, failure);
        }
        catch (OperationCanceledException) when (call.Http.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            output.Pause();
        }
    }

    private async ValueTask<(EndReason End, Break? Problem)> RelayAsync(GatewayCall call, StreamAnswer answer, StreamOutput output)
    {
        var relay = answer.Relay;
        var watch = answer.Watch;
        var clientGone = call.Http.RequestAborted;
        try
        {
            await output.WriteAsync(answer.Held.Memory, clientGone);
            answer.Held.Dispose();
            var ended = answer.Ended;
            while (!relay.IsComplete && relay.Failure is null && !ended)
            {
                watch.Set(TimeBudget.Idle, options.Value.IdleTimeout);
                ended = !await answer.Body.FillAsync(watch.Token);
                watch.Pause();
                await output.RelayAsync(answer, ended, clientGone);
                UnderWay.Seen(call, relay);
            }

            if (relay is FilteredStreamRelay { Leak: { } leak } filtered)
            {
                return (EndReason.Error, new Break(FailureClass.ContentFilter, shield.RefuseAnswer(call, PromptJudge.OfSecrets(leak), filtered.LeakSha256)));
            }

            // A provider may close without its last word; some answers are whole all the same.
            if (relay.IsComplete)
            {
                return (EndReason.Completed, null);
            }

            return relay.Failure is { } said
                ? Cut(answer.Attempt, Failures.ClassOf(said), said.Message, said.Type)
                : Cut(answer.Attempt, FailureClass.BrokenAnswer, "The provider's stream broke off in the middle of the answer.");
        }
        catch (OperationCanceledException) when (clientGone.IsCancellationRequested || watch.Expired == TimeBudget.None)
        {
            // A write may find the client's connection closed before the server has said so.
            return (EndReason.ClientGone, null);
        }
        catch (OperationCanceledException)
        {
            return Cut(answer.Attempt, FailureClass.Timeout, UpstreamClient.TimedOut(call, watch.Expired));
        }
        catch (Exception broken) when (UpstreamClient.FailureOf(broken) is { } failure)
        {
            // Every finish reason may have come before the connection broke: then nothing is missing.
            return clientGone.IsCancellationRequested ? (EndReason.ClientGone, null)
                : relay.IsComplete ? (EndReason.Completed, null)
                : Cut(answer.Attempt, failure.Class, failure.Text);
        }
    }

    private static (EndReason, Break?) Cut(Attempt attempt, FailureClass failure, string text, string? type = null)
    {
        attempt.ErrorText = text;
        return (EndReason.UpstreamCut, new Break(failure, new GatewayError(GatewayErrorKind.UpstreamUnavailable, text)
        {
            UpstreamType = Failures.TypeInStream(failure, type),
            Details = [new("provider", attempt.Deployment.Provider.Slug)],
        }));
    }

    private static string Words(EndReason end) => end == EndReason.ClientGone ? "the client left" : "the upstream broke off";

    /// <summary>Why a stream ended before its end.</summary>
    private readonly record struct Break(FailureClass Failure, GatewayError Error);

    /// <summary>The streams that took up a broken one; the first belongs to the pipeline.</summary>
    private sealed class FurtherAnswers : IDisposable
    {
        private List<StreamAnswer>? _answers;

        public void Add(StreamAnswer answer) => (_answers ??= []).Add(answer);

        public void Dispose() => _answers?.ForEach(answer => answer.Dispose());
    }
}
