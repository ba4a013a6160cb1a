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

    /// <summary>Finds the end of the whole records; what follows is the torn write of a process or machine that died.</summary>
    public static (long Length, long Rows) Scan(string path)
    {
        var size = new FileInfo(path).Length;
        if (size < SegmentFile.Magic.Length)
        {
            return (0, 0);
        }

        using (var file = SegmentFile.OpenForReading(path))
        {
            Span<byte> magic = stackalloc byte[SegmentFile.Magic.Length];
            if (RandomAccess.Read(file, magic, 0) != magic.Length || !magic.SequenceEqual(SegmentFile.Magic))
            {
                return (0, 0);
            }
        }

        using var reader = new SegmentReader(path, SegmentFile.Magic.Length);
        var rows = 0L;
        while (reader.TryRead(size, out _))
        {
            rows++;
        }

        return (reader.Offset, rows);
    }
}
