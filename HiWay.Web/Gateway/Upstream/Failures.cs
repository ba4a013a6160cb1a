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
        UpstreamErrorKind.InvalidRequest => error.Status is 408 or 409 or 429 or >= 500 ? ByStatus(error.Status) : FailureClass.RequestRejected,
        UpstreamErrorKind.Unknown => ByStatus(error.Status),
    };

    private static FailureClass ByStatus(int status) => status switch
    {
        401 or 403 => FailureClass.CredentialRejected,
        402 => FailureClass.CredentialUnfunded,
        404 => FailureClass.ModelNotFound,
        408 => FailureClass.Timeout,
        409 => FailureClass.Conflict,
        429 => FailureClass.RateLimited,
        503 or 529 => FailureClass.Overloaded,
        >= 400 and < 500 => FailureClass.RequestRejected,
        >= 500 => FailureClass.ServerError,
        _ => FailureClass.BrokenAnswer,
    };
}
