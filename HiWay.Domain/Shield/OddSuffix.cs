using System.Collections.Frozen;
using System.Text;

namespace HiWay.Domain.Shield;

/// <summary>
/// Suffixes that a program searched for, not a person: an English sentence of one line that goes over into words without the small ones
/// that hold sentences together, words glued to signs and brackets that nothing closes.
/// </summary>
internal static class OddSuffix
{
    private const int LeastBytes = 60;
    private const int MostBytes = 900;
    private const int MostWords = 256;
    private const int HeadWords = 7;
    private const int TailWords = 10;
    private const int LongestSmall = 12;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_small = FrozenSet.ToFrozenSet(
        [
            "the", "a", "an", "of", "to", "and", "in", "on", "for", "with", "that", "is", "are", "be", "it", "as", "by", "at", "from", "how", "what", "or", "not", "your", "you", "i", "my", "this", "their",
            "who", "which", "into", "about", "against", "was", "has", "have", "can", "will", "its",
        ],
        StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private enum Word : byte
    {
        Plain,
        Small,
        Odd,
    }

    internal static void Read(ReadOnlySpan<byte> utf8, Span<float> into)
    {
        var line = utf8.Trim(" \r\n"u8);
        if (line.Length is < LeastBytes or > MostBytes || line.Contains((byte)'\n'))
        {
            return;
        }

        Span<Word> words = stackalloc Word[MostWords];
        var (count, open, unclosed) = (0, 0, false);
        foreach (var range in line.Split((byte)' '))
        {
            var word = line[range];
            if (word.IsEmpty || count == MostWords)
            {
                continue;
            }

            foreach (var b in word)
            {
                open += b is (byte)'(' or (byte)'[' or (byte)'{' ? 1 : b is (byte)')' or (byte)']' or (byte)'}' ? -1 : 0;
                unclosed |= open < 0;
            }

            words[count++] = KindOf(word);
        }

        if (count < 2 * HeadWords)
        {
            return;
        }

        var tail = Math.Min(TailWords, count - HeadWords);
        var odd = MathF.Min(1, 3f * words[(count - tail)..count].Count(Word.Odd) / tail);
        var plain = words[..HeadWords].Count(Word.Small) >= 2 ? MathF.Max(0, 1 - (4f * words[(count - tail)..count].Count(Word.Small) / tail)) : 0;
        unclosed |= open != 0;
        into[(int)Shape.SuffixPlain] = plain;
        into[(int)Shape.SuffixOdd] = odd;
        into[(int)Shape.Unclosed] = unclosed ? 1 : 0;
        into[(int)Shape.SuffixPlainAndOdd] = plain * odd;
        into[(int)Shape.SuffixAll] = plain > 0 && odd > 0 && unclosed ? 1 : 0;
    }

    private static Word KindOf(ReadOnlySpan<byte> word)
    {
        var (letters, signs, glued) = (0, 0, false);
        for (var i = 0; i < word.Length; i++)
        {
            var b = word[i];
            var inside = i > 0 && i + 1 < word.Length;
            if (char.IsAsciiLetter((char)b) || b >= 0x80)
            {
                letters++;
                glued |= inside && char.IsAsciiLetterUpper((char)b) && char.IsAsciiLetterLower((char)word[i - 1]) && char.IsAsciiLetterLower((char)word[i + 1]);
            }
            else if (!char.IsAsciiDigit((char)b))
            {
                signs += ".,?!-':/\"();%$"u8.Contains(b) ? 0 : 1;
                glued |= inside && !"-'/.:@_,"u8.Contains(b);
            }
        }

        Span<char> bare = stackalloc char[LongestSmall];
        var trimmed = word.Trim(".,?!:;\"'()"u8);
        return trimmed.Length is > 0 and <= LongestSmall && Encoding.ASCII.TryGetChars(trimmed, bare, out var length) && s_small.Contains(bare[..length]) ? Word.Small
            : glued || signs > 1 || (letters == 0 && signs > 0) ? Word.Odd
            : Word.Plain;
    }
}
