namespace HiWay.Infrastructure.Database.Entities;

/// <summary>Where a workspace's alerts go; <c>wh_</c> + ULID.</summary>
public sealed class WebhookRow
{
    public required string Id { get; set; }

    public required string WorkspaceId { get; set; }

    public required string Name { get; set; }

    /// <summary><c>webhook</c>, <c>slack</c>, <c>discord</c>, <c>teams</c> or <c>email</c>.</summary>
    public required string Kind { get; set; }

    /// <summary>The address as people see it; masked where the whole of it is a secret.</summary>
    public required string ShownUrl { get; set; }

    /// <summary>The address and the signing secrets, sealed.</summary>
    public byte[] Ciphertext { get; set; } = [];

    public byte[] Nonce { get; set; } = [];

    public byte[] AuthTag { get; set; } = [];

    /// <summary>Of the master key.</summary>
    public int KeyVersion { get; set; }

    /// <summary>The secret's last four characters; null where nothing is signed.</summary>
    public string? SecretLast4 { get; set; }

    /// <summary>Until then messages are also signed with the secret from before the last rotation.</summary>
    public DateTimeOffset? PreviousSecretExpiresAt { get; set; }

    /// <summary>Types; null is all, none pauses.</summary>
    public List<string>? Events { get; set; }

    /// <summary>Of security events only <c>blocked</c> or only <c>logged</c> ones; null takes both.</summary>
    public string? Filter { get; set; }

    public bool Enabled { get; set; } = true;

    /// <summary>Why HiWay itself switched it off; null when a person did.</summary>
    public string? PausedReason { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A node finds a workspace's provider failing. While any does, nobody is told a second time.</summary>
public sealed class ProviderDownRow
{
    public required string WorkspaceId { get; set; }

    /// <summary>Its slug.</summary>
    public required string Provider { get; set; }

    public required string NodeId { get; set; }

    public DateTimeOffset Since { get; set; }
}

/// <summary>One alert on its way to one webhook, and what became of it; <c>del_</c> + ULID.</summary>
public sealed class WebhookDeliveryRow
{
    public required string Id { get; set; }

    public required string WorkspaceId { get; set; }

    public required string WebhookId { get; set; }

    /// <summary>The alert's own id, <c>evt_</c> + ULID: the same at all endpoints and in all attempts, so that receivers can drop repeats.</summary>
    public required string EventId { get; set; }

    public required string EventType { get; set; }

    /// <summary>What is sent, in the form of the endpoint's kind.</summary>
    public required string Payload { get; set; }

    /// <summary><c>pending</c>, <c>failed</c> (tried again later), <c>delivered</c> or <c>given_up</c>.</summary>
    public required string Status { get; set; }

    /// <summary>Attempts begun.</summary>
    public int Attempts { get; set; }

    /// <summary>Null when none is to come. While an attempt runs, the instant from which another node may take it for lost.</summary>
    public DateTimeOffset? NextAttemptAt { get; set; }

    public DateTimeOffset? LastAttemptAt { get; set; }

    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>HTTP status of the last attempt; null when there was no answer, and for mail.</summary>
    public int? ResponseStatus { get; set; }

    /// <summary>The beginning of the last answer, at most 1 KB.</summary>
    public string? ResponseBody { get; set; }

    /// <summary>Why the last attempt failed; null when it did not.</summary>
    public string? Error { get; set; }

    public int? DurationMs { get; set; }

    /// <summary>The delivery that a person sent again with this one.</summary>
    public string? ResendOf { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}
