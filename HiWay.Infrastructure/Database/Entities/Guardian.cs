namespace HiWay.Infrastructure.Database.Entities;

/// <summary>The Guardian rules that a workspace has set; no row takes the installation's defaults.</summary>
public sealed class GuardianSettingsRow
{
    public required string WorkspaceId { get; set; }

    /// <summary>JSON: [{"rule","enabled","action","params":{},"alert_target"}].</summary>
    public required string Rules { get; set; }
}

/// <summary>Calls that ran into a rule, one row for those of a key that follow each other; <c>gev_</c> + ULID.</summary>
public sealed class GuardianEventRow
{
    public required string Id { get; set; }

    public required string WorkspaceId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>The newest call that was counted here.</summary>
    public DateTimeOffset LastAt { get; set; }

    public required string Rule { get; set; }

    public required string Action { get; set; }

    /// <summary>Null for the playground.</summary>
    public string? KeyId { get; set; }

    public string? EndUser { get; set; }

    /// <summary>The first call.</summary>
    public string? RequestId { get; set; }

    /// <summary>What happened, as a sentence; no prompt text.</summary>
    public required string Detail { get; set; }

    /// <summary>What was measured, and what is allowed, in the rule's unit.</summary>
    public decimal Value { get; set; }

    public decimal Limit { get; set; }

    /// <summary>Calls counted here.</summary>
    public long Hits { get; set; }
}

/// <summary>How many calls ran into a rule within an hour.</summary>
public sealed class GuardianHourRow
{
    public required string WorkspaceId { get; set; }

    public required string Rule { get; set; }

    /// <summary>The hour's beginning, UTC.</summary>
    public DateTimeOffset Hour { get; set; }

    public long Hits { get; set; }
}

/// <summary>When a rule's last alert was raised, on whichever node.</summary>
public sealed class GuardianAlertRow
{
    public required string WorkspaceId { get; set; }

    public required string Rule { get; set; }

    public DateTimeOffset AlertedAt { get; set; }
}
