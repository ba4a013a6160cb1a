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
}
