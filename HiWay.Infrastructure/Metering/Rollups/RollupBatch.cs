using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering.Drain;

namespace HiWay.Infrastructure.Metering.Rollups;

/// <param name="Granularity"><c>minute</c>, <c>hour</c> or <c>day</c>.</param>
/// <param name="Start">First instant of the bucket, UTC.</param>
/// <param name="KeyId">Empty for none, as the others are.</param>
internal readonly record struct RollupKey(string WorkspaceId, string Granularity, DateTime Start, string KeyId, string Provider, string Model, string Tier);

/// <param name="Kind"><c>user</c> or <c>tag</c>.</param>
internal readonly record struct AttributionKey(string WorkspaceId, string Granularity, DateTime Start, string Kind, string Subject);

/// <summary>What the events of a batch add to the totals of minutes, hours and days.</summary>
internal sealed class RollupBatch
{
    public const string Minute = "minute";
    public const string Hour = "hour";
    public const string Day = "day";
    public const string User = "user";
    public const string Tag = "tag";

    private readonly Dictionary<RollupKey, UsageSums> _calls = [];
    private readonly Dictionary<AttributionKey, UsageSums> _attribution = [];

    /// <summary>The first instant of the bucket that an instant falls into. Days are UTC days.</summary>
    public static DateTime StartOf(string granularity, DateTime utc) => granularity switch
    {
        Minute => new(utc.Ticks - utc.Ticks % TimeSpan.TicksPerMinute, DateTimeKind.Utc),
        Hour => new(utc.Ticks - utc.Ticks % TimeSpan.TicksPerHour, DateTimeKind.Utc),
        Day => new(utc.Ticks - utc.Ticks % TimeSpan.TicksPerDay, DateTimeKind.Utc),
        _ => throw new ArgumentOutOfRangeException(nameof(granularity), granularity, "Neither minute nor hour nor day."),
    };

    public void Add(UsageEvent usage)
    {
        var minute = StartOf(Minute, usage.CreatedAt.UtcDateTime);
        SumsOf(_calls, new(
            usage.WorkspaceId, Minute, minute, usage.KeyId ?? "", Dimension(usage.Provider, 128), Dimension(usage.Model, RequestCopy.LongestName), Dimension(usage.Tier, 64))).Add(usage);
        if (RequestCopy.EndUser(usage) is { } user)
        {
            SumsOf(_attribution, new(usage.WorkspaceId, Minute, minute, User, user)).Add(usage);
        }

        foreach (var tag in RequestCopy.Tags(usage))
        {
            SumsOf(_attribution, new(usage.WorkspaceId, Minute, minute, Tag, tag)).Add(usage);
        }
    }

    public KeyValuePair<RollupKey, UsageSums>[] Calls() =>
        WithHoursAndDays(_calls, static (key, granularity) => key with { Granularity = granularity, Start = StartOf(granularity, key.Start) });

    public KeyValuePair<AttributionKey, UsageSums>[] Attribution() =>
        WithHoursAndDays(_attribution, static (key, granularity) => key with { Granularity = granularity, Start = StartOf(granularity, key.Start) });

    /// <summary>Hours and days come from the batch's few minutes, not from its many events.</summary>
    private static KeyValuePair<TKey, UsageSums>[] WithHoursAndDays<TKey>(Dictionary<TKey, UsageSums> minutes, Func<TKey, string, TKey> bucket)
        where TKey : notnull
    {
        var all = new Dictionary<TKey, UsageSums>(minutes);
        foreach (var (key, sums) in minutes)
        {
            SumsOf(all, bucket(key, Hour)).Add(sums);
            SumsOf(all, bucket(key, Day)).Add(sums);
        }

        return [.. all];
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
