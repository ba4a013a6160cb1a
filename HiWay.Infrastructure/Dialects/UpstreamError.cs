namespace HiWay.Infrastructure.Dialects;

/// <summary>What kind of failure an upstream described; decides whether another deployment may do better.</summary>
public enum UpstreamErrorKind
{
    /// <summary>The status says all there is to know.</summary>
    Unknown,

    /// <summary>The request is wrong for this upstream (a field, a value, a model that lacks a feature).</summary>
    InvalidRequest,

    /// <summary>Prompt and wanted answer do not fit the model's window.</summary>
    ContextLength,

    /// <summary>The provider's safety rules refused the prompt or the answer.</summary>
    ContentFilter,

    /// <summary>Too many requests or tokens per time; passes by itself.</summary>
    RateLimit,

    /// <summary>The account's money or quota is used up; does not pass by itself.</summary>
    QuotaExhausted,

    /// <summary>The credential is wrong, expired or not allowed to do this.</summary>
    Authentication,

    ModelNotFound,

    /// <summary>The provider has no capacity right now.</summary>
    Overloaded,

    /// <summary>The provider broke.</summary>
    Server,

    /// <summary>HiWay's own word: asked to go on with an answer, the provider told another one.</summary>
    Diverged,
}

/// <summary>What an upstream said went wrong.</summary>
/// <param name="Status">HTTP status, or for an error event the status that it stands for.</param>
/// <param name="Message">The upstream's own words, trimmed to 2,000 characters.</param>
public sealed record UpstreamError(int Status, string Message, string? Code = null, string? Type = null, string? Param = null)
{
    public const int MaxMessageLength = 2000;

    public UpstreamErrorKind Kind { get; init; }

    /// <summary>The wait that the upstream asked for, from the header or (Gemini's RetryInfo) the body.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
