using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>What processes before this one have left in the folder of a journal.</summary>
internal static class EarlierSegments
{
    /// <summary>Segments with rows, by number. Empty ones are deleted; those with bytes that are no record are kept under another name once they are drained.</summary>
    public static List<Segment> In(string folder, ILogger log)
    {
        var found = SegmentFile.In(folder);
        var segments = new List<Segment>(found.Count);
        foreach (var (number, path) in found)
        {
            var (length, rows, torn) = Scan(path);
            if (torn > 0)
            {
                MeteringLog.TornRecordCut(log, path, length, torn);
            }

            if (rows == 0)
            {
                SegmentFile.Discard(path, keep: torn > 0);
                continue;
            }

            // Only the last segment can end in the middle of a write; anywhere else the disk has lost something.
            var damaged = torn > 0 && number != found.Keys.Last();
            segments.Add(new(number, path, length, rows, closed: true) { KeepAside = damaged });
        }

        return segments;
    }

    /// <summary>Finds the end of the whole records, and how many bytes follow it that are not all zeros: the torn write of a machine that died, or damage.</summary>
    internal static (long Length, long Rows, long Torn) Scan(string path)
    {
        var size = new FileInfo(path).Length;
        using (var file = SegmentFile.OpenForReading(path))
        {
            Span<byte> magic = stackalloc byte[SegmentFile.Magic.Length];
            if (RandomAccess.Read(file, magic, 0) != magic.Length || !magic.SequenceEqual(SegmentFile.Magic))
            {
                return (0, 0, LastByte(path, 0));
            }
        }

        using var reader = new SegmentReader(path, SegmentFile.Magic.Length);
        var rows = 0L;
        while (reader.TryRead(size, out _))
        {
            rows++;
        }

        return (reader.Offset, rows, Math.Max(0, LastByte(path, reader.Offset) - reader.Offset));
    }

    /// <summary>Where the zeros begin that end the file, looked for from an offset on.</summary>
    private static long LastByte(string path, long from)
    {
        using var file = SegmentFile.OpenForReading(path);
        var buffer = new byte[64 * 1024];
        var last = from;
        for (int read; (read = RandomAccess.Read(file, buffer, from)) > 0; from += read)
        {
            if (buffer.AsSpan(0, read).LastIndexOfAnyExcept((byte)0) is >= 0 and var at)
            {
                last = from + at + 1;
            }
        }

        return last;
    }
}
