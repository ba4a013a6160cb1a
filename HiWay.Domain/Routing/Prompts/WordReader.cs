using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
/// <remarks>Words are folded: ASCII and Latin-1 letters to lower case without accents, Russian capitals to small ones, so that "Résumé" and "resume" are one.</remarks>
internal ref struct WordReader(ReadOnlySpan<byte> text)
{
    private const uint Seed = 2166136261;
    private const uint Prime = 16777619;

    /// <summary>The bit that makes letters lower case. Digits have it, and what becomes of the underscore no other letter is.</summary>
    private const byte Lower = 0x20;

    /// <summary>Bytes that the hash takes in at a time.</summary>
    private const int Chunk = 16;

    private const int StemLetters = 5;

    /// <summary>Letters, digits and the underscore, folded; 0 for every other byte.</summary>
    private static readonly byte[] Fold = MakeFold();

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    internal WordKind Kind { get; private set; }

    /// <summary>Of the folded word; all numbers have one hash.</summary>
    internal uint Hash { get; private set; }

    /// <summary>Of a long word's first letters, so that "prove", "proves" and "proved" have something in common; 0 for short words and all else.</summary>
    internal uint Stem { get; private set; }

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
        Stem = 0;
        var first = text[at];
        if (IsLetter(first) || IsLatinLead(text, at))
        {
            return TryShort(text, at) || ReadLong(text, at);
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

    /// <summary>A word of ASCII of at most 15 bytes, as nearly all are: its end and its hash in one go, without a step per byte.</summary>
    private bool TryShort(ReadOnlySpan<byte> text, int at)
    {
        if (!BitConverter.IsLittleEndian || text.Length - at < Chunk)
        {
            return false;
        }

        var bytes = Vector128.LoadUnsafe(in MemoryMarshal.GetReference(text), (nuint)at);
        var folded = bytes | Vector128.Create(Lower);
        var letters = Vector128.LessThanOrEqual(folded - Vector128.Create((byte)'a'), Vector128.Create((byte)('z' - 'a')));
        var others = Vector128.LessThanOrEqual(bytes - Vector128.Create((byte)'0'), Vector128.Create((byte)9)) | Vector128.Equals(bytes, Vector128.Create((byte)'_'));
        var length = BitOperations.TrailingZeroCount(~(letters | others).ExtractMostSignificantBits());
        if (length is 0 or >= Chunk || IsLatinLead(text, at + length))
        {
            return false;
        }

        var inside = Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)length));
        MayBeName = ((~bytes & Vector128.Create(Lower)) & inside) != Vector128<byte>.Zero;
        var chunk = (folded & inside).AsUInt64();
        var low = chunk.ToScalar();
        Stem = length >= StemLetters ? StemOf(low) : 0;
        return Found(WordKind.Word, Finish(Absorb(0, low, chunk.GetElement(1))), at + length);
    }

    /// <summary>Any word, byte by byte; the same hash for the same letters.</summary>
    private bool ReadLong(ReadOnlySpan<byte> text, int at)
    {
        ulong state = 0, low = 0, high = 0, beginning = 0;
        var (count, named) = (0, false);
        while (at < text.Length)
        {
            var letter = (uint)Fold[text[at]];
            if (letter != 0)
            {
                named |= (text[at] & Lower) == 0;
                at++;
            }
            else if (IsLatinLead(text, at))
            {
                letter = FoldTwo(text[at], text[at + 1]);
                at += 2;
            }
            else
            {
                break;
            }

            for (; letter != 0; letter >>= 8)
            {
                low |= count < 8 ? (ulong)(letter & 0xFF) << (8 * count) : 0;
                beginning = state == 0 ? low : beginning;
                high |= count >= 8 ? (ulong)(letter & 0xFF) << (8 * (count - 8)) : 0;
                if (++count == Chunk)
                {
                    (state, low, high, count) = (Absorb(state, low, high), 0, 0, 0);
                }
            }
        }

        MayBeName = named;
        Stem = beginning >> (8 * (StemLetters - 1)) != 0 ? StemOf(beginning) : 0;
        return Found(WordKind.Word, Finish(count > 0 ? Absorb(state, low, high) : state), at);
    }

    /// <summary>Sixteen folded bytes more, the last filled up with zeros.</summary>
    private static ulong Absorb(ulong state, ulong low, ulong high)
    {
        var mixed = (state ^ low ^ BitOperations.RotateLeft(high * 0xD6E8FEB86659FD93, 31)) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 32);
    }

    private static uint StemOf(ulong letters) => Finish(Absorb(1, letters & ((1ul << (8 * StemLetters)) - 1), 0));

    private static uint Finish(ulong state) => (uint)((state * 0xD6E8FEB86659FD93) >> 32);

    private bool Found(WordKind kind, uint hash, int end)
    {
        (Kind, Hash, _at) = (kind, hash, end);
        return true;
    }

    private static bool IsLetter(byte b) => (uint)((b | 0x20) - 'a') <= 'z' - 'a' || b == (byte)'_';

    private static bool IsDigit(byte b) => (uint)(b - '0') <= 9;

    /// <summary>C3..CF lead Latin-1 letters, extended Latin and Greek; D0..DF Cyrillic and further alphabets with spaces.</summary>
    private static bool IsLatinLead(ReadOnlySpan<byte> text, int at) => text[at] is >= 0xC3 and <= 0xDF && at + 1 < text.Length;

    /// <summary>Latin-1 letters become their ASCII base, Russian capitals small; others keep both bytes.</summary>
    private static uint FoldTwo(byte lead, byte trail)
    {
        if (lead == 0xD0 && trail is >= 0x90 and <= 0xAF)
        {
            return trail < 0xA0 ? 0xD000u | (uint)(trail + 0x20) : 0xD100u | (uint)(trail - 0x20);
        }

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
            fold[b] = IsLetter((byte)b) || IsDigit((byte)b) ? (byte)(b | Lower) : (byte)0;
        }

        return fold;
    }
}
