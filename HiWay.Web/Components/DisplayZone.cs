namespace HiWay.Web.Components;

/// <summary>
/// The time zone in which pages write clock times. Comes as a cascading parameter; every page that shows times names it.
/// Day sums are always whole UTC days, as budgets and invoices are, and say so.
/// </summary>
public sealed record DisplayZone(TimeZoneInfo Zone)
{
    public static DisplayZone Utc { get; } = new(TimeZoneInfo.Utc);

    /// <param name="id">An IANA name; null or unknown is UTC.</param>
    public static DisplayZone Of(string? id) => id is not null && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? new(zone) : Utc;

    public DateTimeOffset Local(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Zone);

    /// <summary>The zone for people, as of an instant: <c>UTC</c> or <c>Europe/Berlin, UTC+1</c>.</summary>
    public string NameAt(DateTimeOffset instant)
    {
        if (Zone.Equals(TimeZoneInfo.Utc))
        {
            return "UTC";
        }

        var offset = Zone.GetUtcOffset(instant);
        var sign = offset < TimeSpan.Zero ? "−" : "+";
        var minutes = offset.Minutes == 0 ? "" : $":{Math.Abs(offset.Minutes):00}";
        return $"{Zone.Id.Replace('_', ' ')}, UTC{sign}{Math.Abs(offset.Hours)}{minutes}";
    }
}
