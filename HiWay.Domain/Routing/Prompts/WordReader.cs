using System.Numerics;

namespace HiWay.Domain.Routing.Prompts;

internal enum WordKind
{
    Word,

    /// <summary>One character of three bytes: Han, kana, Hangul, Thai, Devanagari. Their words are runs of these.</summary>
    Ideograph,
    Number,
    NewLine,
    Symbol,
}

/// <summary>Splits UTF-8 text into words, numbers, ideographs and symbols, one forward pass, nothing copied.</summary>
/// <remarks>Words are folded: ASCII and Latin-1 letters to lower case without accents, so that "Résumé" and "resume" are one.</remarks>
internal ref struct WordReader(ReadOnlySpan<byte> text)
{
    private const uint Seed = 2166136261;
    private const uint Prime = 16777619;

    /// <summary>Letters, digits and the underscore, letters in lower case; 0 for every other byte.</summary>
    private static readonly byte[] Fold = MakeFold();

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    internal WordKind Kind { get; private set; }

    /// <summary>Of the folded word; all numbers have one hash.</summary>
    internal uint Hash { get; private set; }

    /// <summary>The word has a capital letter or an underscore in it; most have neither and need no second look.</summary>
    internal bool MayBeName { get; private set; }

    internal int Start { get; private set; }

    internal int End => _at;

    internal bool Next()
    {
        var text = _text;
        var at = _at;
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            at++;
        }

        if (at >= text.Length)
        {
            _at = at;
            return false;
        }

        Start = at;
        var first = text[at];
        if (IsLetter(first) || IsLatinLead(text, at))
        {
            // Turned and mixed in by one operation each, multiplied once at the end: half the time of a product per byte.
            var fold = Fold;
            ulong hash = 0;
            var changed = 0;
            while (at < text.Length)
            {
                var folded = fold[text[at]];
                if (folded != 0)
                {
                    changed |= (text[at] ^ folded) | (folded == (byte)'_' ? 1 : 0);
                    hash = BitOperations.RotateLeft(hash, 7) ^ folded;
                    at++;
                }
                else if (IsLatinLead(text, at))
                {
                    hash = BitOperations.RotateLeft(hash, 7) ^ FoldTwo(text[at], text[at + 1]);
                    at += 2;
                }
                else
                {
                    break;
                }
            }

            MayBeName = changed != 0;
            return Found(WordKind.Word, (uint)((hash * 0x9E3779B97F4A7C15) >> 32), at);
        }

        if (IsDigit(first))
        {
            while (at < text.Length && (IsDigit(text[at]) || (text[at] is (byte)'.' or (byte)',' && at + 1 < text.Length && IsDigit(text[at + 1]))))
            {
                at++;
            }

            return Found(WordKind.Number, 1, at);
        }

        if (first is (byte)'\n')
        {
            return Found(WordKind.NewLine, 2, at + 1);
        }

        if (first < 0x80)
        {
            return Found(WordKind.Symbol, first, at + 1);
        }

        var length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        var end = Math.Min(text.Length, at + length);
        var wide = Seed;
        for (var i = at; i < end; i++)
        {
            wide = (wide ^ text[i]) * Prime;
        }

        // E2 holds punctuation, arrows and the mathematical operators, E3 80 and EF the wide punctuation of Chinese and Japanese.
        var symbol = length != 3 || first is 0xE2 or >= 0xEE || (first == 0xE3 && at + 1 < text.Length && text[at + 1] == 0x80);
        return Found(symbol ? WordKind.Symbol : WordKind.Ideograph, wide, end);
    }

    private bool Found(WordKind kind, uint hash, int end)
    {
        (Kind, Hash, _at) = (kind, hash, end);
        return true;
    }

    private static bool IsLetter(byte b) => (uint)((b | 0x20) - 'a') <= 'z' - 'a' || b == (byte)'_';

    private static bool IsDigit(byte b) => (uint)(b - '0') <= 9;

    /// <summary>C3..CF lead Latin-1 letters, extended Latin and Greek; D0..DF Cyrillic and further alphabets with spaces.</summary>
    private static bool IsLatinLead(ReadOnlySpan<byte> text, int at) => text[at] is >= 0xC3 and <= 0xDF && at + 1 < text.Length;

    /// <summary>Latin-1 letters become their ASCII base; others keep both bytes.</summary>
    private static uint FoldTwo(byte lead, byte trail)
    {
        if (lead != 0xC3)
        {
            return ((uint)lead << 8) | trail;
        }

        var letter = (trail | 0x20) & 0x3F; // upper and lower case of Latin-1 differ in this bit
        return letter switch
        {
            >= 0x20 and <= 0x25 => 'a',
            0x27 => 'c',
            >= 0x28 and <= 0x2B => 'e',
            >= 0x2C and <= 0x2F => 'i',
            0x31 => 'n',
            >= 0x32 and <= 0x36 or 0x38 => 'o',
            >= 0x39 and <= 0x3C => 'u',
            _ => ((uint)lead << 8) | trail,
        };
    }

    private static byte[] MakeFold()
    {
        var fold = new byte[256];
        for (var b = 0; b < 128; b++)
        {
            fold[b] = !IsLetter((byte)b) && !IsDigit((byte)b) ? (byte)0 : (uint)(b - 'A') <= 'Z' - 'A' ? (byte)(b | 0x20) : (byte)b;
        }

        return fold;
    }
}
