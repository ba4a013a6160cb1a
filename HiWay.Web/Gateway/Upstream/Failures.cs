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
}
