namespace HiWay.Infrastructure.Database.Entities;

/// <summary>A link that was mailed to an address to prove that it is read; <c>emc_</c> + ULID. The token itself is only in the mail.</summary>
public sealed class EmailConfirmationRow
{
    public required string Id { get; set; }

    public required string UserId { get; set; }

    /// <summary>The user's own address, or the one that takes its place once it is confirmed.</summary>
    public required string Email { get; set; }

    /// <summary>SHA-256 of the token.</summary>
    public required byte[] TokenHash { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When the link confirmed the address.</summary>
    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>When a newer mail, another address or the person took the link's power away.</summary>
    public DateTimeOffset? ReplacedAt { get; set; }

    public UserRow? User { get; set; }
}
