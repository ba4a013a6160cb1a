namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>What is known of one segment while the process runs. Changed under the journal's lock.</summary>
internal sealed class Segment(long number, string path, long length, long rows, bool closed)
{
    private long _length = length;

    public long Number { get; } = number;

    public string Path { get; } = path;

    /// <summary>Bytes up to the end of the last whole record; a reader goes no further.</summary>
    public long Length
    {
        get => Volatile.Read(ref _length);
        set => Volatile.Write(ref _length, value);
    }

    public long Rows { get; set; } = rows;

    /// <summary>Rows of it that are in the database.</summary>
    public long DrainedRows { get; set; }

    /// <summary>Nothing more is written to it.</summary>
    public bool Closed { get; set; } = closed;

    /// <summary>Holds bytes that this program cannot read; renamed instead of deleted, so that nothing is thrown away unseen.</summary>
    public bool KeepAside { get; set; }

    /// <summary>Finds the end of the whole records, and how many bytes follow it that are not all zeros: the torn write of a machine that died, or damage.</summary>
    public static (long Length, long Rows, long Torn) Scan(string path)
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
