using HiWay.Infrastructure.Metering.Rollups;

namespace HiWay.Infrastructure.Metering.Reading;

/// <summary>One stretch of time and the granularity that it is read at.</summary>
internal readonly record struct UsagePart(string Granularity, DateTime From, DateTime To);

/// <summary>
/// Cuts a stretch of time so that as much of it as possible is read from coarse totals: whole days from days, the hours at
/// the edges from hours, the minutes at theirs from minutes. So a report is exact to the minute and still short.
/// </summary>
internal static class UsageParts
{
    /// <param name="coarsest">The report's interval; nothing coarser is read.</param>
    /// <param name="minutesKeptFrom">Before it there are no totals by minute, and edges are widened to whole hours.</param>
    public static List<UsagePart> Of(DateTime from, DateTime to, string coarsest, DateTime minutesKeptFrom)
    {
        var parts = new List<UsagePart>();
        from = Floor(Finest(from), from);
        to = Ceiling(Finest(to), to);
        Cut(from, to, coarsest);
        parts.Sort((a, b) => a.From.CompareTo(b.From));
        return parts;

        string Finest(DateTime edge) => edge >= minutesKeptFrom || coarsest == RollupBatch.Minute ? RollupBatch.Minute : RollupBatch.Hour;

        void Cut(DateTime start, DateTime end, string granularity)
        {
            if (start >= end)
            {
                return;
            }

            var (wholeFrom, wholeTo) = (Ceiling(granularity, start), Floor(granularity, end));
            if (granularity == RollupBatch.Minute || (wholeFrom == start && wholeTo == end))
            {
                parts.Add(new(granularity, start, end));
                return;
            }

            var finer = granularity == RollupBatch.Day ? RollupBatch.Hour : RollupBatch.Minute;
            if (wholeFrom >= wholeTo)
            {
                Cut(start, end, finer);
                return;
            }

            Cut(start, wholeFrom, finer);
            parts.Add(new(granularity, wholeFrom, wholeTo));
            Cut(wholeTo, end, finer);
        }
    }

    private static DateTime Floor(string granularity, DateTime at) => RollupBatch.StartOf(granularity, at);

    private static DateTime Ceiling(string granularity, DateTime at) => Floor(granularity, at) is var floor && floor == at ? at : granularity switch
    {
        RollupBatch.Minute => floor.AddMinutes(1),
        RollupBatch.Hour => floor.AddHours(1),
        _ => floor.AddDays(1),
    };
}
