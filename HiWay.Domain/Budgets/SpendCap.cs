namespace HiWay.Domain.Budgets;

/// <summary>Whose spend a cap limits. The order is the order in which a reservation takes their locks.</summary>
public enum SpendSubjectKind { Workspace, Key, EndUser, Experiment }

/// <param name="Id">A prefixed ULID; for an end user the workspace's id, a slash and the caller's own name for the user.</param>
public readonly record struct SpendSubject(SpendSubjectKind Kind, string Id)
{
    /// <summary>The kind as errors and alerts spell it.</summary>
    public string ScopeName => Kind switch
    {
        SpendSubjectKind.Workspace => "workspace",
        SpendSubjectKind.Key => "key",
        SpendSubjectKind.EndUser => "user",
        SpendSubjectKind.Experiment => "experiment",
    };

    /// <summary>The id; of an end user only the caller's own name.</summary>
    public string Name => Kind is SpendSubjectKind.EndUser ? Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..] : Id;

    public static SpendSubject Key(string keyId) => new(SpendSubjectKind.Key, keyId);

    public static SpendSubject Workspace(string workspaceId) => new(SpendSubjectKind.Workspace, workspaceId);

    public static SpendSubject EndUser(string workspaceId, string endUser) => new(SpendSubjectKind.EndUser, $"{workspaceId}/{endUser}");
}

public enum CapPeriod { Day, Month }

/// <summary>The most that a subject may spend in one period.</summary>
/// <param name="CapUsd">US dollars; 0 lets nothing through.</param>
/// <param name="BlockAt">The share of the cap at which calls are refused; 1 but for a workspace that wants a margin.</param>
public readonly record struct SpendCap(SpendSubject Subject, CapPeriod Period, decimal CapUsd, decimal BlockAt = 1m)
{
    /// <summary>Where spending stops.</summary>
    public decimal LimitUsd => CapUsd * BlockAt;
}

/// <summary>Why a cap let a call not through.</summary>
/// <param name="SpentUsd">Settled in this window.</param>
/// <param name="ReservedUsd">Set aside for calls that are still running.</param>
/// <param name="ResetAt">When the next window begins, UTC.</param>
public sealed record CapRefusal(SpendCap Cap, decimal SpentUsd, decimal ReservedUsd, DateTimeOffset ResetAt);

/// <summary>Calendar windows in UTC, so that no change of the clocks makes one longer or shorter.</summary>
public static class SpendWindows
{
    /// <summary>The first instant of the window that an instant falls into.</summary>
    public static DateTimeOffset StartOf(CapPeriod period, DateTimeOffset at)
    {
        var utc = at.UtcDateTime;
        return period switch
        {
            CapPeriod.Day => new(utc.Year, utc.Month, utc.Day, 0, 0, 0, TimeSpan.Zero),
            CapPeriod.Month => new(utc.Year, utc.Month, 1, 0, 0, 0, TimeSpan.Zero),
        };
    }

    /// <summary>The first instant of the window after the one that begins at <paramref name="start"/>.</summary>
    public static DateTimeOffset EndOf(CapPeriod period, DateTimeOffset start) => period switch
    {
        CapPeriod.Day => start.AddDays(1),
        CapPeriod.Month => start.AddMonths(1),
    };
}

public static class CapRules
{
    /// <summary>Whether a call may start whose worst case is <paramref name="worstCaseUsd"/>.</summary>
    /// <remarks>
    /// What runs counts as spent, or many parallel calls would pass the cap together. A used-up cap refuses free calls too:
    /// it says "stop", and an unknown price must not slip through as zero.
    /// </remarks>
    public static bool Allows(decimal capUsd, decimal spentUsd, decimal reservedUsd, decimal worstCaseUsd) =>
        spentUsd + reservedUsd < capUsd && spentUsd + reservedUsd + worstCaseUsd <= capUsd;
}
