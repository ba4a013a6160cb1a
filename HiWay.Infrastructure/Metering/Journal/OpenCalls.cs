using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>
/// The calls that are under way, in a file that is mapped into memory: a slot for each, filled before the call reaches a provider and
/// emptied once its event is in the journal. That costs no system call, and the pages outlive a killed process, so the next
/// start finds the calls whose cost nobody has written down.
/// </summary>
/// <remarks>
/// A slot is 4 bytes length, 4 bytes CRC-32C and the call; it counts from the moment that its length is there, which is written last.
/// Free slots are a stack, so that few calls at once touch few pages.
/// </remarks>
internal sealed class OpenCalls : IDisposable
{
    public const int SlotBytes = 512;

    [ThreadStatic]
    private static RecordWriter? t_writer;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly ProgressSlots _progress;
    private readonly string _path;

    /// <summary>Of a free slot the next free one, counted from 1; 0 ends the list.</summary>
    private readonly int[] _next;

    /// <summary>The first free slot, counted from 1, in the lower half; the upper half counts changes, so that no change passes for none.</summary>
    private long _free;
    private bool _dirty;

    /// <summary>Makes the file anew; what an earlier process left is read with <see cref="Lost"/> before.</summary>
    /// <exception cref="IOException">The disk has no room for it.</exception>
    public OpenCalls(string path, int slots)
    {
        _path = path;
        _progress = new ProgressSlots(ProgressPath(path), slots);
        _file = MappedFiles.Create(path, (long)slots * SlotBytes);
        _view = _file.CreateViewAccessor();
        _next = new int[slots + 1];
        for (var slot = 1; slot < slots; slot++)
        {
            _next[slot] = slot + 1;
        }

        _free = 1;
    }

    /// <summary>The rows of the calls that were under way when the process ended that wrote the file; none where there is no file.</summary>
    public static List<LostCall> Lost(string path, ILogger log)
    {
        var lost = new List<LostCall>();
        if (!File.Exists(path))
        {
            return lost;
        }

        var strings = new StringPool();
        var progress = File.Exists(ProgressPath(path)) ? File.ReadAllBytes(ProgressPath(path)) : [];
        var slot = new byte[SlotBytes];
        using var file = SegmentFile.OpenForReading(path);
        for (var offset = 0L; RandomAccess.Read(file, slot, offset) == SlotBytes; offset += SlotBytes)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(slot);
            if (length is 0 or > SlotBytes - SegmentFile.RecordHeaderBytes)
            {
                continue;
            }

            var record = slot.AsSpan(SegmentFile.RecordHeaderBytes, (int)length);
            try
            {
                if (SegmentFile.Crc32C(record) == BinaryPrimitives.ReadUInt32LittleEndian(slot.AsSpan(4)))
                {
                    var call = OpenCallCodec.Read(record, strings);
                    lost.Add(new(call, ProgressSlots.Read(progress, (int)(offset / SlotBytes) + 1, call.Id)));
                }
            }
            catch (InvalidDataException foreign)
            {
                MeteringLog.OpenCallNotUnderstood(log, path, offset, foreign.Message);
            }
        }

        return lost;
    }

    /// <summary>Takes a slot for the call; 0 when there is none left, and the call goes on without one.</summary>
    public int Open(in OpenCall call, in CallProgress before)
    {
        var slot = Take();
        if (slot == 0)
        {
            return 0;
        }

        _progress.Begin(slot, call.Id, before);
        var writer = t_writer ??= new RecordWriter();
        writer.Reset(start: SegmentFile.RecordHeaderBytes);
        OpenCallCodec.Write(writer, call, brief: false);
        if (writer.Length > SlotBytes)
        {
            writer.Reset(start: SegmentFile.RecordHeaderBytes);
            OpenCallCodec.Write(writer, call, brief: true);
        }

        var record = writer.Written;
        SegmentFile.Seal(record);
        var memory = _view.SafeMemoryMappedViewHandle;
        memory.WriteSpan<byte>(OffsetOf(slot) + SegmentFile.RecordHeaderBytes, record[SegmentFile.RecordHeaderBytes..]);
        memory.WriteSpan<byte>(OffsetOf(slot), record[..SegmentFile.RecordHeaderBytes]);
        MarkDirty();
        return slot;
    }

    /// <summary>The call has come further. Nothing for 0.</summary>
    public void Progress(int slot, in CallProgress progress)
    {
        if (slot != 0)
        {
            _progress.Write(slot, progress);
        }
    }

    /// <summary>The call is in the journal, or was opened once more. Nothing for 0.</summary>
    public void Close(int slot)
    {
        if (slot == 0)
        {
            return;
        }

        ReadOnlySpan<byte> nothing = [0, 0, 0, 0, 0, 0, 0, 0];
        _view.SafeMemoryMappedViewHandle.WriteSpan(OffsetOf(slot), nothing);
        MarkDirty();
        GiveBack(slot);
    }

    /// <summary>Forces what has changed to the disk, for machines that are lost.</summary>
    public void Flush()
    {
        if (_dirty)
        {
            _dirty = false;
            _view.Flush();
        }

        _progress.Flush();
    }

    /// <summary>At the end no call runs any more; a slot that is still taken belongs to a call that the journal refused.</summary>
    public void Dispose()
    {
        var any = Used() > 0;
        _view.Dispose();
        _file.Dispose();
        _progress.Close(keep: any);
        if (!any)
        {
            File.Delete(_path);
        }
    }

    private static string ProgressPath(string path) => Path.ChangeExtension(path, ".progress");

    private int Used()
    {
        var free = 0;
        for (var slot = (int)_free; slot != 0; slot = _next[slot])
        {
            free++;
        }

        return _next.Length - 1 - free;
    }

    private static ulong OffsetOf(int slot) => (ulong)(slot - 1) * SlotBytes;

    /// <summary>Read first: a line that every call writes would wander between the processors.</summary>
    private void MarkDirty()
    {
        if (!_dirty)
        {
            _dirty = true;
        }
    }

    private int Take()
    {
        while (true)
        {
            var before = Volatile.Read(ref _free);
            var slot = (int)before;
            if (slot == 0 || Interlocked.CompareExchange(ref _free, Changed(before, Volatile.Read(ref _next[slot])), before) == before)
            {
                return slot;
            }
        }
    }

    private void GiveBack(int slot)
    {
        while (true)
        {
            var before = Volatile.Read(ref _free);
            Volatile.Write(ref _next[slot], (int)before);
            if (Interlocked.CompareExchange(ref _free, Changed(before, slot), before) == before)
            {
                return;
            }
        }
    }

    private static long Changed(long before, int slot) => (((before >> 32) + 1) << 32) | (uint)slot;
}
