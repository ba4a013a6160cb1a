namespace HiWay.Infrastructure.Database.Entities;

/// <summary>Prompt and answer of one call, masked and sealed; goes by itself.</summary>
public sealed class RequestContentRow
{
    public required string WorkspaceId { get; set; }

    /// <summary><c>req_…</c>, as in the request log.</summary>
    public required string RequestId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Not given out from here on, and deleted within the hour.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    public required byte[] Ciphertext { get; set; }

    public required byte[] Nonce { get; set; }

    public required byte[] AuthTag { get; set; }

    public int KeyVersion { get; set; }
}
