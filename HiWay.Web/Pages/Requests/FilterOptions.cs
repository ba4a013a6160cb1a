using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;

namespace HiWay.Web.Pages.Requests;

/// <summary>A choice of a filter.</summary>
public sealed record FilterOption(string Value, string Text);

/// <summary>What occurred in the shown time and can be filtered by.</summary>
public sealed record FilterOptions(
    IReadOnlyList<FilterOption> Models, IReadOnlyList<FilterOption> Keys, IReadOnlyList<FilterOption> Providers, IReadOnlyList<FilterOption> Tiers)
{
    public static FilterOptions None { get; } = new([], [], [], []);

    public static FilterOptions Of(IReadOnlyDictionary<UsageGrouping, IReadOnlyList<UsageGroup>> groups) => new(
        Named(groups[UsageGrouping.Model]), Named(groups[UsageGrouping.Key]), Named(groups[UsageGrouping.Provider]),
        [.. Named(groups[UsageGrouping.Tier]).Select(option => option with { Text = Format.Tier(option.Value) })]);

    private static IReadOnlyList<FilterOption> Named(IReadOnlyList<UsageGroup> groups) =>
    [
        .. groups.Where(group => !string.IsNullOrEmpty(group.Group))
            .Select(group => new FilterOption(group.Group!, group.GroupLabel ?? group.Group!))
            .OrderBy(option => option.Text, StringComparer.OrdinalIgnoreCase),
    ];
}
