namespace HiWay.Infrastructure.Database.Entities;

/// <summary>A workspace's Shield; no row takes the defaults.</summary>
public sealed class SecuritySettingsRow
{
    public required string WorkspaceId { get; set; }

    /// <summary><c>off</c>, <c>monitor</c> or <c>block</c>.</summary>
    public required string Mode { get; set; }

    public double Threshold { get; set; }

    public int RetentionDays { get; set; }

    public bool ScanOutput { get; set; }
}

/// <summary>From where a workspace's keys may be used; <c>ipr_</c> + ULID.</summary>
public sealed class IpRuleRow
{
    public required string Id { get; set; }

    public required string WorkspaceId { get; set; }

    /// <summary>Network in its shortest form, without host bits.</summary>
    public required string Cidr { get; set; }

    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public required string Action { get; set; }

    public string? Comment { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A workspace's masking; no row is off.</summary>
public sealed class PrivacySettingsRow
{
    public required string WorkspaceId { get; set; }

    public bool Enabled { get; set; }

    /// <summary><c>cache_only</c> or <c>full</c>.</summary>
    public required string Scope { get; set; }

    public bool Restore { get; set; }

    public List<string> Families { get; set; } = [];

    /// <summary>Further prefixes of secrets.</summary>
    public List<string> KeyPrefixes { get; set; } = [];

    /// <summary>JSON: [{"name","pattern"}], in the order in which they run.</summary>
    public string CustomPatterns { get; set; } = "[]";
}

/// <summary>
/// A threat that was seen; append-only: a trigger refuses UPDATE and DELETE but for the retention's own function. Never holds the
/// prompt. <c>sev_</c> + ULID.
/// </summary>
public sealed class SecurityEventRow
{
    public required string Id { get; set; }

    public required string WorkspaceId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public string? RequestId { get; set; }

    /// <summary>Null for the playground.</summary>
    public string? KeyId { get; set; }

    public string? EndUser { get; set; }

    public required string ThreatType { get; set; }

    public double Score { get; set; }

    /// <summary><c>blocked</c> or <c>logged</c>.</summary>
    public required string Action { get; set; }

    /// <summary><c>input</c> or <c>output</c>.</summary>
    public required string Direction { get; set; }

    /// <summary>The mode that applied.</summary>
    public required string Mode { get; set; }

    /// <summary>Kinds of data that were seen, never the data.</summary>
    public string? Detail { get; set; }

    /// <summary>SHA-256 of the prompt's or answer's text, 64 hex digits.</summary>
    public required string PromptSha256 { get; set; }

    public string? Model { get; set; }

    public string? IpAddress { get; set; }
}
