using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Egress;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Wire;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// Makes one attempt at one deployment: sends, waits for the first meaningful content, and says what went wrong if it does not
/// come. Which deployment is next, and what the caller is told, is Dispatch's part.
/// </summary>
internal sealed class UpstreamClient(UpstreamConnections connections, PictureFetch pictures, IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>Tokens a second that even slow models write; for how long a whole answer may take to begin.</summary>
    private const int SlowTokensPerSecond = 60;

    private const int ErrorBodyLimitBytes = 256 * 1024;
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>The answer once it has content, or null with the failure written on the attempt.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamAnswer?> TryAsync(GatewayCall call, Attempt attempt, Watch watch)
    {
        UpstreamBody? body = null;
        try
        {
            if (call.Operation is { } operation)
            {
                return await operation.AskAsync(call, attempt, this, watch);
            }

            if (!await FetchPicturesAsync(call, attempt, watch))
            {
                return null;
            }

            using var request = BuildRequest(call, attempt, out var sent);
            HttpResponseMessage response;
            using (sent)
            {
                if (IsTooStrictFor(call, attempt))
                {
                    return null;
                }

                watch.Set(TimeBudget.Headers, HeadersBudget(call, attempt));
                response = await connections.SendAsync(attempt.Deployment, request, watch.Token);
            }

            body = await UpstreamBody.OpenAsync(response, watch.Token, DialectPairs.Upstream(call, attempt.Deployment).Framing);
            attempt.Status = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode)
            {
                await ReadErrorAsync(call, attempt, body, watch);
                body.Dispose();
                return null;
            }

            UnderWay.Seen(call, null, 0);
            var answer = call.Body.Stream
                ? await ReadPreambleAsync(call, attempt, body, DialectPairs.StreamRelay(call, attempt), watch, options.Value.FirstTokenTimeout)
                : await ReadWholeAsync(call, attempt, body, watch);
            if (answer is null)
            {
                body.Dispose();
            }

            return answer;
        }
        catch (OperationCanceledException) when (!call.Http.RequestAborted.IsCancellationRequested)
        {
            body?.Dispose();
            attempt.Fail(FailureClass.Timeout, TimedOut(call, watch.Expired));
            return null;
        }
        catch (Exception broken) when (FailureOf(broken) is { } failure)
        {
            body?.Dispose();
            call.Http.RequestAborted.ThrowIfCancellationRequested();
            attempt.Fail(failure.Class, failure.Text);
            return null;
        }
        catch
        {
            body?.Dispose();
            throw;
        }
    }

    /// <summary>How long an answer may take to begin when nothing is known of it.</summary>
    internal TimeSpan HeadersTimeout => options.Value.HeadersTimeout;

    /// <summary>Sends one request of an operation; null with the failure on the attempt for anything but a 2xx.</summary>
    internal async ValueTask<UpstreamBody?> SendAsync(GatewayCall call, Attempt attempt, HttpRequestMessage request, TimeSpan headers, Watch watch)
    {
        if (IsTooStrictFor(call, attempt))
        {
            return null;
        }

        watch.Set(TimeBudget.Headers, headers);
        var body = await UpstreamBody.OpenAsync(await connections.SendAsync(attempt.Deployment, request, watch.Token), watch.Token);
        attempt.Status = (int)body.Response.StatusCode;
        if (body.Response.IsSuccessStatusCode)
        {
            UnderWay.Seen(call, attempt.Usage.TotalInput == 0 ? null : attempt.Usage, 0);   // of a request in parts, what those before used
            return body;
        }

        using (body)
        {
            await ReadErrorAsync(call, attempt, body, watch);
        }

        return null;
    }

    /// <summary>Sends one request and takes whatever comes back; the caller owns it.</summary>
    internal Task<HttpResponseMessage> SendRawAsync(Deployment deployment, HttpRequestMessage request, Watch watch) =>
        connections.SendAsync(deployment, request, watch.Token);

    /// <summary>A whole answer; the caller owns the buffer.</summary>
    internal ValueTask<RentedBuffer> ReadAllAsync(UpstreamBody body, Watch watch)
    {
        watch.Set(TimeBudget.Idle, options.Value.IdleTimeout);
        return body.ReadAllAsync(options.Value.AnswerLimitBytes, () => watch.Set(TimeBudget.Idle, options.Value.IdleTimeout), watch.Token);
    }

    /// <summary>Takes what had arrived of an answer by the time its call ended: nobody gets it any more, and the provider bills it.</summary>
    /// <param name="next">Reads on and takes what came; false at the end. Its token is canceled: the reader hangs up before it reads, and so comes to an end at once.</param>
    internal static async ValueTask TakeRestAsync(Func<CancellationToken, ValueTask<bool>> next)
    {
        try
        {
            while (await next(new CancellationToken(canceled: true)))
            {
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException || FailureOf(ended) is not null)
        {
            // That was all, or what follows cannot be read.
        }
    }

    /// <summary>What an exception while talking to an upstream means; null for those that are our own bugs.</summary>
    internal static (FailureClass Class, string Text)? FailureOf(Exception broken) => broken switch
    {
        HttpRequestException { InnerException: EgressRefusedException refused } => (FailureClass.ConnectionFailed, refused.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => (FailureClass.ConnectionFailed, "The provider's host name could not be resolved."),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => (FailureClass.ConnectionFailed, "The TLS connection to the provider failed."),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => (FailureClass.ConnectionFailed, "The provider could not be reached."),
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => (FailureClass.ConnectionFailed, "The provider closed the connection without answering."),
        CredentialUnreadableException sealedKey => (FailureClass.CredentialRejected, sealedKey.Message),
        HttpIOException => (FailureClass.BrokenAnswer, "The provider's answer broke off."),
        HttpRequestException => (FailureClass.ConnectionFailed, "The connection to the provider failed."),
        System.Text.Json.JsonException json => (FailureClass.BrokenAnswer, $"The provider's answer is malformed: {Shorten(json.Message)}"),
        InvalidDataException data => (FailureClass.BrokenAnswer, $"The provider's answer is malformed: {Shorten(data.Message)}"),
        // How Utf8JsonReader refuses a text that holds half a surrogate pair or no UTF-8; by this source JsonSerializer too tells it from a bug.
        InvalidOperationException { Source: "System.Text.Json.Rethrowable" } => (FailureClass.BrokenAnswer, "The provider's answer is malformed: it holds text that is not Unicode."),
        IOException => (FailureClass.BrokenAnswer, "The provider's answer broke off."),
        _ => null,
    };

    internal static string TimedOut(GatewayCall call, TimeBudget budget) => budget switch
    {
        TimeBudget.Headers => "The provider did not begin to answer in time.",
        TimeBudget.FirstToken => "The provider sent no content in time.",
        TimeBudget.Idle => "The provider stopped sending in the middle of the answer.",
        TimeBudget.Total when call.IsLate => $"The call took longer than the {call.Deadline!.Value.TotalMilliseconds} ms of its 'hiway.deadline_ms'.",
        TimeBudget.Total => "The call took longer than its time limit in all.",
        TimeBudget.Shutdown => "HiWay is shutting down and could not wait for the end of the answer.",
        TimeBudget.None => "The connection to the provider could not be made in time.",
    };

    private HttpRequestMessage BuildRequest(GatewayCall call, Attempt attempt, out RentedBuffer sent)
    {
        var deployment = attempt.Deployment;
        var dialect = DialectPairs.Upstream(call, deployment);
        attempt.UpstreamDialectName = dialect.Name;
        sent = new RentedBuffer(call.Body.Bytes.Length + 256);
        var passthrough = DialectPairs.IsPassthrough(call, deployment) && attempt.Resume?.Prefilled is null;
        if (passthrough)
        {
            call.Client.WritePassthrough(call.Body, deployment, sent);
            attempt.Dropped.AddRange(call.Body.CutPaths);
        }
        else
        {
            var (inner, names) = ToolNames.Fit(ToolHistory.Fit(attempt.Resume?.Prefilled ?? DialectPairs.InnerRequest(call, deployment)), dialect.ToolNames);
            attempt.ToolNames = names;
            var dropped = new List<string>();
            dialect.WriteRequest(inner, deployment, call.Body.Stream, sent, dropped);
            DroppedPaths.Report(inner, dropped, attempt.Dropped);
        }

        var request = new HttpRequestMessage(HttpMethod.Post, dialect.ChatUri(deployment, call.Body.Stream))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(sent.Memory),
        };
        request.Content.Headers.ContentType = Json;
        dialect.Authorize(request, sent.Span, deployment, time.GetUtcNow());
        if (passthrough)
        {
            call.Client.ForwardHeaders(call.Http.Request.Headers, request.Headers);
        }

        return request;
    }

    /// <summary>
    /// For an API that takes pictures as bytes alone, those that the request names by address; once per call. False when one cannot be had,
    /// which is the caller's to mend.
    /// </summary>
    private async ValueTask<bool> FetchPicturesAsync(GatewayCall call, Attempt attempt, Watch watch)
    {
        if (DialectPairs.Upstream(call, attempt.Deployment).TakesPictureAddresses || !PictureFetch.Wants(DialectPairs.InnerRequest(call)))
        {
            return true;
        }

        try
        {
            watch.Set(TimeBudget.Headers, options.Value.HeadersTimeout);
            call.InnerRequest = await pictures.InlineAsync(DialectPairs.InnerRequest(call), watch.Token);
            return true;
        }
        catch (PictureNotFetchedException missing)
        {
            call.Http.RequestAborted.ThrowIfCancellationRequested();
            var path = new List<string>();
            DroppedPaths.Report(DialectPairs.InnerRequest(call), [missing.Path], path);
            attempt.UpstreamError = new UpstreamError(StatusCodes.Status400BadRequest, $"'{path[^1]}': {missing.Message} {attempt.Deployment.Model.Id} takes pictures as bytes; send this one as base64.", Param: path[^1])
            {
                Kind = UpstreamErrorKind.InvalidRequest,
            };
            attempt.Fail(FailureClass.RequestRejected, attempt.UpstreamError.Message);
            return false;
        }
    }

    /// <summary>The caller wants all or nothing, and this upstream cannot be told all.</summary>
    private static bool IsTooStrictFor(GatewayCall call, Attempt attempt)
    {
        if (!call.Body.Extras.Strict || attempt.Dropped.Count == 0)
        {
            return false;
        }

        attempt.Fail(FailureClass.CannotExpress, $"{attempt.Deployment.Model.Id} cannot be told {string.Join(", ", attempt.Dropped)}.");
        return true;
    }

    private TimeSpan HeadersBudget(GatewayCall call, Attempt attempt)
    {
        var limit = options.Value.HeadersTimeout;
        if (call.Body.Stream)
        {
            return limit;
        }

        // A whole answer begins only when the last token is written, so the limit grows with the answer that may be under way.
        var tokens = call.Body.MaxOutputTokens
            ?? (call.Body.WantsReasoning || attempt.Deployment.Model.Can(Domain.Catalogue.ModelCapabilities.Reasoning) ? 8_192 : 2_048);
        return limit + TimeSpan.FromSeconds((double)tokens / SlowTokensPerSecond) * (limit / TimeSpan.FromSeconds(30));
    }

    private async ValueTask ReadErrorAsync(GatewayCall call, Attempt attempt, UpstreamBody body, Watch watch)
    {
        watch.Set(TimeBudget.Idle, options.Value.IdleTimeout);
        using var bytes = await body.ReadAllAsync(ErrorBodyLimitBytes, static () => { }, watch.Token);
        var dialect = DialectPairs.Upstream(call, attempt.Deployment);
        var error = dialect.ReadError(attempt.Status!.Value, body.Response.Headers, bytes.Span, time.GetUtcNow());
        attempt.UpstreamError = error;
        if (call.Route.Bypass)
        {
            attempt.RawError = bytes.Span.ToArray();
            attempt.RawErrorContentType = body.Response.Content.Headers.ContentType?.ToString();
        }

        attempt.Fail(Failures.ClassOf(error), error.Message);
    }

    private async ValueTask<UpstreamAnswer?> ReadWholeAsync(GatewayCall call, Attempt attempt, UpstreamBody body, Watch watch)
    {
        watch.Set(TimeBudget.Idle, options.Value.IdleTimeout);
        var bytes = await body.ReadAllAsync(options.Value.AnswerLimitBytes, () => watch.Set(TimeBudget.Idle, options.Value.IdleTimeout), watch.Token);
        try
        {
            var relay = DialectPairs.AnswerRelay(call, attempt);
            relay.Read(bytes.Span);
            attempt.Usage = relay.Usage ?? default;
            if (relay.Failure is { } failure)
            {
                attempt.UpstreamError = failure;
                attempt.Fail(Failures.ClassOf(failure), failure.Message);
            }
            else if (!relay.HasContent && !call.IsLastAttempt)
            {
                attempt.Fail(FailureClass.EmptyAnswer, "The provider's answer is empty.");
            }
            else
            {
                attempt.EndedAt = attempt.FirstContentAt = System.Diagnostics.Stopwatch.GetTimestamp();
                body.Dispose();
                return new WholeAnswer(attempt, watch, bytes, relay);
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }

        bytes.Dispose();
        return null;
    }

    /// <summary>Reads a stream until it has content; null with the failure on the attempt when it never has.</summary>
    /// <param name="firstContent">How long that may take.</param>
    internal async ValueTask<UpstreamAnswer?> ReadPreambleAsync(
        GatewayCall call, Attempt attempt, UpstreamBody body, IStreamRelay relay, Watch watch, TimeSpan firstContent)
    {
        watch.Set(TimeBudget.FirstToken, firstContent);
        var held = new RentedBuffer(1024);
        var handedOn = false;
        try
        {
            var ended = false;
            while (true)
            {
                while (body.TryNext(out var sse))
                {
                    relay.Take(sse, held);
                }

                if (ended && !relay.IsComplete)
                {
                    while (body.TryRest(out var rest))
                    {
                        relay.Take(rest, held);
                    }

                    relay.Closed(held);
                }

                attempt.Usage = relay.Usage ?? default;
                if (relay.Failure is { } failure && !relay.HasContent)
                {
                    attempt.UpstreamError = failure;
                    attempt.Fail(Failures.ClassOf(failure), failure.Message);
                    return null;
                }

                // Content is the commit point; a whole answer without content is one only when nobody else is left to ask.
                if (relay.HasContent || (relay.IsComplete && call.IsLastAttempt))
                {
                    attempt.FirstContentAt = System.Diagnostics.Stopwatch.GetTimestamp();
                    handedOn = true;
                    return new StreamAnswer(attempt, watch, body, relay, held, ended);
                }

                if (relay.IsComplete)
                {
                    attempt.Fail(FailureClass.EmptyAnswer, "The provider's answer is empty.");
                    return null;
                }

                if (ended)
                {
                    attempt.Fail(FailureClass.BrokenAnswer, "The provider's stream broke off before any content.");
                    return null;
                }

                UnderWay.Seen(call, relay);
                ended = !await body.FillAsync(watch.Token);
            }
        }
        finally
        {
            if (!handedOn)
            {
                held.Dispose();
                relay.Dispose();
            }
        }
    }

    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";
}
