using HiWay.Domain.Budgets;

namespace HiWay.Infrastructure.Budgets;

/// <summary>One window of one subject in the database.</summary>
public readonly record struct SpendWindowKey(SpendSubject Subject, CapPeriod Period, DateTimeOffset Start);

/// <summary>What a node tells the database when it asks for a slice of a cap.</summary>
/// <param name="LimitUsd">Where spending stops.</param>
/// <param name="SettledUsd">What calls of this node have cost in the window.</param>
/// <param name="ReservedUsd">What is set aside on this node.</param>
/// <param name="HeldUsd">What the node may use as it knows; running calls may be using it up while it asks, so it never becomes less.</param>
/// <param name="NeedUsd">What waiting calls need together.</param>
/// <param name="LeastUsd">What the smallest of them needs: with less than that, nothing is taken.</param>
public readonly record struct SliceQuestion(
    decimal LimitUsd, decimal SettledUsd, decimal ReservedUsd, decimal HeldUsd, decimal NeedUsd, decimal LeastUsd)
{
    public decimal UsedUsd => SettledUsd + ReservedUsd;
}

/// <summary>What the database says when a node asks for a slice of a cap.</summary>
/// <param name="GrantedUsd">All that the node may use in this window, what it has used included.</param>
/// <param name="RoomUsd">The most that this could have become.</param>
/// <param name="SliceUsd">What a node gets beyond its need at this point; small near the cap.</param>
/// <param name="DrainedUsd">What the database has in its books of this node.</param>
/// <param name="OthersSpentUsd">What the other nodes have spent.</param>
/// <param name="OthersUsedUsd">The same with what they have set aside; of a dead node its slice.</param>
/// <param name="OthersHoldMore">Living nodes hold more than they use; they have been told to give it back.</param>
public readonly record struct SliceAnswer(
    decimal GrantedUsd, decimal RoomUsd, decimal SliceUsd, decimal DrainedUsd, decimal OthersSpentUsd, decimal OthersUsedUsd, bool OthersHoldMore);

/// <summary>Caps that several nodes share.</summary>
public interface ISpendLeases
{
    /// <summary>Takes a slice in one atomic statement.</summary>
    /// <returns>Null when the database cannot be asked.</returns>
    Task<SliceAnswer?> TakeAsync(SpendWindowKey window, SliceQuestion question);

    /// <summary>How long a call waits for other nodes to give back what they hold and do not use.</summary>
    TimeSpan RecallPatience { get; }
}
