using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>Writes one record into a buffer that grows and is used again. Little-endian; lengths and counts are varints.</summary>
internal sealed class RecordWriter
{
    private byte[] _buffer = new byte[4096];

    public int Length { get; private set; }

    public Span<byte> Written => _buffer.AsSpan(0, Length);

    public void Reset(int start)
    {
        // One huge record must not keep its memory on every thread that ever wrote one.
        if (_buffer.Length > 256 * 1024)
        {
            _buffer = new byte[4096];
        }

        Length = start;
    }

    public void Byte(byte value) => Take(1)[0] = value;

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(8), value);

    public void OptionalDouble(double? value)
    {
        Bool(value.HasValue);
        if (value is { } known)
        {
            Double(known);
        }
    }

    /// <summary>Zigzag varint: small numbers of either sign take one byte.</summary>
    public void Long(long value)
    {
        var rest = (ulong)(value << 1 ^ value >> 63);
        var target = Reserve(10);
        var used = 0;
        while (rest >= 0x80)
        {
            target[used++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        target[used++] = (byte)rest;
        Length += used;
    }

    /// <summary>All 16 bytes, so that the scale survives and no digit is lost.</summary>
    public void Decimal(decimal value) => MemoryMarshal.Write(Take(16), in value);

    /// <summary>Length + 1, then UTF-8; null is 0. Half surrogate pairs become U+FFFD.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Long(0);
            return;
        }

        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (value.Length <= 20)
        {
            // At most 63 bytes, so the length takes one byte and the text is encoded in one pass.
            var target = Reserve(1 + most);
            var used = Encoding.UTF8.GetBytes(value, target[1..]);
            target[0] = (byte)((used + 1) << 1);
            Length += 1 + used;
            return;
        }

        Long(Encoding.UTF8.GetByteCount(value) + 1);
        Length += Encoding.UTF8.GetBytes(value, Reserve(most));
    }

    /// <summary>In the place of a text: its number in a list that the reader knows, as a negative length.</summary>
    public void Word(int number) => Long(-1 - number);

    /// <summary>Length + 1, then the bytes; null is 0.</summary>
    public void Bytes(byte[]? value)
    {
        Long(value is null ? 0 : value.Length + 1);
        value?.CopyTo(Take(value.Length));
    }

    private Span<byte> Take(int bytes)
    {
        var target = Reserve(bytes)[..bytes];
        Length += bytes;
        return target;
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_buffer.Length - Length < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + bytes));
        }

        return _buffer.AsSpan(Length);
    }
}
