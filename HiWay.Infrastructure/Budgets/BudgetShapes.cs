using System.Collections.Frozen;
using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Budgets;

/// <summary>Between a budget's rows and what calls, people and the audit log see of it.</summary>
internal static class BudgetShapes
{
    public static WorkspaceBudget Of(BudgetRow? row, IReadOnlyList<EndUserCapRow> endUsers) => row is null && endUsers.Count == 0
        ? WorkspaceBudget.None
        : new(Plain(row?.CapUsd), Thresholds(row), Plain(row?.EndUserCapUsd), endUsers.ToFrozenDictionary(cap => cap.EndUser, cap => Plain(cap.CapUsd), StringComparer.Ordinal));

    public static BudgetThresholds Thresholds(BudgetRow? row) => row is null
        ? BudgetThresholds.Default
        : new(Plain(row.WarnAt), Plain(row.DowngradeAt), Plain(row.LightOnlyAt), Plain(row.BlockAt));

    /// <summary>As it was typed: the column's decimals would show 12.5 as 12.500000.</summary>
    public static decimal Plain(decimal value) => value / 1.0000000000000000000000000000m;

    public static decimal? Plain(decimal? value) => value is { } known ? Plain(known) : null;
}
