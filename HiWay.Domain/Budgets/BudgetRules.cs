using HiWay.Domain.Catalogue;

namespace HiWay.Domain.Budgets;

/// <summary>What a cap says to the next request, mildest first.</summary>
public enum BudgetVerdict
{
    Ok,
    Warn,

    /// <summary>Routed one tier lower.</summary>
    Downgrade,

    /// <summary>Routed to light models.</summary>
    LightOnly,

    /// <summary>Refused; no upstream is called.</summary>
    Block,
}

/// <summary>Shares of a cap, above 0 and at most 1, at which each verdict starts; none lies below the one before it.</summary>
public sealed record BudgetThresholds(decimal Warn, decimal Downgrade, decimal LightOnly, decimal Block)
{
    public static BudgetThresholds Default { get; } = new(0.75m, 0.90m, 0.95m, 1.00m);

    public decimal ShareOf(BudgetVerdict verdict) => verdict switch
    {
        BudgetVerdict.Ok => 0m,
        BudgetVerdict.Warn => Warn,
        BudgetVerdict.Downgrade => Downgrade,
        BudgetVerdict.LightOnly => LightOnly,
        BudgetVerdict.Block => Block,
    };
}

public static class BudgetRules
{
    private static readonly string[] s_names = ["OK", "WARN", "DOWNGRADE", "LIGHT_ONLY", "BLOCK"];

    /// <summary>The verdict as the API spells it.</summary>
    public static string Text(this BudgetVerdict verdict) => s_names[(int)verdict];

    public static BudgetVerdict? Parse(string? text) => Array.IndexOf(s_names, text) is var i and >= 0 ? (BudgetVerdict)i : null;

    /// <summary>The verdict of one cap: the workspace's, a key's or an end user's.</summary>
    /// <param name="at">Where each verdict starts.</param>
    /// <param name="capUsd">The period's limit.</param>
    /// <param name="committedUsd">Spent plus reserved: requests still running count, or many parallel ones would pass the cap together.</param>
    public static BudgetVerdict Judge(BudgetThresholds at, decimal capUsd, decimal committedUsd) =>
        committedUsd >= capUsd * at.Block ? BudgetVerdict.Block   // not divided: a cap of 0 blocks, it does not throw
        : committedUsd >= capUsd * at.LightOnly ? BudgetVerdict.LightOnly
        : committedUsd >= capUsd * at.Downgrade ? BudgetVerdict.Downgrade
        : committedUsd >= capUsd * at.Warn ? BudgetVerdict.Warn
        : BudgetVerdict.Ok;

    /// <summary>The tier that a routed request starts at under a verdict. Tiers reached by explicit choice (web search, images) stay.</summary>
    /// <remarks>
    /// Light stays light when one tier is taken off: the tier below takes only what passes its own gate, and the router sends that
    /// there anyway. Where the lower tier has no model for the request, the router goes up again: nothing is refused before the cap.
    /// </remarks>
    public static Tier TierUnder(BudgetVerdict verdict, Tier asked) => (verdict, asked) switch
    {
        (BudgetVerdict.Downgrade, Tier.Heavy) => Tier.Standard,
        (BudgetVerdict.Downgrade, Tier.Standard) => Tier.Light,
        (BudgetVerdict.LightOnly or BudgetVerdict.Block, Tier.Heavy or Tier.Standard) => Tier.Light,
        _ => asked,
    };

    /// <summary>What is wrong with thresholds, as the field's name and a sentence; null when nothing is.</summary>
    public static (string Param, string Message)? Check(BudgetThresholds at)
    {
        ReadOnlySpan<(string Name, decimal Share)> shares =
            [("warn_at", at.Warn), ("downgrade_at", at.Downgrade), ("light_only_at", at.LightOnly), ("block_at", at.Block)];
        for (var i = 0; i < shares.Length; i++)
        {
            var (name, share) = shares[i];
            if (share is <= 0m or > 1m)
            {
                return (name, $"'{name}' is a share of the cap: above 0 and at most 1, for example 0.9 for 90 %.");
            }

            if (i > 0 && share < shares[i - 1].Share)
            {
                return (name, $"'{name}' is {share:0.####} and must not lie below '{shares[i - 1].Name}', which is {shares[i - 1].Share:0.####}.");
            }
        }

        return null;
    }
}
