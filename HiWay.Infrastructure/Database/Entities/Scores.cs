namespace HiWay.Infrastructure.Database.Entities;

/// <summary>How good the answer of one request was, as people and programs say; the last word counts.</summary>
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

/// <summary>How good a judge found the answer of one request; kept beside what people say, so that the two can be compared.</summary>
public sealed class JudgeScoreRow
{
    public required string WorkspaceId { get; set; }

    public required string RequestId { get; set; }

    public DateTimeOffset ScoredAt { get; set; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; set; }

    public required string Task { get; set; }

    /// <summary>0..1.</summary>
    public double Score { get; set; }

    /// <summary>As <see cref="HiWay.Domain.Judging.JudgeReasons"/> spells it; no text of the call is kept.</summary>
    public required string Reason { get; set; }
}

/// <summary>The scores of one model at one kind of task, added up.</summary>
public sealed class ScoreSumRow
{
    public required string WorkspaceId { get; set; }

    public required string Model { get; set; }

    public required string Task { get; set; }

    /// <summary>By people and programs.</summary>
    public long Scores { get; set; }

    public double Total { get; set; }

    /// <summary>By a judge, of requests that nobody else scored.</summary>
    public long Judged { get; set; }

    public double JudgedTotal { get; set; }
}

/// <summary>A workspace's learned mix; no row is off.</summary>
public sealed class LearnedMixRow
{
    public required string WorkspaceId { get; set; }

    public bool Enabled { get; set; }

    /// <summary>What the scores change, JSON: [{"model","task","points"}]. Written when a point changes, so that scores alone rebuild no snapshot.</summary>
    public string Points { get; set; } = "[]";
}

/// <summary>Whether and how a workspace has answers rated; no row is off.</summary>
public sealed class JudgeSettingsRow
{
    public required string WorkspaceId { get; set; }

    public bool Enabled { get; set; }

    /// <summary>0..1.</summary>
    public double SampleRate { get; set; }

    public string? Model { get; set; }

    /// <summary>US dollars per UTC day.</summary>
    public decimal DailyLimitUsd { get; set; }
}

/// <summary>The last rating that failed in a workspace. Apart from the settings, so that it rebuilds no snapshot.</summary>
public sealed class JudgeFailureRow
{
    public required string WorkspaceId { get; set; }

    public DateTimeOffset FailedAt { get; set; }

    /// <summary>An error code of the gateway, or <c>unreadable_rating</c>.</summary>
    public required string Code { get; set; }

    public required string Message { get; set; }
}
