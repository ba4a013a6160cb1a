using HiWay.Domain.Budgets;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// One subject's spend on this node in one window, the slice of the cap that the node may use up, and what is known of the
/// other nodes. Guarded by its account's gate.
/// </summary>
internal sealed class SpendWindow
{
    private SpendWindow(CapPeriod period, DateTimeOffset start, DateTimeOffset end) => (Period, Start, End) = (period, start, end);

    public CapPeriod Period { get; }

    public DateTimeOffset Start { get; }

    public DateTimeOffset End { get; }

    /// <summary>What calls of this node have cost, since the window began.</summary>
    public decimal SettledUsd { get; set; }

    /// <summary>Set aside on this node for running calls.</summary>
    public decimal ReservedUsd { get; set; }

    /// <summary>All that this node may use in this window; the database counts it as spent whether it is or not.</summary>
    public decimal GrantedUsd { get; set; }

    /// <summary>What other nodes and earlier ones have spent, as last heard.</summary>
    public decimal OthersSpentUsd { get; set; }

    /// <summary>The same with what they have set aside; of a node that is gone its whole slice.</summary>
    public decimal OthersUsedUsd { get; set; }

    /// <summary>The most that <see cref="GrantedUsd"/> could have become when the database was last asked.</summary>
    public decimal RoomUsd { get; set; }

    /// <summary>Other nodes held more than they use when the database was last asked: they have been told to give it back.</summary>
    public bool OthersHoldMore { get; set; }

    /// <summary>Stopwatch ticks of the last answer of the database; 0 before the first.</summary>
    public long AskedAt { get; set; }

    /// <summary>The database could not be asked the last time.</summary>
    public bool Away { get; set; }

    /// <summary>The last slice was smaller than what was needed: each call asks for its own amount, and what it leaves goes back.</summary>
    public bool Tight { get; set; }

    /// <summary>Size of the last slice beyond what was needed at once.</summary>
    public decimal SliceUsd { get; set; }

    /// <summary>Needs of calls that wait for the question that is about to be sent.</summary>
    public decimal WaitingUsd { get; set; }

    /// <summary>The smallest of them; 0 without any.</summary>
    public decimal WaitingLeastUsd { get; set; }

    /// <summary>The question under way; calls that need more wait for the same one.</summary>
    public Task? Asking { get; set; }

    /// <summary>When a call last needed the window, for giving back what lies idle.</summary>
    public DateTimeOffset UsedAt { get; set; }

    /// <summary>Where spending stops, as of the last call; null while no call has had a cap here.</summary>
    public decimal? LimitUsd { get; private set; }

    /// <summary>The strictest verdict that somebody has been told of.</summary>
    public BudgetVerdict Told { get; set; }

    /// <summary>Used on this node.</summary>
    public decimal UsedUsd => SettledUsd + ReservedUsd;

    /// <summary>Held and not used.</summary>
    public decimal HeadroomUsd => Math.Max(0m, GrantedUsd - UsedUsd);

    /// <summary>Before every instant, so that the first use enters a real window.</summary>
    public static SpendWindow Never(CapPeriod period) => new(period, DateTimeOffset.MinValue, DateTimeOffset.MinValue);

    public static SpendWindow At(CapPeriod period, DateTimeOffset now)
    {
        var start = SpendWindows.StartOf(period, now);
        return new(period, start, SpendWindows.EndOf(period, start));
    }

    /// <summary>A cap that was changed: a slice of the old one is no promise under a lower one, and a refusal none under a higher.</summary>
    public void Obey(decimal limitUsd)
    {
        if (LimitUsd == limitUsd)
        {
            return;
        }

        if (LimitUsd is null || limitUsd < LimitUsd)
        {
            GrantedUsd = Math.Min(GrantedUsd, UsedUsd);
        }

        LimitUsd = limitUsd;
        AskedAt = 0;
        Told = BudgetVerdict.Ok;
    }

    /// <summary>One more call waits for the next question's answer.</summary>
    public void WaitFor(decimal needUsd)
    {
        WaitingLeastUsd = WaitingUsd == 0m ? needUsd : Math.Min(WaitingLeastUsd, needUsd);
        WaitingUsd += needUsd;
    }

    public CapAnswer Check(in SpendCap cap, decimal worstCaseUsd, bool bySlices)
    {
        if (!CapRules.Allows(cap.LimitUsd, SettledUsd, ReservedUsd, worstCaseUsd))
        {
            return CapAnswer.Full;
        }

        if (!bySlices)
        {
            return CapAnswer.Allowed;
        }

        // A call without a price needs no slice, but a cap that all nodes together have used up refuses it too.
        return AskedAt == 0 || GrantedUsd < UsedUsd + worstCaseUsd || SettledUsd + OthersSpentUsd >= cap.LimitUsd
            ? CapAnswer.NeedsSlice
            : CapAnswer.Allowed;
    }
}
