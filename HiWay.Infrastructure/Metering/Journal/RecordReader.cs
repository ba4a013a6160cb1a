using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>The counterpart of <see cref="RecordWriter"/>.</summary>
/// <remarks>Every read checks bounds and throws <see cref="InvalidDataException"/>; the checksum was right, so that means a foreign version.</remarks>
internal ref struct RecordReader(ReadOnlySpan<byte> record, StringPool strings)
{
    private readonly StringPool _strings = strings;
    private ReadOnlySpan<byte> _rest = record;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() != 0;

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public double? OptionalDouble() => Bool() ? Double() : null;

    public decimal Decimal() => MemoryMarshal.Read<decimal>(Take(16));

    public int Count(int leastBytesEach)
    {
        var count = Long();
        return count >= 0 && count * leastBytesEach <= _rest.Length
            ? (int)count
            : throw new InvalidDataException($"A record claims {count} elements in {_rest.Length} bytes.");
    }

    public long Long()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        throw new InvalidDataException("A number in a record does not end.");
    }

    public string? OptionalText()
    {
        var length = Long();
        return length == 0 ? null : _strings.Get(Take(length - 1));
    }

    public string Text() => Text([]);

    /// <summary>A text, or one of the words that <see cref="RecordWriter.Word"/> names by number.</summary>
    public string Text(ReadOnlySpan<string> words)
    {
        var length = Long();
        return length switch
        {
            > 0 => _strings.Get(Take(length - 1)),
            < 0 when -1 - length < words.Length => words[(int)(-1 - length)],
            0 => throw new InvalidDataException("A record lacks a text that every record has."),
            _ => throw new InvalidDataException($"A record names word {-1 - length} of {words.Length}. A newer HiWay wrote it."),
        };
    }

    /// <summary>How many there are, then each.</summary>
    public string[] Texts()
    {
        var count = Count(leastBytesEach: 1);
        if (count == 0)
        {
            return [];
        }

        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            texts[i] = Text();
        }

        return texts;
    }

    /// <summary>For texts that hardly repeat (ids, reasons), which would only push others out of the pool.</summary>
    public string? OptionalUniqueText()
    {
        var length = Long();
        return length == 0 ? null : Encoding.UTF8.GetString(Take(length - 1));
    }

    public void SkipText()
    {
        var length = Long();
        _ = length == 0 ? default : Take(length - 1);
    }

    public byte[]? OptionalBytes()
    {
        var length = Long();
        return length == 0 ? null : Take(length - 1).ToArray();
    }

    private ReadOnlySpan<byte> Take(long bytes)
    {
        if (bytes < 0 || bytes > _rest.Length)
        {
            throw new InvalidDataException($"A record ends {bytes - _rest.Length} bytes early.");
        }

        var taken = _rest[..(int)bytes];
        _rest = _rest[(int)bytes..];
        return taken;
    }
}

/// <summary>Gives equal short texts the same string: a batch names the same few keys, models and stages thousands of times.</summary>
internal sealed class StringPool
{
    private const int Slots = 1024;
    private const int LongestBytes = 64;
    private readonly (byte[] Utf8, string Text)[] _slots = new (byte[], string)[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return "";
        }

        if (utf8.Length > LongestBytes)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        uint hash = 0;
        foreach (var part in utf8)
        {
            hash = hash * 31 + part;
        }

        ref var slot = ref _slots[hash % Slots];
        if (slot.Utf8 is null || !utf8.SequenceEqual(slot.Utf8))
        {
            slot = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        }

        return slot.Text;
    }
}
