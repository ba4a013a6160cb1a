namespace HiWay.Domain.Errors;

/// <summary>Every way in which the gateway says no. `ErrorEnvelope` in HiWay.Web maps each to its status and code.</summary>
public enum GatewayErrorKind
{
    InvalidRequest,
    ModelNotFound,
    ProviderNotConfigured,
    ContextLengthExceeded,
    UnsupportedEndpoint,
    AuthenticationFailed,
    BudgetExceeded,
    ThreatBlocked,
    ContextBloat,
    GuardianBlock,
    IpDenied,
    WorkspaceSuspended,
    KeySuspended,
    PermissionDenied,
    ModelNotAllowed,
    NotFound,

    /// <summary>A read of one model that the caller cannot see: 404, where a call naming it is 400.</summary>
    NoSuchModel,
    MethodNotAllowed,
    BodyTooLarge,
    UnsupportedMediaType,
    RateLimitExceeded,
    /// <summary>The upstream's own refusal, carried to the caller with the upstream's status.</summary>
    UpstreamRefused,
    UpstreamUnavailable,
    Internal,
    Overloaded,
    ShuttingDown,
}

/// <summary>One refusal on its way to the caller.</summary>
/// <param name="Message">What was wrong and what would fix it.</param>
/// <param name="Param">The body field at fault, where there is one.</param>
public sealed record GatewayError(GatewayErrorKind Kind, string Message, string? Param = null)
{
    /// <summary>For 429 and 503: how long the caller should wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The upstream's own status, only for <see cref="GatewayErrorKind.UpstreamRefused"/>.</summary>
    public int? UpstreamStatus { get; init; }

    /// <summary>The upstream's own code and type, where it gave any.</summary>
    public string? UpstreamCode { get; init; }

    public string? UpstreamType { get; init; }

    /// <summary>The error's further fields (api.md section 3), written in this order; values are strings, numbers, booleans, string lists or null.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Details { get; init; } = [];
}
