namespace HiWay.Infrastructure.Database.Entities;

/// <summary>How good the answer of one request was; the last word counts.</summary>
public sealed class RequestScoreRow
{
    public required string WorkspaceId { get; set; }

    public required string RequestId { get; set; }

    public DateTimeOffset ScoredAt { get; set; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; set; }

    /// <summary>The kind of task, as <see cref="HiWay.Domain.Routing.TaskTypes"/> spells it.</summary>
    public required string Task { get; set; }

    /// <summary>0..1.</summary>
    public double Score { get; set; }

    /// <summary><c>feedback</c>, by a program with a key; <c>member</c>, in the dashboard or by the management API.</summary>
    public required string Source { get; set; }
}

/// <summary>The scores of one model at one kind of task, added up.</summary>
public sealed class ScoreSumRow
{
    public required string WorkspaceId { get; set; }

    public required string Model { get; set; }

    public required string Task { get; set; }

    public long Scores { get; set; }

    public double Total { get; set; }
}

/// <summary>A workspace's learned mix; no row is off.</summary>
public sealed class LearnedMixRow
{
    public required string WorkspaceId { get; set; }

    public bool Enabled { get; set; }

    /// <summary>What the scores change, JSON: [{"model","task","points"}]. Written when a point changes, so that scores alone rebuild no snapshot.</summary>
    public string Points { get; set; } = "[]";
}
