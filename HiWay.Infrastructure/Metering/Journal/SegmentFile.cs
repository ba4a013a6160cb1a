using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>
/// The form of a segment on disk: 8 bytes "HWJRNL01", then records of 4 bytes payload length, 4 bytes CRC-32C of the
/// payload (both little-endian) and the payload. A length of zero, a length past the end or a wrong checksum is the end.
/// While a segment is written to, and after a process that was killed, zeros follow the last record.
/// </summary>
internal static class SegmentFile
{
    public const int RecordHeaderBytes = 8;
    public const int LargestRecordBytes = 16 << 20;

    public static ReadOnlySpan<byte> Magic => "HWJRNL01"u8;

    public static string NameOf(long number) => number.ToString("D16", CultureInfo.InvariantCulture) + ".journal";

    /// <summary>Segments of a folder by number; files of other names are none of the journal's.</summary>
    public static SortedDictionary<long, string> In(string folder)
    {
        var found = new SortedDictionary<long, string>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.journal"))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                found.Add(number, path);
            }
        }

        return found;
    }

    public static SafeFileHandle OpenForReading(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);

    /// <summary>A segment that is not needed any more goes.</summary>
    /// <param name="keep">It holds what was not understood: it only gets another name.</param>
    public static void Discard(string path, bool keep)
    {
        if (keep)
        {
            File.Move(path, path + ".unread", overwrite: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    /// <summary>Fills in the first eight bytes of a record whose payload is already behind them.</summary>
    public static void Seal(Span<byte> record)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(record.Length - RecordHeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Crc32C(record[RecordHeaderBytes..]));
    }

    /// <summary>CRC-32C (Castagnoli) with the processor's instruction; the check value of "123456789" is E3069283.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in bytes[(words.Length * 8)..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }
}

/// <summary>Reads the records of one segment in order.</summary>
internal sealed class SegmentReader(string path, long offset) : IDisposable
{
    private readonly SafeFileHandle _file = SegmentFile.OpenForReading(path);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
    private int _start;
    private int _end;

    /// <summary>Where the next record begins.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>The next whole record before <paramref name="limit"/>; false at the limit or at the first bytes that are no record.</summary>
    /// <param name="record">The payload; valid until the next call.</param>
    public bool TryRead(long limit, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (!Has(SegmentFile.RecordHeaderBytes, limit))
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start));
        var whole = SegmentFile.RecordHeaderBytes + (long)length;
        if (length is 0 or > SegmentFile.LargestRecordBytes || !Has((int)whole, limit))
        {
            return false;
        }

        var payload = _buffer.AsSpan(_start + SegmentFile.RecordHeaderBytes, (int)length);
        if (SegmentFile.Crc32C(payload) != BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start + 4)))
        {
            return false;
        }

        _start += (int)whole;
        Offset += whole;
        record = payload;
        return true;
    }

    /// <summary>Once; what was read last is not valid any more.</summary>
    public void Dispose()
    {
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>True when so many bytes of the file, all before the limit, are in the buffer.</summary>
    private bool Has(int bytes, long limit)
    {
        if (Offset + bytes > limit)
        {
            return false;
        }

        if (_end - _start >= bytes)
        {
            return true;
        }

        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        if (_buffer.Length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(bytes);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        while (_end < bytes)
        {
            var position = Offset + _end;
            var most = (int)Math.Min(_buffer.Length - _end, limit - position);
            var read = RandomAccess.Read(_file, _buffer.AsSpan(_end, most), position);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }
}
