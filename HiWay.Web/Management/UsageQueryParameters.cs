using HiWay.Domain.Errors;
using HiWay.Infrastructure.Metering;

namespace HiWay.Web.Management;

/// <summary><c>?from=&amp;to=&amp;interval=&amp;group_by=</c>. Without a range: the last hour by minute, day by hour, 30 days by day.</summary>
internal sealed record UsageQueryParameters(UsageQuery Query, Refusal? Refusal) : IRefusable
{
    public static ValueTask<UsageQueryParameters?> BindAsync(HttpContext http)
    {
        var range = new UsageRange(http.Request.Query);
        var interval = range.OneOf("interval", UsageInterval.Hour, UsageInterval.Minute, UsageInterval.Hour, UsageInterval.Day);
        var grouping = range.OneOf(
            "group_by", UsageGrouping.None,
            UsageGrouping.Model, UsageGrouping.Provider, UsageGrouping.Tier, UsageGrouping.Key, UsageGrouping.User, UsageGrouping.Tag);
        var to = range.Instant("to") ?? http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var from = range.Instant("from") ?? to - interval switch
        {
            UsageInterval.Minute => TimeSpan.FromHours(1),
            UsageInterval.Hour => TimeSpan.FromDays(1),
            UsageInterval.Day => TimeSpan.FromDays(30),
        };
        return ValueTask.FromResult<UsageQueryParameters?>(new(new UsageQuery(from, to, interval, grouping), range.Refusal));
    }
}

/// <summary><c>?format=csv|jsonl&amp;from=&amp;to=</c>; without a range the last 30 days.</summary>
internal sealed record UsageExportParameters(bool Csv, DateTimeOffset From, DateTimeOffset To, Refusal? Refusal) : IRefusable
{
    private enum Format { Csv, Jsonl }

    public static ValueTask<UsageExportParameters?> BindAsync(HttpContext http)
    {
        var range = new UsageRange(http.Request.Query);
        var format = range.OneOf("format", Format.Csv, Format.Csv, Format.Jsonl);
        var to = range.Instant("to") ?? http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var from = range.Instant("from") ?? to.AddDays(-30);
        if (to <= from)
        {
            range.Refuse("to", "'to' must be later than 'from'; it is not part of the range.");
        }

        return ValueTask.FromResult<UsageExportParameters?>(new(format is Format.Csv, from, to, range.Refusal));
    }
}
