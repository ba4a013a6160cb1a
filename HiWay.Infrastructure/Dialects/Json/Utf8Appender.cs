using System.Buffers;
using System.Buffers.Text;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>Puts byte pieces after one another into a buffer writer with one span in hand, and advances it once at <see cref="Done"/>.</summary>
internal ref struct Utf8Appender(IBufferWriter<byte> output, int sizeHint)
{
    private readonly IBufferWriter<byte> _output = output;
    private Span<byte> _free = output.GetSpan(Math.Max(sizeHint, 1));
    private int _used;

    public void Add(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _free.Length - _used)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(_free[_used..]);
        _used += bytes.Length;
    }

    public void Add(byte one)
    {
        if (_used == _free.Length)
        {
            Grow(1);
        }

        _free[_used++] = one;
    }

    public void Add(long number)
    {
        if (_free.Length - _used < 20)
        {
            Grow(20);
        }

        Utf8Formatter.TryFormat(number, _free[_used..], out var written);
        _used += written;
    }

    /// <summary>Hands the bytes over; the appender is empty afterwards and must not be used again.</summary>
    public void Done()
    {
        _output.Advance(_used);
        _free = default;
        _used = 0;
    }

    private void Grow(int atLeast)
    {
        _output.Advance(_used);
        _free = _output.GetSpan(atLeast);
        _used = 0;
    }
}
