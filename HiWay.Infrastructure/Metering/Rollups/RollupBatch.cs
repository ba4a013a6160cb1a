using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering.Drain;

namespace HiWay.Infrastructure.Metering.Rollups;

/// <param name="Granularity"><c>minute</c>, <c>hour</c> or <c>day</c>.</param>
/// <param name="Start">First instant of the bucket, UTC.</param>
/// <param name="KeyId">Empty for none, as the others are.</param>
internal readonly record struct RollupKey(string WorkspaceId, string Granularity, DateTime Start, string KeyId, string Provider, string Model, string Tier);

/// <param name="Kind"><c>user</c> or <c>tag</c>.</param>
internal readonly record struct AttributionKey(string WorkspaceId, string Granularity, DateTime Start, string Kind, string Subject);

/// <summary>The totals that a batch of events adds.</summary>
internal sealed class RollupBatch
{
    public const string Minute = "minute";
    public const string Hour = "hour";
    public const string Day = "day";
    public const string User = "user";
    public const string Tag = "tag";

    public Dictionary<RollupKey, UsageSums> Calls { get; } = [];

    public Dictionary<AttributionKey, UsageSums> Attribution { get; } = [];

    public static RollupBatch Of(IReadOnlyList<UsageEvent> events)
    {
        var rollups = new RollupBatch();
        for (var i = 0; i < events.Count; i++)
        {
            rollups.Add(events[i]);
        }

        rollups.FoldMinutes();
        return rollups;
    }

    /// <summary>The first instant of the bucket that an instant falls into. Days are UTC days.</summary>
    public static DateTime StartOf(string granularity, DateTime utc) => granularity switch
    {
        Minute => new(utc.Ticks - utc.Ticks % TimeSpan.TicksPerMinute, DateTimeKind.Utc),
        Hour => new(utc.Ticks - utc.Ticks % TimeSpan.TicksPerHour, DateTimeKind.Utc),
        Day => new(utc.Ticks - utc.Ticks % TimeSpan.TicksPerDay, DateTimeKind.Utc),
        _ => throw new ArgumentOutOfRangeException(nameof(granularity), granularity, "Neither minute nor hour nor day."),
    };

    private void Add(UsageEvent usage)
    {
        var minute = StartOf(Minute, usage.CreatedAt.UtcDateTime);
        SumsOf(Calls, new(
            usage.WorkspaceId, Minute, minute, usage.KeyId ?? "", Dimension(usage.Provider, 128), Dimension(usage.Model, RequestCopy.LongestName), Dimension(usage.Tier, 64))).Add(usage);
        if (RequestCopy.EndUser(usage) is { } user)
        {
            SumsOf(Attribution, new(usage.WorkspaceId, Minute, minute, User, user)).Add(usage);
        }

        foreach (var tag in RequestCopy.Tags(usage))
        {
            SumsOf(Attribution, new(usage.WorkspaceId, Minute, minute, Tag, tag)).Add(usage);
        }
    }

    /// <summary>Hours and days come from the batch's few minutes, not from its many events.</summary>
    private void FoldMinutes()
    {
        foreach (var (key, sums) in Calls.ToList())
        {
            SumsOf(Calls, key with { Granularity = Hour, Start = StartOf(Hour, key.Start) }).Add(sums);
            SumsOf(Calls, key with { Granularity = Day, Start = StartOf(Day, key.Start) }).Add(sums);
        }

        foreach (var (key, sums) in Attribution.ToList())
        {
            SumsOf(Attribution, key with { Granularity = Hour, Start = StartOf(Hour, key.Start) }).Add(sums);
            SumsOf(Attribution, key with { Granularity = Day, Start = StartOf(Day, key.Start) }).Add(sums);
        }
    }

    private static string Dimension(string? text, int most) => text is null ? "" : Stored.Clean(text, most);

    private static UsageSums SumsOf<TKey>(Dictionary<TKey, UsageSums> all, TKey key)
        where TKey : notnull
    {
        if (!all.TryGetValue(key, out var sums))
        {
            all.Add(key, sums = new());
        }

        return sums;
    }
}
