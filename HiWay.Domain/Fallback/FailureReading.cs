namespace HiWay.Domain.Fallback;

/// <summary>The class that an HTTP status alone gives a failure. What providers say in words is read by their dialects.</summary>
public static class FailureReading
{
    /// <param name="status">HTTP status, or for an error event inside a 2xx stream the status that it stands for.</param>
    public static FailureClass OfStatus(int status) => status switch
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

        // 1xx and 3xx are no answers to a chat call; nothing was produced, so the next deployment may try.
        _ => FailureClass.BrokenAnswer,
    };
}
