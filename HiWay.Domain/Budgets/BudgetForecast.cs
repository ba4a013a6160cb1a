namespace HiWay.Domain.Budgets;

/// <param name="MonthEndUsd">What the month will have cost when spending goes on as in the last days.</param>
/// <param name="BlockAt">When the cap will be reached; null when that is not within this month or there is no cap.</param>
public readonly record struct BudgetForecast(decimal MonthEndUsd, DateTimeOffset? BlockAt)
{
    /// <summary>Days looked back on: a whole week, so that weekends weigh what they weigh.</summary>
    public const int Days = 7;

    /// <summary>Projects the month's end from what the last days cost.</summary>
    /// <param name="recent">Spend by UTC day, any order, of the days from <see cref="Days"/> ago on; a day without spend may be missing.</param>
    /// <param name="firstDay">The first day on which anything was ever spent: days before it say nothing. Null when nothing was.</param>
    /// <param name="spentUsd">Spent in this month so far.</param>
    /// <param name="limitUsd">Where spending is stopped; null without a cap.</param>
    public static BudgetForecast Of(
        IReadOnlyList<(DateOnly Day, decimal Usd)> recent, DateOnly? firstDay, decimal spentUsd, decimal? limitUsd, DateTimeOffset now)
    {
        var monthEnd = SpendWindows.EndOf(CapPeriod.Month, SpendWindows.StartOf(CapPeriod.Month, now));
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var from = today.AddDays(-Days);
        if (firstDay is { } first && first > from)
        {
            from = first;
        }

        var usd = 0m;
        foreach (var (day, spent) in recent)
        {
            usd += day >= from && day <= today ? spent : 0m;
        }

        // At least a day: the first ten minutes of a new workspace must not be taken for a pace.
        var elapsed = Math.Max(1m, (decimal)(now.UtcDateTime - from.ToDateTime(TimeOnly.MinValue)).TotalDays);
        var perDay = usd / elapsed;
        var monthEndUsd = spentUsd + perDay * (decimal)(monthEnd - now).TotalDays;
        if (limitUsd is not { } limit)
        {
            return new(monthEndUsd, null);
        }

        if (spentUsd >= limit)
        {
            return new(monthEndUsd, now);
        }

        return new(monthEndUsd, monthEndUsd >= limit && perDay > 0m ? now.AddDays((double)((limit - spentUsd) / perDay)) : null);
    }
}
