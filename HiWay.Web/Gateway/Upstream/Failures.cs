using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Dialects;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>From what an upstream said to the class that decides what happens next.</summary>
internal static class Failures
{
    public static FailureClass ClassOf(UpstreamError error) => error.Kind switch
    {
        UpstreamErrorKind.ContextLength => FailureClass.ContextLength,
        UpstreamErrorKind.ContentFilter => FailureClass.ContentFilter,
        UpstreamErrorKind.RateLimit => FailureClass.RateLimited,
        UpstreamErrorKind.QuotaExhausted => error.Status == 429 ? FailureClass.RateLimited : FailureClass.CredentialUnfunded,
        UpstreamErrorKind.Authentication => FailureClass.CredentialRejected,
        UpstreamErrorKind.ModelNotFound => FailureClass.ModelNotFound,
        UpstreamErrorKind.Overloaded => FailureClass.Overloaded,
        UpstreamErrorKind.Server => FailureClass.ServerError,
        UpstreamErrorKind.Diverged => FailureClass.Diverged,
        UpstreamErrorKind.InvalidRequest => error.Status is 408 or 409 or 429 or >= 500 ? FailureReading.OfStatus(error.Status) : FailureClass.RequestRejected,
        UpstreamErrorKind.Unknown => FailureReading.OfStatus(error.Status),
    };

    /// <summary>
    /// The <c>type</c> of a stream's error event. The status is long sent by then, so the word alone tells a client whether to wait, to ask again or to
    /// give up; they are Anthropic's words, which clients of OpenAI's dialect take for any others.
    /// </summary>
    /// <param name="said">The upstream's own word, kept where it is finer than the class.</param>
    public static string TypeInStream(FailureClass failure, string? said) => (failure, said) switch
    {
        (_, "permission_error" or "request_too_large" or "timeout_error" or "not_found_error" or "billing_error") => said,
        (FailureClass.RateLimited, _) => "rate_limit_error",
        (FailureClass.Overloaded, _) => "overloaded_error",
        (FailureClass.Timeout, _) => "timeout_error",
        (FailureClass.CredentialRejected, _) => "authentication_error",
        (FailureClass.CredentialUnfunded, _) => "billing_error",
        (FailureClass.ModelNotFound, _) => "not_found_error",
        (FailureClass.ContextLength or FailureClass.ContentFilter or FailureClass.CannotExpress or FailureClass.RequestRejected, _) => "invalid_request_error",
        (FailureClass.ServerError or FailureClass.Conflict or FailureClass.ConnectionFailed or FailureClass.BrokenAnswer or FailureClass.EmptyAnswer
            or FailureClass.Diverged, _) => "api_error",
    };
}
