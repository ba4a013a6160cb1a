using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>
/// Writes one segment through mapped memory: a record costs a copy and no system call, and the pages outlive a killed process just as
/// written bytes do. Its blocks are taken when it is made, so that only making it can fail for want of room.
/// </summary>
internal sealed unsafe class SegmentWriter
{
    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile _mapped;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _memory;

    /// <summary>Makes a segment of nothing but its first bytes.</summary>
    /// <param name="bytes">The most that it takes, its first bytes included.</param>
    /// <exception cref="IOException">The disk has no room for it, or it is there already.</exception>
    public SegmentWriter(string path, long bytes)
    {
        Capacity = bytes;
        _mapped = MappedFiles.Create(path, bytes, FileMode.CreateNew);
        try
        {
            _view = _mapped.CreateViewAccessor();
            _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch
        {
            _view?.Dispose();
            _mapped.Dispose();
            File.Delete(path);   // its number is taken again
            throw;
        }

        _memory = (byte*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle();
        Write(SegmentFile.Magic, 0);
    }

    public long Capacity { get; }

    /// <summary>One thread at a time, the one that closes it included.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public void Write(ReadOnlySpan<byte> record, long offset)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + record.Length, Capacity);
        record.CopyTo(new Span<byte>(_memory + offset, record.Length));
    }

    /// <summary>Forces what is written to the disk.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public void Flush() => RandomAccess.FlushToDisk(_file);

    /// <summary>Gives the memory and what lies behind the last record back, and forces the rest to the disk. Once is enough.</summary>
    /// <param name="length">Up to the end of the last record.</param>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public void Close(long length)
    {
        if (_memory is null)
        {
            return;
        }

        _memory = null;
        _view.Dispose();
        _mapped.Dispose();
        using (_file)
        {
            RandomAccess.SetLength(_file, length);
            RandomAccess.FlushToDisk(_file);
        }
    }
}
