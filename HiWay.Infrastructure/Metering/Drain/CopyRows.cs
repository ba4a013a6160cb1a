using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>
/// Rows in the form of PostgreSQL's binary COPY, field by field into memory, and out to the server a block at a time. Npgsql's importer
/// looks a converter up for every field; with forty-two of them in a row that costs more than all else the drain does.
/// </summary>
/// <remarks>Forms: PostgreSQL's documentation of COPY, "Binary Format", and of each type what its receive function reads. All numbers are big-endian.</remarks>
internal sealed class CopyRows(Stream server)
{
    private const int BlockBytes = 64 * 1024;
    private const int LengthBytes = 4;
    private const int TextOid = 25;
    private const long UnixMicrosOfTheirEpoch = 946_684_800_000_000;   // 2000-01-01
    private const int NumericBase = 10_000;
    private const int DigitsOfBase = 4;
    private const int MostNumericDigits = 10;   // 96 bits, and up to three decimal digits to fill the last group

    private byte[] _block = new byte[BlockBytes];
    private int _length;

    private static ReadOnlySpan<byte> Signature => [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0];

    /// <summary>Stands before the first row.</summary>
    public void Header()
    {
        Signature.CopyTo(Take(Signature.Length));
        Number(0);   // flags
        Number(0);   // bytes of a header extension
    }

    public void Row(int fields) => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), (short)fields);

    /// <summary>Stands behind the last row.</summary>
    public void Trailer() => Row(-1);

    public void Null() => Number(-1);

    public void Boolean(bool value)
    {
        Number(1);
        Take(1)[0] = value ? (byte)1 : (byte)0;
    }

    public void Integer(int value)
    {
        Number(sizeof(int));
        Number(value);
    }

    public void Bigint(long value)
    {
        Number(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(Take(sizeof(long)), value);
    }

    public void Double(double value)
    {
        Number(sizeof(double));
        BinaryPrimitives.WriteDoubleBigEndian(Take(sizeof(double)), value);
    }

    public void Timestamp(DateTimeOffset value) =>
        Bigint(((value.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond) - UnixMicrosOfTheirEpoch);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        value.CopyTo(Take(value.Length));
    }

    /// <param name="value">Without NUL, which no text of the server holds.</param>
    public void Text(string value)
    {
        Grow(LengthBytes + Encoding.UTF8.GetMaxByteCount(value.Length));
        var room = _block.AsSpan(_length);
        var bytes = Encoding.UTF8.GetBytes(value, room[LengthBytes..]);
        BinaryPrimitives.WriteInt32BigEndian(room, bytes);
        _length += LengthBytes + bytes;
    }

    /// <summary>An array of text: dimensions, whether it holds nulls, type of the elements, then for its one dimension length and first index.</summary>
    public void Texts(IReadOnlyList<string> values)
    {
        Number(0);   // the field's length, known at its end
        var field = _length;
        Number(values.Count == 0 ? 0 : 1);
        Number(0);
        Number(TextOid);
        if (values.Count > 0)
        {
            Number(values.Count);
            Number(1);
            foreach (var value in values)
            {
                Text(value);
            }
        }

        BinaryPrimitives.WriteInt32BigEndian(_block.AsSpan(field - LengthBytes), _length - field);
    }

    /// <summary>Four decimal digits to a group, the decimal point between two groups; zeros at the end are not sent.</summary>
    public void Numeric(decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        var scale = value.Scale;
        var mantissa = new UInt128((uint)parts[2], ((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
        var afterPoint = (scale + DigitsOfBase - 1) / DigitsOfBase;
        for (var missing = (afterPoint * DigitsOfBase) - scale; missing > 0; missing--)
        {
            mantissa *= 10;
        }

        Span<short> groups = stackalloc short[MostNumericDigits];   // the last one first
        var count = Groups(mantissa, groups);
        var weight = count - afterPoint - 1;
        var zeros = 0;
        while (zeros < count && groups[zeros] == 0)
        {
            zeros++;
        }

        var sent = count - zeros;
        Number(8 + (sent * sizeof(short)));
        var room = Take(8 + (sent * sizeof(short)));
        BinaryPrimitives.WriteInt16BigEndian(room, (short)sent);
        BinaryPrimitives.WriteInt16BigEndian(room[2..], (short)(sent == 0 ? 0 : weight));
        BinaryPrimitives.WriteInt16BigEndian(room[4..], (short)(sent > 0 && decimal.IsNegative(value) ? 0x4000 : 0));
        BinaryPrimitives.WriteInt16BigEndian(room[6..], scale);
        for (var i = 0; i < sent; i++)
        {
            BinaryPrimitives.WriteInt16BigEndian(room[(8 + (i * sizeof(short)))..], groups[count - 1 - i]);
        }
    }

    /// <summary>Between rows: sends the block when it is full.</summary>
    public ValueTask SendFullAsync(CancellationToken cancellationToken) => _length < BlockBytes * 3 / 4 ? default : SendAsync(cancellationToken);

    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await server.WriteAsync(_block.AsMemory(0, _length), cancellationToken);
        _length = 0;
    }

    private static int Groups(UInt128 mantissa, Span<short> groups)
    {
        var count = 0;
        while (mantissa > ulong.MaxValue)
        {
            (mantissa, var group) = UInt128.DivRem(mantissa, NumericBase);
            groups[count++] = (short)group;
        }

        for (var rest = (ulong)mantissa; rest > 0; rest /= NumericBase)
        {
            groups[count++] = (short)(rest % NumericBase);
        }

        return count;
    }

    private void Number(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), value);

    private Span<byte> Take(int bytes)
    {
        Grow(bytes);
        _length += bytes;
        return _block.AsSpan(_length - bytes, bytes);
    }

    private void Grow(int more)
    {
        if (_block.Length - _length < more)
        {
            Array.Resize(ref _block, Math.Max(_block.Length * 2, _length + more));
        }
    }
}
