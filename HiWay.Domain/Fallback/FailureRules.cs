namespace HiWay.Domain.Fallback;

/// <summary>From a failure to the next step. The one table that decides whether another deployment is asked; pins and keys without fallback ask none.</summary>
public static class FailureRules
{
    /// <summary>The chosen deployment and two more, repeats and resumes included; no setting raises it.</summary>
    public const int MaxAttempts = 3;

    /// <remarks>
    /// A rejected credential is the account's affair and nothing that the caller of <c>auto</c> could mend, and so is a model that the
    /// account has not got. People hear of it as <c>provider.down</c> and see it on the health board, and whoever pins the model reads the
    /// provider's own words.
    /// </remarks>
    public static NextStep After(FailureClass failure) => failure switch
    {
        FailureClass.RateLimited => NextStep.OtherKey,
        FailureClass.Overloaded => NextStep.NextCandidate,
        FailureClass.ServerError => NextStep.NextCandidate,
        FailureClass.Conflict => NextStep.NextCandidate,
        FailureClass.Timeout => NextStep.NextCandidate,
        FailureClass.ConnectionFailed => NextStep.NextCandidate,
        FailureClass.BrokenAnswer => NextStep.NextCandidate,
        FailureClass.EmptyAnswer => NextStep.NextCandidate,
        FailureClass.CannotExpress => NextStep.NextCandidate,
        FailureClass.Diverged => NextStep.NextCandidate,
        FailureClass.CredentialRejected => NextStep.OtherKey,
        FailureClass.CredentialUnfunded => NextStep.OtherKey,
        FailureClass.ModelNotFound => NextStep.NextCandidate,
        FailureClass.ContextLength => NextStep.LargerContext,
        FailureClass.ContentFilter => NextStep.Stop,
        FailureClass.RequestRejected => NextStep.Stop,
    };

    /// <summary>What the caller is told once the chain is over without an answer.</summary>
    /// <param name="failures">In the order of the attempts; at least one.</param>
    /// <remarks>
    /// An upstream's 401, 402 and 403 speak of the workspace's credential. Passed on as they are, a caller would take them for his own
    /// key or budget, so they become 502 with a message that names the provider.
    /// </remarks>
    public static ChainEnd EndOf(ReadOnlySpan<FailureClass> failures)
    {
        if (failures[^1] is FailureClass.ContextLength or FailureClass.ContentFilter or FailureClass.RequestRejected or FailureClass.CannotExpress
            || failures is [FailureClass.ModelNotFound])   // whoever named the model hears that it is not there; of several it says nothing to the caller
        {
            return ChainEnd.Refused;
        }

        foreach (var failure in failures)
        {
            if (failure is not FailureClass.RateLimited)
            {
                return ChainEnd.Unavailable;
            }
        }

        return ChainEnd.RateLimited;
    }

    /// <summary>The class in snake case, as attempts, logs and metrics name it.</summary>
    public static string Text(this FailureClass failure) => failure switch
    {
        FailureClass.RateLimited => "rate_limited",
        FailureClass.Overloaded => "overloaded",
        FailureClass.ServerError => "server_error",
        FailureClass.Conflict => "conflict",
        FailureClass.Timeout => "timeout",
        FailureClass.ConnectionFailed => "connection_failed",
        FailureClass.BrokenAnswer => "broken_answer",
        FailureClass.EmptyAnswer => "empty_answer",
        FailureClass.Diverged => "diverged",
        FailureClass.CredentialRejected => "credential_rejected",
        FailureClass.CredentialUnfunded => "credential_unfunded",
        FailureClass.ModelNotFound => "model_not_found",
        FailureClass.ContextLength => "context_length",
        FailureClass.ContentFilter => "content_filter",
        FailureClass.RequestRejected => "request_rejected",
        FailureClass.CannotExpress => "cannot_express",
    };
}
