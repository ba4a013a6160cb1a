using HiWay.Domain.Metering;
using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>
/// The local journal: events in append-only segments below the data directory. <see cref="Append"/> returns once the event is in
/// memory that is the file's own, so a killed process loses nothing; a background thread forces the bytes to the disk
/// every <see cref="MeteringOptions.FsyncInterval"/>, which bounds what a lost machine can lose.
/// </summary>
internal sealed class UsageJournal : IUsageJournal, IDisposable
{
    [ThreadStatic]
    private static RecordWriter? t_writer;

    private readonly MeteringOptions _options;
    private readonly UsageFeed _feed;
    private readonly ILogger<UsageJournal> _log;
    private readonly string _folder;
    private readonly FileStream _ownership;
    private readonly OpenCalls _open;
    private readonly Thread _flusher;
    private readonly ManualResetEventSlim _stop = new();

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Segment> _segments = [];
    private readonly List<(SegmentWriter Writer, Segment Segment)> _full = [];
    private Segment _active;
    private SegmentWriter _writer;
    private long _bytes;
    private long _pending;
    private DateTimeOffset? _oldestPendingAt;
    private bool _dirty;
    private volatile string? _problem;

    /// <exception cref="IOException">Another process writes to this journal, or the folder cannot be used.</exception>
    public UsageJournal(DataDirectory data, IOptions<MeteringOptions> options, UsageFeed feed, ILogger<UsageJournal> log)
    {
        (_options, _feed, _log) = (options.Value, feed, log);
        _folder = data.Folder("journal");

        // The system releases this lock with the process, kill -9 included.
        _ownership = new FileStream(Path.Combine(_folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        TakeOverSegments();
        (_active, _writer) = CreateSegment();
        _open = TakeOverOpenCalls(Path.Combine(_folder, "open.calls"));
        _flusher = new Thread(FlushLoop) { IsBackground = true, Name = "usage journal fsync" };
        _flusher.Start();
    }

    public bool AcceptsCalls => _problem is null && Interlocked.Read(ref _bytes) < _options.JournalLimitBytes;

    public long PendingRows => Interlocked.Read(ref _pending);

    /// <summary>Where events go that the database will never take, one JSON object a line.</summary>
    public string RejectedPath => Path.Combine(_folder, "rejected.jsonl");

    public JournalState State
    {
        get
        {
            lock (_lock)
            {
                return new(_bytes, _options.JournalLimitBytes, _pending, _oldestPendingAt, AcceptsCalls, Problem());
            }
        }
    }

    public void Append(UsageEvent usage)
    {
        var writer = t_writer ??= new RecordWriter();
        writer.Reset(start: SegmentFile.RecordHeaderBytes);
        UsageEventCodec.Write(writer, usage);
        var record = writer.Written;
        if (record.Length - SegmentFile.RecordHeaderBytes > SegmentFile.LargestRecordBytes)
        {
            throw new IOException($"A usage event of {record.Length} bytes is larger than the journal takes.");
        }

        SegmentFile.Seal(record);
        lock (_lock)
        {
            Write(record, usage.CreatedAt);
        }

        _feed.Publish(usage);
    }

    public int Open(in OpenCall call, in CallProgress progress, int before = 0)
    {
        // The new note first: a process that ends in between leaves two of one call, and the dearer one counts.
        var open = _open.Open(call, progress);
        _open.Close(before);
        return open;
    }

    public void Progress(int open, in CallProgress progress) => _open.Progress(open, progress);

    public void Close(int open) => _open.Close(open);

    /// <summary>
    /// Up to <paramref name="most"/> events from a position, all of one segment.
    /// A position at the end of a closed segment continues in the next one. Null when there is nothing more yet.
    /// </summary>
    public JournalBatch? Read(JournalPosition from, int most, StringPool strings)
    {
        while (Find(from) is { } found)
        {
            var (segment, length, offset) = found;
            if (offset >= length)
            {
                return null;
            }

            if (JournalBatch.Read(segment, offset, length, most, strings, _log, out var end) is { } batch)
            {
                return batch;
            }

            from = new(segment.Number, end);
        }

        return null;
    }

    /// <summary>Everything before a batch's end is in the database; segments that are done go.</summary>
    public void Confirm(JournalBatch batch)
    {
        lock (_lock)
        {
            if (_segments.TryGetValue(batch.End.Segment, out var segment))
            {
                segment.DrainedRows += batch.Count;
                _pending -= batch.Count;
            }

            _oldestPendingAt = _pending > 0 ? batch.LastCreatedAt : null;
            foreach (var done in _segments.Values.Where(each => IsDone(each, batch.End)).ToList())
            {
                Remove(done);
            }
        }
    }

    public void Dispose()
    {
        _stop.Set();
        if (!_flusher.Join(TimeSpan.FromSeconds(10)))
        {
            return;
        }

        _open.Dispose();
        lock (_lock)
        {
            Sync(() => _writer.Close(_active.Length));
            if (_active.Rows == _active.DrainedRows && !_active.KeepAside)
            {
                File.Delete(_active.Path);
            }
        }

        _ownership.Dispose();
        _stop.Dispose();
    }

    private void Write(ReadOnlySpan<byte> record, DateTimeOffset createdAt)
    {
        if (_bytes + record.Length > _options.JournalLimitBytes + _options.JournalReserveBytes)
        {
            throw new IOException($"The usage journal holds {_bytes} bytes, its limit and reserve; the database has been away for too long.");
        }

        try
        {
            if (_active.Length + record.Length > _writer.Capacity)
            {
                Rotate(record.Length);
            }

            _writer.Write(record, _active.Length);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            if (_problem is null)
            {
                MeteringLog.JournalRefused(_log, refused, _folder);
            }

            _problem = refused.Message;
            throw new IOException($"The usage journal could not be written: {refused.Message}", refused);
        }

        _active.Length += record.Length;
        _active.Rows++;
        Interlocked.Add(ref _bytes, record.Length);
        _dirty = true;
        if (_pending++ == 0)
        {
            _oldestPendingAt = createdAt;
        }

        if (_problem is not null)
        {
            _problem = null;
            MeteringLog.JournalWritesAgain(_log);
        }
    }

    private string? Problem() =>
        _problem is { } refused ? $"The journal cannot be written: {refused}"
        : _bytes >= _options.JournalLimitBytes ? $"The journal is full ({_bytes} of {_options.JournalLimitBytes} bytes); new calls are refused until the database takes events again."
        : null;

    private void TakeOverSegments()
    {
        foreach (var segment in EarlierSegments.In(_folder, _log))
        {
            _segments.Add(segment.Number, segment);
            _bytes += segment.Length;
            _pending += segment.Rows;
        }

        if (_segments.Count > 0)
        {
            _oldestPendingAt = Read(default, 1, new StringPool())?.LastCreatedAt;
            MeteringLog.JournalFound(_log, _pending, _segments.Count);
        }
    }

    /// <summary>Appends what earlier processes had under way when they were lost, but for calls whose event they had appended already.</summary>
    private OpenCalls TakeOverOpenCalls(string path)
    {
        var lost = OpenCalls.Lost(path, _log).GroupBy(lost => lost.Call.Id, StringComparer.Ordinal)
            .ToDictionary(notes => notes.Key, notes => notes.MaxBy(note => note.CostUsd)!, StringComparer.Ordinal);
        if (lost.Count > 0)
        {
            var strings = new StringPool();
            var position = default(JournalPosition);
            while (Read(position, 5_000, strings) is { } batch)
            {
                foreach (var usage in batch)
                {
                    lost.Remove(usage.Id);
                }

                position = batch.End;
            }

            foreach (var call in lost.Values)
            {
                Append(call.ToRow());
            }

            _writer.Flush();   // before the only other trace of them goes
            MeteringLog.CallsLost(_log, lost.Count, lost.Values.Sum(call => call.CostUsd), lost.Values.Sum(call => call.OpenUsd));
        }

        return new OpenCalls(path, _options.OpenCalls);
    }

    private (Segment Segment, SegmentWriter Writer) CreateSegment(int record = 0)
    {
        var number = Math.Max(_segments.Count == 0 ? 0 : _segments.Keys.Last(), _active?.Number ?? 0) + 1;
        var path = Path.Combine(_folder, SegmentFile.NameOf(number));
        var writer = new SegmentWriter(path, Math.Max(_options.SegmentBytes, SegmentFile.Magic.Length + record));
        var segment = new Segment(number, path, SegmentFile.Magic.Length, rows: 0, closed: false);
        _segments.Add(number, segment);
        Interlocked.Add(ref _bytes, segment.Length);
        return (segment, writer);
    }

    /// <param name="record">Bytes that the new segment has to take at least.</param>
    private void Rotate(int record)
    {
        var (segment, writer) = CreateSegment(record);
        _active.Closed = true;
        _full.Add((_writer, _active));
        if (_active.DrainedRows == _active.Rows)
        {
            Remove(_active);
        }

        (_active, _writer) = (segment, writer);
    }

    /// <summary>The segment that holds a position, or the first one after it, with the length and offset to read at.</summary>
    private (Segment Segment, long Length, long Offset)? Find(JournalPosition from)
    {
        lock (_lock)
        {
            foreach (var segment in _segments.Values)
            {
                if (segment.Number < from.Segment || (segment.Number == from.Segment && segment.Closed && from.Offset >= segment.Length))
                {
                    continue;
                }

                var offset = segment.Number == from.Segment ? Math.Max(from.Offset, SegmentFile.Magic.Length) : SegmentFile.Magic.Length;
                return (segment, segment.Length, offset);
            }

            return null;
        }
    }

    private static bool IsDone(Segment segment, JournalPosition drainedTo) =>
        segment.Closed && (segment.Number < drainedTo.Segment || (segment.Number == drainedTo.Segment && drainedTo.Offset >= segment.Length));

    private void Remove(Segment segment)
    {
        _segments.Remove(segment.Number);
        Interlocked.Add(ref _bytes, -segment.Length);
        _pending -= segment.Rows - segment.DrainedRows;
        SegmentFile.Discard(segment.Path, segment.KeepAside);
    }

    private void FlushLoop()
    {
        while (!_stop.Wait(_options.FsyncInterval))
        {
            Flush();
        }

        Flush();
    }

    private void Flush()
    {
        _open.Flush();
        List<(SegmentWriter Writer, Segment Segment)> full;
        SegmentWriter? writer;
        lock (_lock)
        {
            if (_problem is not null)
            {
                ProbeDisk();
            }

            writer = _dirty ? _writer : null;
            _dirty = false;
            full = [.. _full];
            _full.Clear();
        }

        foreach (var (done, segment) in full)
        {
            Sync(() => done.Close(segment.Length));
        }

        // A rotation meanwhile only puts it on the list above; this thread alone closes writers.
        if (writer is not null)
        {
            Sync(writer.Flush);
        }
    }

    /// <summary>What the disk did not take is in the machine's memory still, and is asked for again.</summary>
    private void Sync(Action force)
    {
        try
        {
            force();
        }
        catch (IOException failed)
        {
            MeteringLog.FsyncFailed(_log, failed, _folder);
        }
    }

    /// <summary>Refused calls append nothing, so something else has to find out that the disk takes segments again.</summary>
    private void ProbeDisk()
    {
        try
        {
            Rotate(record: 0);
            _problem = null;
            MeteringLog.JournalWritesAgain(_log);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Still refused; the state goes on saying so.
        }
    }
}
