using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>Questions about single bytes of UTF-8 text.</summary>
internal static class Bytes
{
    internal static bool IsDigit(byte b) => (uint)(b - '0') <= 9;

    internal static bool IsLetter(byte b) => (uint)((b | 0x20) - 'a') <= 25;

    internal static bool IsAlnum(byte b) => IsDigit(b) || IsLetter(b);

    internal static bool IsUpper(byte b) => (uint)(b - 'A') <= 25;

    internal static bool IsHex(byte b) => IsDigit(b) || (uint)((b | 0x20) - 'a') <= 5;

    /// <summary>Letters, digits, <c>_</c> and <c>-</c>: what keys are made of.</summary>
    internal static bool IsWord(byte b) => IsAlnum(b) || b is (byte)'_' or (byte)'-';

    internal static byte At(ReadOnlySpan<byte> text, int index) => (uint)index < (uint)text.Length ? text[index] : (byte)0;

    /// <summary>The letter that ends at <paramref name="end"/> if it belongs to an alphabet in which addresses are written; its first byte's offset, else -1.</summary>
    internal static int WideLetterBefore(ReadOnlySpan<byte> text, int end) =>
        Rune.DecodeLastFromUtf8(text[..end], out var rune, out var used) == System.Buffers.OperationStatus.Done && IsAddressLetter(rune) ? end - used : -1;

    /// <summary>As <see cref="WideLetterBefore"/>, forward: the offset behind the letter, else -1.</summary>
    internal static int WideLetterAfter(ReadOnlySpan<byte> text, int start) =>
        Rune.DecodeFromUtf8(text[start..], out var rune, out var used) == System.Buffers.OperationStatus.Done && IsAddressLetter(rune) ? start + used : -1;

    /// <summary>Shannon entropy in bits a byte.</summary>
    internal static double Entropy(ReadOnlySpan<byte> value)
    {
        Span<int> counts = stackalloc int[256];
        foreach (var b in value)
        {
            counts[b]++;
        }

        var sum = 0.0;
        foreach (var count in counts)
        {
            if (count > 0)
            {
                var share = (double)count / value.Length;
                sum -= share * Math.Log2(share);
            }
        }

        return sum;
    }

    /// <summary>How many different bytes there are.</summary>
    internal static int Variety(ReadOnlySpan<byte> value)
    {
        UInt128 seen = 0;
        foreach (var b in value)
        {
            seen |= UInt128.One << (b & 127);
        }

        return (int)UInt128.PopCount(seen);
    }

    // Latin, Greek and Cyrillic. Scripts without blanks between words stay out, or the word before an address would become part of it.
    private static bool IsAddressLetter(Rune rune) => rune.Value is >= 0x80 and < 0x530 && Rune.IsLetter(rune);
}
