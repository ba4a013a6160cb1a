namespace HiWay.Infrastructure.Database.Entities;

/// <summary>An answer of the Responses API with the conversation before it, sealed; goes by itself.</summary>
public sealed class StoredResponseRow
{
    public required string WorkspaceId { get; set; }

    /// <summary><c>resp_hw…</c>.</summary>
    public required string Id { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Not given out from here on, and deleted within the hour.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    public required byte[] Ciphertext { get; set; }

    public required byte[] Nonce { get; set; }

    public required byte[] AuthTag { get; set; }

    public int KeyVersion { get; set; }
}
