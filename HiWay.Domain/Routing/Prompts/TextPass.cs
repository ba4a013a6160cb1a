using System.Numerics;
using HiWay.Domain.Routing.Learned;

namespace HiWay.Domain.Routing.Prompts;

/// <summary>Reads one opened text and adds what it sees to the signals.</summary>
internal static class TextPass
{
    /// <summary>Words at the beginning in which a cue counts as what the request opens with.</summary>
    private const int OpeningWords = 16;

    /// <summary>Where a text may be parted: a space within so many bytes.</summary>
    private const int LongestWord = 64;

    /// <summary>Beginnings of phrases kept while the next words come; phrases are at most eight words or ideographs long.</summary>
    private const int OpenPhrases = 8;

    /// <summary>Bytes read word by word at the beginning and the end; of what lies between, <see cref="MaterialPass"/> counts the marks.</summary>
    private const int Head = 1536, Tail = 512;

    internal static void Read<TSink>(scoped ReadOnlySpan<byte> text, ref TextSignals signals, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        var runs = new WordRuns();
        if (text.Length <= Head + Tail)
        {
            ReadWords(text, isBeginning: true, ref runs, ref signals, ref sink);
            return;
        }

        var (head, tail) = (EndOfWord(text, Head), EndOfWord(text, text.Length - Tail));
        ReadWords(text[..head], isBeginning: true, ref runs, ref signals, ref sink);
        MaterialPass.Count(text[head..tail], ref signals);
        runs.Break();
        ReadWords(text[tail..], isBeginning: false, ref runs, ref signals, ref sink);
    }

    private static void ReadWords<TSink>(
        scoped ReadOnlySpan<byte> text, bool isBeginning, ref WordRuns runs, ref TextSignals signals, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        Span<uint> open = stackalloc uint[OpenPhrases];
        var openCount = 0;
        var halves = 0;
        var opening = isBeginning ? OpeningWords * 2 : 0;
        var lineStart = isBeginning;
        var firstWord = isBeginning;
        var previous = new Mark();
        var words = new WordReader(text);
        while (words.Next())
        {
            var kind = words.Kind;
            if (kind is WordKind.Word or WordKind.Ideograph or WordKind.Number)
            {
                halves += kind is WordKind.Ideograph ? 1 : 2;
                signals.Characters += kind is WordKind.Ideograph ? 1 : words.End - words.Start;
                signals.Numbers += kind is WordKind.Number ? 1 : 0;
                openCount = Match(words.Hash, open, openCount, halves <= opening, ref signals);
                if (kind is WordKind.Word && words.MayBeName)
                {
                    NoteName(text[words.Start..words.End], ref signals);
                }

                if (lineStart && kind is WordKind.Number or WordKind.Word && words.End - words.Start <= 2 && IsItemEnd(text, words.End))
                {
                    signals.ListItems++;
                    runs.ItemMark();
                }
                else if (!IsLabel(text, words.Start, words.End, firstWord))
                {
                    runs.Word(words.Hash, words.Stem, ref sink);
                }

                lineStart = firstWord = false;
            }
            else if (kind is WordKind.NewLine)
            {
                signals.Lines++;
                signals.Characters++;
                openCount = 0;
                lineStart = true;
            }
            else
            {
                signals.Characters++;
                var mark = words.End - words.Start == 1 ? text[words.Start] : (byte)0;
                if (mark is not ((byte)'-' or (byte)'\''))
                {
                    openCount = 0;
                }

                if (mark == 0 || !IsPlainMark(mark))
                {
                    runs.Symbol(words.Hash, ref sink);
                }

                NoteSymbol(mark, text, words.Start, words.End, lineStart, ref previous, ref signals);
                lineStart &= mark is (byte)'(' or (byte)'[';
            }
        }

        signals.Words += (halves + 1) / 2;
    }

    /// <summary>Marks that prose has as well as code; none of them is a feature.</summary>
    private static bool IsPlainMark(byte mark) => mark is (byte)'(' or (byte)')' or (byte)'.' or (byte)',' or (byte)'[' or (byte)']' or (byte)':' or (byte)'-' or (byte)'"' or (byte)'\'';

    /// <summary>The next place from <paramref name="at"/> on that splits no word and no character.</summary>
    private static int EndOfWord(ReadOnlySpan<byte> text, int at)
    {
        var end = at;
        while (end < at + LongestWord && text[end] is not ((byte)' ' or (byte)'\n'))
        {
            end++;
        }

        // No spaces at all: at least no split character.
        while (end < text.Length && text[end] is >= 0x80 and < 0xC0)
        {
            end++;
        }

        return end;
    }

