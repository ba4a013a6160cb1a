using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;

namespace HiWay.Infrastructure.Keys;

/// <summary>What can be said of a key when making it; the fields and their names are api.md section 4.</summary>
public sealed record KeyDraft
{
    public string? Name { get; init; }

    /// <summary><c>inference</c>, <c>manage</c>; null is <c>["inference"]</c>.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    public bool Test { get; init; }

    public int? Rpm { get; init; }

    public int? Tpm { get; init; }

    /// <summary>Requests per UTC day.</summary>
    public int? Rpd { get; init; }

    /// <summary>Calls that may run at once.</summary>
    public int? Concurrency { get; init; }

    public decimal? MonthlyCapUsd { get; init; }

    public decimal? DailyCapUsd { get; init; }

    public IReadOnlyList<string>? AllowedModels { get; init; }

    public bool RouterBypass { get; init; }

    public bool Fallback { get; init; } = true;

    /// <summary><c>budget</c>, <c>balanced</c>, <c>quality</c>; null takes the workspace's.</summary>
    public string? RoutingProfile { get; init; }

    public string? SecurityMode { get; init; }

    public bool? Cache { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A key as lists and reads show it; never the secret.</summary>
public sealed record KeyView(
    string Id, string Name, string Prefix, string Source, bool Test, IReadOnlyList<string> Scopes, int? Rpm, int? Tpm, int? Rpd, int? Concurrency,
    decimal? MonthlyCapUsd, decimal? DailyCapUsd, IReadOnlyList<string>? AllowedModels, bool RouterBypass, bool Fallback, string? RoutingProfile,
    string? SecurityMode, bool? Cache, IReadOnlyList<string> Tags, DateTimeOffset? ExpiresAt,
    string Status, string? SuspendedByRule, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt,
    DateTimeOffset? PreviousSecretExpiresAt);

/// <param name="Key">The secret, shown this once.</param>
public sealed record IssuedKey(string Key, KeyView View);

/// <summary>
/// Keys of one workspace. Status: <c>active</c>, <c>suspended</c>, <c>revoked</c>, <c>expired</c>. Every change is audited and known to the gateway
/// before the call returns.
/// </summary>
public interface IKeys
{
    Task<Outcome<Page<KeyView>>> ListAsync(Actor actor, string? cursor, int limit, CancellationToken cancellationToken);

    Task<Outcome<KeyView>> GetAsync(Actor actor, string id, CancellationToken cancellationToken);

    /// <param name="source"><c>dashboard</c>, <c>cli</c> or <c>api</c>.</param>
    Task<Outcome<IssuedKey>> CreateAsync(Actor actor, KeyDraft draft, string source, CancellationToken cancellationToken);

    /// <summary>Sets every editable field to the draft's (callers start from the key's own values); <see cref="KeyDraft.Test"/> is ignored.</summary>
    Task<Outcome<KeyView>> UpdateAsync(Actor actor, string id, KeyDraft draft, CancellationToken cancellationToken);

    /// <param name="overlap">How long the old secret stays valid; zero ends it at once, at most 30 days.</param>
    Task<Outcome<IssuedKey>> RotateAsync(Actor actor, string id, TimeSpan overlap, CancellationToken cancellationToken);

    Task<Outcome<KeyView>> RevokeAsync(Actor actor, string id, CancellationToken cancellationToken);

    /// <summary>Ends a suspension.</summary>
    Task<Outcome<KeyView>> RestoreAsync(Actor actor, string id, CancellationToken cancellationToken);
}
