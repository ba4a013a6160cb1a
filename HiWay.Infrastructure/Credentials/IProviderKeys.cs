using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Credentials;

/// <summary>A further key of a provider that is connected.</summary>
/// <param name="Label">What people call it; unique among the provider's keys. Null is numbered.</param>
/// <param name="Weight">Its share of the calls relative to the other keys', 0..1000; 0 is a reserve.</param>
/// <param name="BaseUrl">Null takes the address of the provider's first key.</param>
public sealed record ProviderKeyDraft(string? ApiKey, string? Label = null, int Weight = 1, bool Enabled = true, string? BaseUrl = null);

/// <summary>What PATCH changes; null leaves a field as it is.</summary>
public sealed record ProviderKeyPatch(string? ApiKey = null, string? Label = null, int? Weight = null, bool? Enabled = null, string? BaseUrl = null);

/// <summary>One of a provider's keys, without the key.</summary>
/// <param name="Label">Empty for the first one while nobody has named it.</param>
public sealed record ProviderKeyView(
    string Id, string Label, int Weight, bool Enabled, string? Last4, string? BaseUrl, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? TestedAt, string? TestError);

/// <summary>Several keys of one provider in one workspace. Calls are spread over them by weight and by how well each one does.</summary>
public interface IProviderKeys
{
    /// <summary>Oldest first.</summary>
    Task<Outcome<IReadOnlyList<ProviderKeyView>>> ListAsync(Actor actor, string provider, CancellationToken cancellationToken);

    /// <summary>Adds a key with the provider's other settings.</summary>
    Task<Outcome<ProviderKeyView>> AddAsync(Actor actor, string provider, ProviderKeyDraft draft, CancellationToken cancellationToken);

    Task<Outcome<ProviderKeyView>> PatchAsync(Actor actor, string provider, string id, ProviderKeyPatch patch, CancellationToken cancellationToken);

    /// <summary>Removes one key; the last one goes with the provider.</summary>
    Task<Outcome<bool>> DeleteAsync(Actor actor, string provider, string id, CancellationToken cancellationToken);

    /// <summary>Makes one cheap real call with this key.</summary>
    Task<Outcome<ProviderTestResult>> TestAsync(Actor actor, string provider, string id, CancellationToken cancellationToken);
}