    /// <summary>Looks up the word, and each phrase that it could continue. Of several that end here only the longest counts.</summary>
    private static int Match(uint hash, Span<uint> open, int openCount, bool opening, ref TextSignals signals)
    {
        var kept = 0;
        var counted = false;
        for (var i = 0; i < openCount; i++)
        {
            var key = CueTable.Join(open[i], hash);
            var value = CueTable.Find(key);
            counted = counted || Count(value, opening, ref signals);
            if ((value & CueTable.GoesOn) != 0)
            {
                open[kept++] = key;
            }
        }

        var alone = CueTable.Find(hash);
        _ = counted || Count(alone, opening, ref signals);
        if ((alone & CueTable.GoesOn) != 0 && kept < open.Length)
        {
            open[kept++] = hash;
        }

        return kept;
    }

    /// <returns>False when the entry stands for nothing by itself.</returns>
    private static bool Count(uint value, bool opening, ref TextSignals signals)
    {
        var cues = value & ~CueTable.GoesOn;
        if (cues == 0)
        {
            return false;
        }

        signals.Opening |= opening ? cues : 0;
        while (cues != 0)
        {
            ref var count = ref signals.Cues[BitOperations.TrailingZeroCount(cues)];
            count = (ushort)Math.Min(count + 1, ushort.MaxValue);
            cues &= cues - 1;
        }

        return true;
    }

    /// <summary>Names as programs write them: snake_case and camelCase.</summary>
    private static void NoteName(ReadOnlySpan<byte> word, ref TextSignals signals)
    {
        for (var i = 1; i < word.Length; i++)
        {
            if (word[i] == (byte)'_' || ((uint)(word[i] - 'A') <= 'Z' - 'A' && (uint)(word[i - 1] - 'a') <= 'z' - 'a'))
            {
                signals.CodeMarks++;
                return;
            }
        }
    }

    private static void NoteSymbol(byte mark, ReadOnlySpan<byte> text, int start, int end, bool lineStart, ref Mark previous, ref TextSignals signals)
    {
        switch (mark)
        {
            case (byte)'`':
                if (previous.Is(mark, start, 2))
                {
                    signals.Fences++;
                    previous = new();
                    return;
                }

                break;
            case (byte)'?':
                signals.Questions++;
                break;
            case (byte)'-' or (byte)'*' when lineStart:
                signals.ListItems++;
                break;
            case (byte)'{' or (byte)'}' or (byte)';':
                signals.CodeMarks++;
                break;
            case (byte)'(' when start > 0 && text[start - 1] is > (byte)' ' and not (byte)'(' and not (byte)'$':
                signals.CodeMarks++; // a call: no space between the name and the parenthesis
                break;
            case (byte)'=' or (byte)'>' when previous.Is((byte)'=', start, 1) || previous.Is((byte)'-', start, 1) || previous.Is((byte)'!', start, 1):
                signals.CodeMarks++;
                break;
            case (byte)'^' or (byte)'\\' or (byte)'$' or (byte)'=' or (byte)'+' or (byte)'<' or (byte)'>':
                signals.MathMarks++;
                break;
            case 0 when end - start == 3 && text[start] == 0xE2 && text[start + 1] is >= 0x88 and <= 0x8B:
                signals.MathMarks++; // U+2200..22FF
                break;
            case 0 when end - start == 3 && text[start] == 0xEF && text[start + 1] == 0xBC && text[start + 2] == 0x9F:
                signals.Questions++; // the wide question mark
                break;
        }

        previous = previous.Is(mark, start, 1) ? new(mark, end, previous.Run + 1) : new(mark, end, 1);
    }

    /// <summary>"Question:" before a request and "Answer:" behind it are dress, not content.</summary>
    private static bool IsLabel(ReadOnlySpan<byte> text, int start, int end, bool first) =>
        end < text.Length && text[end] == (byte)':' && end - start <= 10 && (first || text[(end + 1)..].TrimEnd(" \n\r\t"u8).IsEmpty);

    private static bool IsItemEnd(ReadOnlySpan<byte> text, int at) => at < text.Length && text[at] is (byte)'.' or (byte)')' or (byte)':';

    /// <summary>The symbol before, to see repetitions and pairs.</summary>
    private readonly record struct Mark(byte Value, int End, int Run)
    {
        internal bool Is(byte value, int start, int run) => Value == value && End == start && Run >= run && value != 0;
    }
}
