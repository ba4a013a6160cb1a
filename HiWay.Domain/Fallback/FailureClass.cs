namespace HiWay.Domain.Fallback;

/// <summary>What went wrong with one attempt, whatever the upstream called it.</summary>
public enum FailureClass
{
    /// <summary>429: the credential's rate or quota is used up.</summary>
    RateLimited,

    /// <summary>529, 503 or an event that says so: the upstream has no capacity now.</summary>
    Overloaded,

    /// <summary>Any other 5xx, or an error event that stands for one.</summary>
    ServerError,

    /// <summary>409: the upstream was busy with the same resource.</summary>
    Conflict,

    /// <summary>408, or one of our own time budgets ran out: connect, headers, first token, idle, total.</summary>
    Timeout,

    /// <summary>Name not found, refused, reset, TLS failed: no answer began.</summary>
    ConnectionFailed,

    /// <summary>A 2xx whose body or stream is not what the API promises, or that broke off.</summary>
    BrokenAnswer,

    /// <summary>A 2xx that ended properly and held nothing for the caller.</summary>
    EmptyAnswer,

    /// <summary>Asked to go on with a broken answer, it said something else than what the caller already has.</summary>
    Diverged,

    /// <summary>401 or 403: the workspace's credential for this provider is not (or no longer) good.</summary>
    CredentialRejected,

    /// <summary>402: the account behind the credential has no money left.</summary>
    CredentialUnfunded,

    /// <summary>404: the provider does not know the model, or not for this account.</summary>
    ModelNotFound,

    /// <summary>The prompt is longer than the model takes.</summary>
    ContextLength,

    /// <summary>The provider's content policy refused the prompt or the answer.</summary>
    ContentFilter,

    /// <summary>A strict call would have to leave something out here; nothing was sent.</summary>
    CannotExpress,

    /// <summary>Any other 4xx: the request itself is at fault and would fail elsewhere too.</summary>
    RequestRejected,
}

/// <summary>What the caller is told when no attempt answered.</summary>
public enum ChainEnd
{
    /// <summary>Every attempt was rate limited: the last 429 with its <c>Retry-After</c>.</summary>
    RateLimited,

    /// <summary>The upstream's own refusal with the upstream's status: the caller can mend the request.</summary>
    Refused,

    /// <summary>502 <c>upstream_unavailable</c> with the chain.</summary>
    Unavailable,
}
