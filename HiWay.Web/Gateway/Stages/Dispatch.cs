using System.Runtime.CompilerServices;
using HiWay.Domain.Errors;
using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Health;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Stages;

/// <summary>Asks the chain's deployments in turn until one begins to answer.</summary>
internal sealed class Dispatch(Attempts attempts, HealthMonitor health)
{
    /// <summary>The answer that has begun, or null with <see cref="GatewayCall.Error"/> set.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamAnswer?> RunAsync(GatewayCall call)
    {
        Deployment? deployment = ChainWalk.First(call, health);
        while (deployment is not null)
        {
            if (call.Operation is null && !DialectPairs.IsPassthrough(call, deployment) && Unreadable(call) is { } unreadable)
            {
                health.Left(deployment);
                call.Error = unreadable;
                call.Record("dispatch", "refused");
                return null;
            }

            if (await attempts.RunAsync(call, new Attempt(deployment)) is { } answer)
            {
                call.Record("dispatch", call.Attempts.Count == 1 ? "answered" : $"answered by attempt {call.Attempts.Count}");
                return answer;
            }

            deployment = await attempts.NextAsync(call);
        }

        call.Error = Describe(call);
        call.Record("dispatch", $"failed after {call.Attempts.Count}");
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

        if (call.IsLate && last.Failure == FailureClass.Timeout)
        {
            return new GatewayError(GatewayErrorKind.UpstreamUnavailable,
                $"No model answered within the {call.Deadline!.Value.TotalMilliseconds} ms of 'hiway.deadline_ms'. Allow more time, or name a faster model.", "hiway.deadline_ms")
            {
                Details = [new("deadline_ms", (long)call.Deadline.Value.TotalMilliseconds), .. Chain(call)],
            };
        }

        switch (FailureRules.EndOf(failures))
        {
            case ChainEnd.Refused when last.Failure == FailureClass.ContextLength:
                return new GatewayError(GatewayErrorKind.ContextLengthExceeded, said?.Message ?? "The prompt is longer than the model takes.", said?.Param ?? "messages")
                {
                    Details = Chain(call),
                };
            case ChainEnd.Refused when last.Failure == FailureClass.CannotExpress:
                return new GatewayError(GatewayErrorKind.InvalidRequest,
                    $"{last.ErrorText} Leave it out, name a model that takes it, or call without 'hiway.strict'.", last.Dropped[0])
                {
                    Details = [new("dropped", (IEnumerable<string>)last.Dropped), .. Chain(call)],
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
                    ? $"{provider.Name} refuses this workspace's key: {last.ErrorText?.TrimEnd('.')}. Replace it under Settings > Providers."
                    : call.Attempts.Count == 1
                        ? $"{last.Deployment.Model.Id} did not answer: {last.ErrorText}"
                        : $"None of {call.Attempts.Count} models answered; the last one: {last.ErrorText}";
                return new GatewayError(GatewayErrorKind.UpstreamUnavailable, message) { Details = Chain(call) };
        }
    }

    private static IReadOnlyList<KeyValuePair<string, object?>> Chain(GatewayCall call) =>
        [new("fallback_chain", (IEnumerable<FailedAttempt>)[.. call.Attempts.Select(attempt => attempt.ToLink())])];
}
