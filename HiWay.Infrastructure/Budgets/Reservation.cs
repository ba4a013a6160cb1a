using HiWay.Domain.Budgets;

namespace HiWay.Infrastructure.Budgets;

/// <summary>What reserving says: a reservation, the cap in the way, or neither when nobody could be asked.</summary>
/// <param name="Unknown">A cap's slice on this node is used up and the database, which knows the rest, cannot be asked.</param>
public readonly record struct ReserveOutcome(Reservation? Granted, CapRefusal? Refused, SpendCap? Unknown = null);

/// <summary>The worst case of one running call, set aside in every account in scope. Settle or release it once; more often does nothing.</summary>
public sealed class Reservation
{
    private int _ended;

    internal Reservation(SpendScope scope, DateTimeOffset at) => (Scope, At) = (scope, at);

    public SpendScope Scope { get; }

    /// <summary>When it was made; the spend is booked in the windows of this instant.</summary>
    internal DateTimeOffset At { get; }

    internal Entry Workspace { get; set; }

    internal Entry Key { get; set; }

    internal Entry EndUser { get; set; }

    internal bool End() => Interlocked.Exchange(ref _ended, 1) == 0;

    /// <param name="Account">Null where the call has none.</param>
    /// <param name="Hold">Null where nothing is set aside, because no cap is in scope.</param>
    internal readonly record struct Entry(SpendAccount? Account, LinkedListNode<Hold>? Hold);
}
