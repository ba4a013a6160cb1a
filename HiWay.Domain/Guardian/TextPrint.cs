using System.Runtime.CompilerServices;

namespace HiWay.Domain.Guardian;

/// <summary>
/// What is kept of a text to say how like another one it is: 64 bytes, from which no text can be had back. A min-hash with one permutation
/// (Li, Owen, Zhang: One Permutation Hashing, NIPS 2012) over pairs of neighbouring words.
/// </summary>
[InlineArray(Lanes)]
public struct TextPrint
{
    /// <summary>Two texts with 85 % of their word pairs in common are measured as 79 to 91 %, two times out of three.</summary>
    internal const int Lanes = 32;

    internal const ushort Empty = ushort.MaxValue;

    private ushort _lane;

    /// <summary>Share of word pairs in common, 0..1, estimated.</summary>
    public static double Similarity(in TextPrint one, in TextPrint other)
    {
        var (same, either) = (0, 0);
        for (var i = 0; i < Lanes; i++)
        {
            var (a, b) = (one[i], other[i]);
            if (a != Empty || b != Empty)
            {
                either++;
                same += a == b ? 1 : 0;
            }
        }

        return either == 0 ? 0 : (double)same / either;
    }
}

/// <summary>
/// Takes a text's print as the text passes, piece by piece, in plain or JSON-escaped UTF-8. Case and the figures of numbers make no
/// difference: "Step 17" is "step 18". Not thread-safe.
/// </summary>
public sealed class TextPrinter
{
    /// <summary>The beginning of a text says enough; more costs time.</summary>
    public const int MostBytes = 1_024;

    /// <summary>Word pairs from which on two texts can be called alike; "yes" and "positive" are like too many.</summary>
    public const int LeastPairs = 6;

    private const ulong NoWord = 0xCBF29CE484222325;   // FNV-1a's offset basis

    private TextPrint _print;
    private ulong _word = NoWord;
    private ulong _before = NoWord;
    private int _left = MostBytes;
    private int _pairs;
    private int _escape;   // 1: behind a backslash; 2 to 5: figures of \uXXXX that are still to come
    private bool _inNumber;

    public TextPrinter() => ((Span<ushort>)_print).Fill(TextPrint.Empty);

    /// <summary>Nothing more is wanted.</summary>
    public bool IsFull => _left == 0;

    /// <summary>Takes the next piece.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > _left)
        {
            piece = piece[.._left];
        }

        _left -= piece.Length;
        for (var i = 0; i < piece.Length; i++)
        {
            if (_escape > 0 || !IsLetter(piece[i]))
            {
                Take(piece[i]);
                continue;
            }

            // Nearly all of a text is letters, and these need no state but the word.
            var word = _word;
            do
            {
                word = Mix(word, (byte)(piece[i++] | 0x20));
            }
            while (i < piece.Length && IsLetter(piece[i]));
            _word = word;
            _inNumber = false;
            i--;
        }
    }

    /// <summary>What comes next is not the same sentence.</summary>
    public void Break()
    {
        EndWord();
        _escape = 0;
    }

    /// <summary>The print of all that was added; false when that is too short to be compared.</summary>
    public bool TryEnd(out TextPrint print)
    {
        Break();
        print = _print;
        return _pairs >= LeastPairs;
    }

    private void Take(byte one)
    {
        if (_escape > 0)
        {
            TakeEscaped(one);
        }
        else if ((uint)(one - '0') <= 9)
        {
            if (!_inNumber)
            {
                _inNumber = true;
                _word = Mix(_word, (byte)'0');
            }
        }
        else if (one >= 0x80)
        {
            if (one >= 0xE0)
            {
                EndWord();   // scripts without spaces: each sign is a word
            }

            _word = Mix(_word, one);
        }
        else
        {
            EndWord();
            _escape = one == '\\' ? 1 : 0;
        }
    }

    private void TakeEscaped(byte one)
    {
        if (_escape == 1)
        {
            _escape = one == 'u' ? 5 : 0;
            return;
        }

        _word = Mix(_word, one);
        if (--_escape == 1)
        {
            _escape = 0;
            EndWord();
        }
    }

    private static ulong Mix(ulong word, byte one) => (word ^ one) * 0x100000001B3;   // FNV-1a

    private static bool IsLetter(byte one) => (uint)((one | 0x20) - 'a') <= 'z' - 'a';

    private void EndWord()
    {
        _inNumber = false;
        if (_word == NoWord)
        {
            return;
        }

        var pair = (_word ^ (_before * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
        pair ^= pair >> 32;
        pair *= 0xD6E8FEB86659FD93;
        ref var lane = ref _print[(int)(pair & (TextPrint.Lanes - 1))];
        lane = Math.Min(lane, (ushort)(pair >> 48));
        _pairs++;
        _before = _word;
        _word = NoWord;
    }
}
