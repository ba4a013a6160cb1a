using System.Diagnostics;
using HiWay.Domain.Errors;
using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Dialects;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway.Stages;

/// <summary>Asks the chain's deployments in turn until one begins to answer.</summary>
internal sealed class Dispatch(UpstreamClient upstream, Watchdog watchdog, IOptions<GatewayOptions> options, ILogger<Dispatch> log)
{
    /// <summary>The answer that has begun, or null with <see cref="GatewayCall.Error"/> set.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async ValueTask<UpstreamAnswer?> RunAsync(GatewayCall call)
    {
        var started = Stopwatch.GetTimestamp();
        var clientGone = call.Http.RequestAborted;
        foreach (var deployment in call.Route.Chain)
        {
            if (!DialectPairs.IsPassthrough(call, deployment) && Unreadable(call) is { } unreadable)
            {
                call.Error = unreadable;
                call.Record("dispatch", "refused", started);
                return null;
            }

            var attempt = new Attempt(deployment);
            call.Attempts.Add(attempt);
            var remaining = options.Value.TotalTimeout - Stopwatch.GetElapsedTime(call.StartedAt);
            var watch = watchdog.Start(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, clientGone);
            UpstreamAnswer? answer = null;
            try
            {
                answer = await upstream.TryAsync(call, attempt, watch);
            }
            finally
            {
                if (answer is null)
                {
                    watch.Dispose();
                }
            }

            if (answer is not null)
            {
                call.Record("dispatch", call.Attempts.Count == 1 ? "answered" : $"answered by attempt {call.Attempts.Count}", started);
                return answer;
            }

            var failure = attempt.Failure!.Value;
            GatewayLog.AttemptFailed(log, call.RequestId, call.Attempts.Count, deployment.Model.Id, failure.Text(), attempt.LatencyMs);
            if (FailureRules.After(failure) == NextStep.Stop || Stopwatch.GetElapsedTime(call.StartedAt) >= options.Value.TotalTimeout)
            {
                break;
            }
        }

        call.Error = Describe(call);
        call.Record("dispatch", $"failed after {call.Attempts.Count}", started);
        return null;
    }

    /// <summary>A translated upstream needs the whole body understood, which the byte relay does not; the caller can mend it.</summary>
    private static GatewayError? Unreadable(GatewayCall call)
    {
        try
        {
            DialectPairs.InnerRequest(call);
            return null;
        }
        catch (InvalidChatRequestException invalid)
        {
            return new GatewayError(GatewayErrorKind.InvalidRequest, invalid.Message, invalid.Param);
        }
    }

    private static GatewayError Describe(GatewayCall call)
    {
        var last = call.LastAttempt!;
        var said = last.UpstreamError;
        var provider = last.Deployment.Provider;
        Span<FailureClass> failures = stackalloc FailureClass[call.Attempts.Count];
        for (var i = 0; i < failures.Length; i++)
        {
            failures[i] = call.Attempts[i].Failure!.Value;
        }

        switch (FailureRules.EndOf(failures))
        {
            case ChainEnd.Refused when last.Failure == FailureClass.ContextLength:
                return new GatewayError(GatewayErrorKind.ContextLengthExceeded, said?.Message ?? "The prompt is longer than the model takes.", said?.Param ?? "messages")
                {
                    Details = Chain(call),
                };
            case ChainEnd.Refused when last.Failure == FailureClass.ModelNotFound:
                return new GatewayError(GatewayErrorKind.ModelNotFound,
                    $"{provider.Name} does not serve '{last.Deployment.Model.UpstreamModel}' to this workspace's key: {said?.Message}", "model")
                {
                    Details = Chain(call),
                };
            case ChainEnd.Refused:
                return new GatewayError(GatewayErrorKind.UpstreamRefused, said?.Message ?? last.ErrorText ?? "The provider refused the request.", said?.Param)
                {
                    UpstreamStatus = said?.Status ?? last.Status ?? 400,
                    UpstreamCode = last.Failure == FailureClass.ContentFilter ? "content_filter" : said?.Code,
                    UpstreamType = said?.Type,
                    Details = [new("provider", provider.Slug)],
                };
            case ChainEnd.RateLimited:
                return new GatewayError(GatewayErrorKind.RateLimitExceeded,
                    $"{provider.Name} is rate limiting this workspace's key: {said?.Message}")
                {
                    RetryAfter = said?.RetryAfter ?? TimeSpan.FromSeconds(1),
                    Details = [new("rule", "upstream"), new("provider", provider.Slug), .. Chain(call)],
                };
            default:
                var message = last.Failure is FailureClass.CredentialRejected or FailureClass.CredentialUnfunded
                    ? $"{provider.Name} refuses this workspace's key: {last.ErrorText} Replace it under Settings > Providers."
                    : call.Attempts.Count == 1
                        ? $"{last.Deployment.Model.Id} did not answer: {last.ErrorText}"
                        : $"None of {call.Attempts.Count} models answered; the last one: {last.ErrorText}";
                return new GatewayError(GatewayErrorKind.UpstreamUnavailable, message) { Details = Chain(call) };
        }
    }

    private static IReadOnlyList<KeyValuePair<string, object?>> Chain(GatewayCall call) =>
        [new("fallback_chain", (IEnumerable<FailedAttempt>)[.. call.Attempts.Select(attempt => attempt.ToLink())])];
}
