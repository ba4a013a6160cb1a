namespace HiWay.Infrastructure.Database.Entities;

/// <summary>What a workspace has set for Budget Control; without a row the defaults hold and there is no cap.</summary>
public sealed class BudgetRow
{
    public required string WorkspaceId { get; set; }

    /// <summary>The month's cap in US dollars; null is none.</summary>
    public decimal? CapUsd { get; set; }

    /// <summary>Shares of the cap, 0..1.</summary>
    public decimal WarnAt { get; set; }

    public decimal DowngradeAt { get; set; }

    public decimal LightOnlyAt { get; set; }

    public decimal BlockAt { get; set; }

    /// <summary>The month's cap of each end user without one of the own; null is none.</summary>
    public decimal? EndUserCapUsd { get; set; }
}

/// <summary>The month's cap of one end user.</summary>
public sealed class EndUserCapRow
{
    public required string WorkspaceId { get; set; }

    /// <summary>The caller's own name for the user.</summary>
    public required string EndUser { get; set; }

    public decimal CapUsd { get; set; }
}
