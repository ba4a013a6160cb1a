using System.Collections;
using HiWay.Domain.Metering;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>
/// Events of one segment in the order they were written, never none. Whoever goes over them reads them from the file, one at a time: a
/// list of them would live for as long as the database takes, and every collection of garbage in that time would move it about.
/// </summary>
internal sealed class JournalBatch : IEnumerable<UsageEvent>
{
    private readonly Segment _segment;
    private readonly StringPool _strings;
    private readonly ILogger _log;
    private readonly long _offset;
    private readonly long _end;

    private JournalBatch(Segment segment, Contents contents, long offset, StringPool strings, ILogger log)
    {
        (_segment, _offset, _strings, _log) = (segment, offset, strings, log);
        (Count, _end, Days, LastCreatedAt) = (contents.Count, contents.End, contents.Days, contents.LastCreatedAt);
    }

    public int Count { get; }

    public JournalPosition End => new(_segment.Number, _end);

    /// <summary>The UTC days that calls of it began on.</summary>
    public IReadOnlyCollection<DateOnly> Days { get; }

    public DateTimeOffset LastCreatedAt { get; }

    /// <summary>Up to <paramref name="most"/> events from an offset on.</summary>
    /// <param name="length">Bytes of the segment that are written.</param>
    /// <param name="end">Where the next batch begins.</param>
    /// <returns>Null: nothing before <paramref name="end"/> is an event that this program knows.</returns>
    public static JournalBatch? Read(Segment segment, long offset, long length, int most, StringPool strings, ILogger log, out long end)
    {
        var contents = Contents.Of(segment, offset, length, most, strings, log);
        end = contents.End;
        return contents.Count > 0 ? new(segment, contents, offset, strings, log) : null;
    }

    public IEnumerator<UsageEvent> GetEnumerator()
    {
        using var reader = new SegmentReader(_segment.Path, _offset);
        while (reader.TryRead(_end, out var record))
        {
            if (Event(record, reader.Offset) is { } usage)
            {
                yield return usage;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private UsageEvent? Event(ReadOnlySpan<byte> record, long offset)
    {
        try
        {
            return UsageEventCodec.IsKnown(record) ? UsageEventCodec.Read(record, _strings) : null;
        }
        catch (InvalidDataException foreign)
        {
            KeepAside(_segment, offset, foreign, _log);
            return null;
        }
    }

    private static void KeepAside(Segment segment, long offset, InvalidDataException foreign, ILogger log)
    {
        segment.KeepAside = true;
        MeteringLog.RecordNotUnderstood(log, segment.Path, offset, foreign.Message);
    }

    private readonly record struct Contents(int Count, long End, HashSet<DateOnly> Days, DateTimeOffset LastCreatedAt)
    {
        public static Contents Of(Segment segment, long offset, long length, int most, StringPool strings, ILogger log)
        {
            var (count, days, last) = (0, new HashSet<DateOnly>(), default(DateTimeOffset));
            using var reader = new SegmentReader(segment.Path, offset);
            while (count < most && reader.TryRead(length, out var record))
            {
                try
                {
                    last = UsageEventCodec.ReadCreatedAt(record, strings);
                    days.Add(DateOnly.FromDateTime(last.UtcDateTime));
                    count++;
                }
                catch (InvalidDataException foreign)
                {
                    KeepAside(segment, reader.Offset, foreign, log);
                }
            }

            var end = reader.Offset;
            if (count < most && end < length)
            {
                segment.KeepAside = true;
                MeteringLog.SegmentDamaged(log, segment.Path, end, length - end);
                end = length;
            }

            return new(count, end, days, last);
        }
    }
}
