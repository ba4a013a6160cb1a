namespace HiWay.Infrastructure.Database.Entities;

/// <summary>A <c>hw_live_</c> or <c>hw_test_</c> key without its secret; <c>key_</c> + ULID.</summary>
public sealed class ApiKeyRow
{
    public required string Id { get; set; }

    public required string WorkspaceId { get; set; }

    public required string Name { get; set; }

    /// <summary><c>dashboard</c>, <c>cli</c> or <c>api</c>.</summary>
    public required string Source { get; set; }

    /// <summary>SHA-256 of the secret.</summary>
    public required byte[] SecretHash { get; set; }

    /// <summary>First 12 characters, for display.</summary>
    public required string Prefix { get; set; }

    /// <summary>The secret before the last rotation, accepted until <see cref="PreviousExpiresAt"/>.</summary>
    public byte[]? PreviousSecretHash { get; set; }

    public DateTimeOffset? PreviousExpiresAt { get; set; }

    public bool IsTest { get; set; }

    /// <summary><c>inference</c>, <c>manage</c>.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>Requests per rolling minute; null takes the plan's.</summary>
    public int? Rpm { get; set; }

    /// <summary>Tokens per rolling minute; null is unlimited.</summary>
    public int? Tpm { get; set; }

    /// <summary>Requests per UTC day; null is unlimited.</summary>
    public int? Rpd { get; set; }

    /// <summary>Calls that may run at once; null is unlimited.</summary>
    public int? Concurrency { get; set; }

    public decimal? MonthlyCapUsd { get; set; }

    public decimal? DailyCapUsd { get; set; }

    /// <summary>Model ids, short ids or tiers; null allows all.</summary>
    public List<string>? AllowedModels { get; set; }

    public bool RouterBypass { get; set; }

    public bool Fallback { get; set; } = true;

    /// <summary><c>budget</c>, <c>balanced</c>, <c>quality</c>; null takes the workspace's.</summary>
    public string? RoutingProfile { get; set; }

    /// <summary><c>off</c>, <c>monitor</c>, <c>block</c>; null takes the workspace's.</summary>
    public string? SecurityMode { get; set; }

    /// <summary>Null takes the workspace's.</summary>
    public bool? Cache { get; set; }

    public List<string> Tags { get; set; } = [];

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? SuspendedAt { get; set; }

    /// <summary>The Guardian rule that suspended it.</summary>
    public string? SuspendedByRule { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public string? CreatedByUserId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Written with the metering batches, so it trails by a second or two.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }
}

/// <summary>
/// A workspace's key at a provider, encrypted; <c>cred_</c> + ULID. A provider may have several; the oldest is the one that the
/// provider's own calls read and write, and kind, models and <see cref="Enabled"/> are the same in all of them.
/// </summary>
public sealed class CredentialRow
{
    public required string Id { get; set; }

    public required string WorkspaceId { get; set; }

    /// <summary>The provider's slug: <c>openai</c>, or the workspace's own name for a custom one.</summary>
    public required string Provider { get; set; }

    /// <summary><c>openai</c> or <c>anthropic</c> for custom providers; null for the built-in ones.</summary>
    public string? Kind { get; set; }

    /// <summary>Null takes the provider's own.</summary>
    public string? BaseUrl { get; set; }

    public required byte[] Ciphertext { get; set; }

    public required byte[] Nonce { get; set; }

    public required byte[] AuthTag { get; set; }

    /// <summary>Which master key the workspace key was derived from.</summary>
    public int KeyVersion { get; set; }

    public string? Last4 { get; set; }

    public bool Enabled { get; set; } = true;

    /// <summary>What people call it among the provider's keys; empty for the first, which needs no name.</summary>
    public string Label { get; set; } = "";

    /// <summary>Its share of the provider's calls, 0..1000, relative to the other keys'; 0 is a reserve.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>This key alone takes no calls.</summary>
    public bool Paused { get; set; }

    /// <summary>Models that a custom provider serves; for a built-in one, a restriction. Null is all of the catalogue.</summary>
    public List<string>? Models { get; set; }

    /// <summary>What some providers must be told beside key and address, JSON of <see cref="HiWay.Infrastructure.Providers.ProviderSettings"/>; the same in all keys.</summary>
    public string? Settings { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public DateTimeOffset? TestedAt { get; set; }

    /// <summary>Null when the last test passed.</summary>
    public string? TestError { get; set; }
}

/// <summary>What a workspace says of one model.</summary>
public sealed class WorkspaceModelRow
{
    public required string WorkspaceId { get; set; }

    public required string ModelId { get; set; }

    public bool Enabled { get; set; } = true;

    /// <summary>Overrides the catalogue's tier.</summary>
    public string? Tier { get; set; }

    /// <summary>Negotiated prices, JSON of <see cref="HiWay.Domain.Pricing.TokenPrice"/>; null takes the list's.</summary>
    public string? Prices { get; set; }

    /// <summary>A further name for the model in this workspace.</summary>
    public string? Alias { get; set; }
}

/// <summary>One model of the catalogue as imported, and what the operator changed.</summary>
public sealed class CatalogueModelRow
{
    /// <summary><c>provider/model</c>.</summary>
    public required string Id { get; set; }

    /// <summary>JSON of <see cref="HiWay.Domain.Catalogue.ModelEntry"/> from the data file or as the operator added it.</summary>
    public required string Entry { get; set; }

    /// <summary>JSON of the fields that the operator set; null when none.</summary>
    public string? Override { get; set; }

    /// <summary>The data file's version that the row came with; null for the operator's own.</summary>
    public string? ImportedFrom { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
}
