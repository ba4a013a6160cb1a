using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Credentials;

/// <summary>What PUT sets; api.md section 4.</summary>
/// <param name="Kind"><c>openai</c> or <c>anthropic</c>, for slugs that are no built-in provider.</param>
public sealed record CredentialDraft(string? ApiKey, string? BaseUrl = null, bool Enabled = true, string? Kind = null, IReadOnlyList<string>? Models = null)
{
    /// <summary>AWS's key in parts, instead of <see cref="ApiKey"/>.</summary>
    public AwsAccessKey? AccessKey { get; init; }

    public ProviderSettings? Settings { get; init; }
}

/// <summary>What PATCH changes; null leaves a field as it is.</summary>
public sealed record CredentialPatch(string? ApiKey = null, string? BaseUrl = null, bool? Enabled = null, IReadOnlyList<string>? Models = null)
{
    public AwsAccessKey? AccessKey { get; init; }

    /// <summary>Replaces all settings; null leaves them.</summary>
    public ProviderSettings? Settings { get; init; }
}

/// <summary>An AWS access key as AWS hands it out.</summary>
/// <param name="SessionToken">Of temporary keys.</param>
public sealed record AwsAccessKey(string? AccessKeyId, string? SecretAccessKey, string? SessionToken = null)
{
    public bool IsEmpty => string.IsNullOrWhiteSpace(AccessKeyId) && string.IsNullOrWhiteSpace(SecretAccessKey) && string.IsNullOrWhiteSpace(SessionToken);

    public override string ToString() => "***";
}

/// <summary>A provider as the workspace sees it, configured or not.</summary>
/// <param name="Status"><c>not_configured</c>, <c>enabled</c> or <c>disabled</c>.</param>
/// <param name="Keys">Oldest first; the fields beside it speak of the first one.</param>
public sealed record ProviderView(
    string Provider, string Name, string Status, bool Enabled, string? Kind, string? BaseUrl, string? Last4, IReadOnlyList<string>? Models,
    bool Custom, bool NeedsApiKey, string? KeysUrl, int ModelCount, DateTimeOffset? CreatedAt, DateTimeOffset? UpdatedAt, DateTimeOffset? TestedAt, string? TestError,
    IReadOnlyList<ProviderKeyView> Keys)
{
    /// <summary>What it was told beside key and address; null when nothing.</summary>
    public ProviderSettings? Settings { get; init; }
}

/// <summary>What one cheap real call showed.</summary>
/// <param name="Model">The model that was asked.</param>
/// <param name="Error">The upstream's words when it failed.</param>
public sealed record ProviderTestResult(bool Ok, string Model, int? Status, double LatencyMs, string? Error);

/// <summary>The workspace's own provider keys. Raw keys come in, are encrypted, and never come out again.</summary>
public interface ICredentials
{
    /// <summary>All built-in providers and the workspace's custom ones, configured first, then by name.</summary>
    Task<Outcome<IReadOnlyList<ProviderView>>> ListAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<ProviderView>> GetAsync(Actor actor, string provider, CancellationToken cancellationToken);

    Task<Outcome<ProviderView>> PutAsync(Actor actor, string provider, CredentialDraft draft, CancellationToken cancellationToken);

    Task<Outcome<ProviderView>> PatchAsync(Actor actor, string provider, CredentialPatch patch, CancellationToken cancellationToken);

    Task<Outcome<bool>> DeleteAsync(Actor actor, string provider, CancellationToken cancellationToken);

    /// <summary>Makes one cheap real call: within the workspace's cap, metered, and written into the audit log.</summary>
    Task<Outcome<ProviderTestResult>> TestAsync(Actor actor, string provider, CancellationToken cancellationToken);
}
