using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HiWay.Domain.Routing.Prompts;

/// <summary>
/// Counts, in the middle of a long text, what can be counted without reading words: 32 bytes at a time. The task stands at the beginning
/// and at the end; in between stands its material, of which only the amount and the kind matter.
/// </summary>
/// <remarks>
/// The counts are those of <see cref="TextPass"/> but for rare cases: a name with two humps counts twice, "2x" is one word and not
/// two, a wide question mark and a mathematical sign outside ASCII count as characters only.
/// </remarks>
internal static class MaterialPass
{
    private const int Chunk = 32;

    /// <summary>Longer words and numbers at the beginning of a line mark no item.</summary>
    private const int MostMark = 2;

    internal static void Count(ReadOnlySpan<byte> text, ref TextSignals signals)
    {
        var totals = new Totals();
        var before = new Masks();
        var at = 0;
        for (; at + Chunk <= text.Length; at += Chunk)
        {
            Count(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(text), (nuint)at), ref before, ref totals);
        }

        if (at < text.Length)
        {
            Span<byte> rest = stackalloc byte[Chunk];
            rest.Fill((byte)' ');
            text[at..].CopyTo(rest);
            Count(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(rest)), ref before, ref totals);
        }

        signals.Characters += totals.Characters;
        signals.Words += totals.Words + ((totals.Ideographs + 1) / 2);
        signals.Numbers += totals.Numbers;
        signals.Lines += totals.Lines;
        signals.Questions += totals.Questions;
        signals.MathMarks += totals.MathMarks;
        signals.CodeMarks += totals.CodeMarks;
        signals.Fences += totals.Fences;
        signals.ListItems += totals.Lines == 0 ? 0 : ListItems(text);
    }

    private static void Count(Vector256<byte> bytes, ref Masks before, ref Totals totals)
    {
        var lower = bytes | Vector256.Create((byte)0x20);
        var letters = Within(lower, (byte)'a', (byte)'z');
        var capitals = Bits(letters & Within(bytes, (byte)'A', (byte)'Z'));
        var underscores = Is(bytes, '_');
        var digits = Bits(Within(bytes, (byte)'0', (byte)'9'));
        var letterBits = Bits(letters);
        var leads = Bits(Within(bytes, 0xC3, 0xDF));
        var words = letterBits | digits | underscores | leads;
        var inWords = words | Next(leads, before.Leads);
        var points = Is(bytes, '.') | Is(bytes, ',');
        var equals = Is(bytes, '=');
        var above = Is(bytes, '>');
        var ticks = Is(bytes, '`');
        var lines = Is(bytes, '\n');
        var parentheses = Is(bytes, '(');
        var dollars = Is(bytes, '$');
        var closed = ~Bits(Within(bytes, 0, (byte)' ')) & ~parentheses & ~dollars;
        var leadsArrow = equals | Is(bytes, '-') | Is(bytes, '!');
        var kana = Is(bytes, (char)0xE3);
        var ideographs = Bits(Within(bytes, 0xE3, 0xED));
        var punctuation = Next(kana, before.Kana) & Is(bytes, (char)0x80); // E3 80: wide full stops and quotation marks

        var starts = words & ~Next(inWords, before.InWords);
        var fraction = digits & Next(points, before.Points) & Second(digits, before.Digits);
        var arrows = (equals | above) & Next(leadsArrow, before.LeadsArrow);
        var humps = capitals & Next(letterBits & ~capitals, before.Smalls);
        var joints = underscores & Next(letterBits | digits, before.InWords);
        var calls = parentheses & Next(closed, before.Closed);
        var twoTicks = ticks & Next(ticks, before.Ticks);

        totals.Words += BitOperations.PopCount(starts & ~fraction);
        totals.Numbers += BitOperations.PopCount(starts & digits & ~fraction);
        totals.Ideographs += BitOperations.PopCount(ideographs) - BitOperations.PopCount(punctuation);
        totals.Characters += BitOperations.PopCount(~(Is(bytes, ' ') | Is(bytes, '\t') | Is(bytes, '\r')))
            - (2 * BitOperations.PopCount(Bits(Within(bytes, 0xE0, 0xEF)))) - (3 * BitOperations.PopCount(Bits(Within(bytes, 0xF0, 0xFF))));
        totals.Lines += BitOperations.PopCount(lines);
        totals.Questions += BitOperations.PopCount(Is(bytes, '?'));
        totals.MathMarks += BitOperations.PopCount((equals | above | Is(bytes, '^') | Is(bytes, '\\') | dollars | Is(bytes, '+') | Is(bytes, '<')) & ~arrows);
        totals.CodeMarks += BitOperations.PopCount(Is(bytes, '{') | Is(bytes, '}') | Is(bytes, ';') | calls | arrows | humps | joints);
        totals.Fences += BitOperations.PopCount(twoTicks & Second(ticks, before.Ticks));
        before = new() { InWords = inWords, Leads = leads, Kana = kana, Points = points, Digits = digits, LeadsArrow = leadsArrow, Smalls = letterBits & ~capitals, Closed = closed, Ticks = ticks };
    }

    /// <summary>Lines that begin with a bullet, a number or an option letter.</summary>
    private static int ListItems(ReadOnlySpan<byte> text)
    {
        var items = 0;
        for (var line = text.IndexOf((byte)'\n'); line >= 0; line = text.IndexOf((byte)'\n'))
        {
            text = text[(line + 1)..].TrimStart(" \t\r(["u8);
            var mark = 0;
            while (mark < text.Length && mark <= MostMark && char.IsAsciiLetterOrDigit((char)text[mark]))
            {
                mark++;
            }

            items += mark == 0
                ? (text.Length > 0 && text[0] is (byte)'-' or (byte)'*' ? 1 : 0)
                : (mark <= MostMark && mark < text.Length && text[mark] is (byte)'.' or (byte)')' or (byte)':' ? 1 : 0);
        }

        return items;
    }

    /// <summary>A bit for each byte from <paramref name="low"/> to <paramref name="high"/>.</summary>
    private static Vector256<byte> Within(Vector256<byte> bytes, byte low, byte high) =>
        Vector256.LessThanOrEqual(bytes - Vector256.Create(low), Vector256.Create((byte)(high - low)));

    private static uint Bits(Vector256<byte> bytes) => bytes.ExtractMostSignificantBits();

    private static uint Is(Vector256<byte> bytes, char mark) => Vector256.Equals(bytes, Vector256.Create((byte)mark)).ExtractMostSignificantBits();

    /// <summary>The bytes that come one after those marked, across chunks.</summary>
    private static uint Next(uint bits, uint before) => (bits << 1) | (before >> 31);

    /// <summary>Two after.</summary>
    private static uint Second(uint bits, uint before) => (bits << 2) | (before >> 30);

    /// <summary>Of the chunk before, what the first bytes of the next one need.</summary>
    private struct Masks
    {
        internal uint InWords, Leads, Kana, Points, Digits, LeadsArrow, Smalls, Closed, Ticks;
    }

    private struct Totals
    {
        internal int Characters, Words, Numbers, Ideographs, Lines, Questions, MathMarks, CodeMarks, Fences;
    }
}
