namespace HiWay.Domain.Shield;

/// <summary>What the shape of a text is told by, each 0..1.</summary>
internal enum Shape
{
    Length,
    Short,
    Question,
    Symbols,
    Braces,
    Capitals,
    InnerCapitals,
    Digits,
    Quotes,
    Sameness,
    Lines,
    LongWords,
    FewShots,
    FirstIsYou,
    AsksSecret,
    OddTail,
    BetweenRows,
    Dots,
    Invisible,
    Lookalikes,
    Tags,
    Leetspeak,
    Spaced,
    Encoded,
    Reversed,
    Rotated,
    SuffixPlain,
    SuffixOdd,
    Unclosed,
    SuffixPlainAndOdd,
    SuffixAll,
    Count,
}

/// <summary>How a text is written, whatever it says.</summary>
internal static class ShieldShape
{
    /// <param name="folded">The same text as the Shield reads it.</param>
    /// <param name="into">A value per <see cref="Shape"/>; those that are told from elsewhere stay as they are.</param>
    internal static void Read(ReadOnlySpan<byte> utf8, ReadOnlySpan<char> folded, Span<float> into)
    {
        var (symbols, braces, capitals, inner, digits, quotes, lines, dots, asked, letters) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        byte before = (byte)' ';
        foreach (var b in utf8)
        {
            switch (b)
            {
                case >= (byte)'a' and <= (byte)'z' or >= 0x80:
                    letters++;
                    break;
                case >= (byte)'A' and <= (byte)'Z':
                    letters++;
                    capitals++;
                    inner += before is >= (byte)'a' and <= (byte)'z' ? 1 : 0;
                    break;
                case >= (byte)'0' and <= (byte)'9':
                    digits++;
                    break;
                case (byte)'\n':
                    lines++;
                    break;
                case (byte)'"' or (byte)'\'':
                    quotes++;
                    break;
                case (byte)'?':
                    asked++;
                    break;
                case (byte)'{' or (byte)'}' or (byte)'[' or (byte)']' or (byte)'\\' or (byte)'^' or (byte)'<' or (byte)'>' or (byte)'|' or (byte)'=' or (byte)'~':
                    braces++;
                    break;
                case (byte)'.' or (byte)',':
                    dots++;
                    break;
                case > (byte)' ':
                    symbols++;
                    break;
            }

            before = b;
        }

        var length = Math.Max(1f, utf8.Length);
        Set(into, Shape.Length, MathF.Log2(length) / 12);
        Set(into, Shape.Short, length < 60 ? 1 : 0);
        Set(into, Shape.Question, utf8.TrimEnd(" \n\"'"u8).EndsWith("?"u8) ? 1 : 0);
        Set(into, Shape.Symbols, MathF.Min(1, symbols / length * 10));
        Set(into, Shape.Braces, MathF.Min(1, braces / length * 15));
        Set(into, Shape.Capitals, MathF.Min(1, capitals / length * 4));
        Set(into, Shape.InnerCapitals, MathF.Min(1, inner / length * 40));
        Set(into, Shape.Digits, MathF.Min(1, digits / length * 4));
        Set(into, Shape.Quotes, MathF.Min(1, quotes / length * 20));
        Set(into, Shape.Lines, MathF.Min(1, lines / length * 20));
        Set(into, Shape.Dots, MathF.Min(1, dots / length * 15));
        Set(into, Shape.FewShots, folded.IndexOf("a: ") >= 0 && folded.IndexOf("q: ") >= 0 ? 1 : 0);
        Set(into, Shape.FirstIsYou, folded.StartsWith("you") || folded.StartsWith("imagine") || folded.StartsWith("as a") ? 1 : 0);
        ReadSameness(folded, into);
        ReadLines(utf8, into);
        OddSuffix.Read(utf8, into);
    }

    /// <summary>
    /// A sentence that ends in debris of code and other languages (suffixes that were searched for, not written), and prose between the
    /// rows of a table (where somebody else put it).
    /// </summary>
    private static void ReadLines(ReadOnlySpan<byte> utf8, Span<float> into)
    {
        var (rows, between, pending, most) = (0, 0, 0, 0f);
        foreach (var range in utf8.Split((byte)'\n'))
        {
            var line = utf8[range].Trim((byte)' ');
            if (line.Length > 2 && line[0] == (byte)'|' && line[^1] == (byte)'|')
            {
                between += rows > 0 ? pending : 0;
                (rows, pending) = (rows + 1, 0);
            }
            else if (line.Length > 0)
            {
                pending++;
            }

            most = MathF.Max(most, OddTail(line));
        }

        Set(into, Shape.OddTail, 2 * most);
        Set(into, Shape.BetweenRows, between > 0 ? 1 : 0);
    }

    private static float OddTail(ReadOnlySpan<byte> line)
    {
        // At least six plain words first; code does not begin like that.
        var (words, at) = (0, 0);
        while (at < line.Length && words < 6)
        {
            var b = line[at++];
            if (b == (byte)' ')
            {
                words++;
            }
            else if (!(char.IsAsciiLetter((char)b) || b is (byte)'\'' or (byte)',' or (byte)'-' or (byte)'.' or >= 0x80))
            {
                return 0;
            }
        }

        var (odd, inner, open) = (0, 0, 0);
        for (var i = at; i < line.Length && words == 6; i++)
        {
            var (b, before) = (line[i], line[i - 1]);
            odd += b is (byte)'{' or (byte)'}' or (byte)'[' or (byte)']' or (byte)'\\' or (byte)'^' or (byte)'<' or (byte)'>' or (byte)'|' or (byte)'=' or (byte)'~' or (byte)'#' or (byte)'*' or (byte)'$'
                or (byte)'(' or (byte)')' or (byte)';' or (byte)'+' or (byte)'"' or (byte)'_' ? 1 : 0;
            inner += b is >= (byte)'A' and <= (byte)'Z' && before is >= (byte)'a' and <= (byte)'z' ? 1 : 0;
            open += b is (byte)'(' or (byte)'[' or (byte)'{' ? 1 : b is (byte)')' or (byte)']' or (byte)'}' ? -1 : 0;
        }

        // What people write closes what it opens.
        odd = open == 0 ? odd / 3 : odd + 4;
        return line.Length < 600 ? MathF.Min(1, (odd + (2 * inner)) * 16f / (line.Length - at + 40)) : 0;
    }

    /// <summary>A text of few different words says the same over and over; one of very long ones is no prose.</summary>
    private static void ReadSameness(ReadOnlySpan<char> text, Span<float> into)
    {
        Span<ulong> seen = stackalloc ulong[64];
        var (words, fresh, longWords) = (0, 0, 0);
        var at = 0;
        while (at < text.Length && words < 1024)
        {
            var start = at;
            var hash = 2166136261u;
            while (at < text.Length && text[at] != ' ')
            {
                hash = (hash ^ text[at++]) * 16777619;
            }

            if (at > start)
            {
                words++;
                longWords += at - start > 14 ? 1 : 0;
                var bit = (hash ^ (hash >> 16)) & 4095;
                fresh += (seen[(int)(bit >> 6)] & (1ul << (int)(bit & 63))) == 0 ? 1 : 0;
                seen[(int)(bit >> 6)] |= 1ul << (int)(bit & 63);
            }

            at++;
        }

        Set(into, Shape.Sameness, words > 12 ? MathF.Max(0, 1 - (2f * fresh / words)) : 0);
        Set(into, Shape.LongWords, words > 0 ? MathF.Min(1, longWords / (float)words * 5) : 0);
    }

    private static void Set(Span<float> into, Shape shape, float value) => into[(int)shape] = value;
}
