namespace HiWay.Domain.Shield;

/// <summary>
/// What the model looks at: which concepts a text has and which stand close together, its shape, and its words in runs of one to
/// three, hashed. Texts hidden inside it count as part of it.
/// </summary>
internal sealed class ShieldFeatures
{
    /// <summary>Hashed runs of words.</summary>
    internal const int Slots = 1 << 16;

    /// <summary>Characters within which two concepts belong together.</summary>
    private const int Near = 56;
    /// <summary>Bytes of a text in which concepts far apart still belong together.</summary>
    private const float FarReach = 900;
    private const int MostHits = 2048;
    private const int MostRuns = 16_384;

    internal static readonly int Concepts = ConceptTable.Count;
    internal static readonly int Pairs = Concepts * (Concepts + 1) / 2;
    internal static readonly int ShapeStart = (2 * Concepts) + (2 * Pairs);

    private readonly float[] _dense = new float[Dense];
    private readonly int[] _runs = new int[MostRuns];
    private readonly (ushort, int)[] _places = new (ushort, int)[MostHits];

    /// <summary>Concepts (there, how often), pairs that stand near each other, pairs anywhere, shape.</summary>
    internal static int Dense => ShapeStart + (int)Shape.Count;

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
        Count,
    }

    internal ReadOnlySpan<float> DenseValues => _dense;

    internal ReadOnlySpan<int> Runs => _runs.AsSpan(0, RunCount);

    internal int RunCount { get; private set; }

    internal void Read(ReadOnlySpan<byte> utf8)
    {
        Array.Clear(_dense);
        RunCount = 0;
        using var text = ShieldText.Of(utf8);
        ReadShape(utf8, text);
        Span<int> counts = stackalloc int[Concepts];
        ReadView(text.Chars, counts);
        if (HiddenTexts.Find(utf8, text) is { } hidden)
        {
            foreach (var (inner, how) in hidden)
            {
                using var view = ShieldText.Of(inner);
                ReadView(view.Chars, counts);
                Mark(how);
            }
        }

        Mark(text.Disguise);
        Set(Shape.AsksSecret, counts[(int)Concept.Secret] + counts[(int)Concept.Personal] > 0 && utf8.Length < 160 && _dense[ShapeStart + (int)Shape.Question] > 0 ? 1 : 0);
        // In a long text everything stands somewhere.
        var far = utf8.Length < FarReach ? 1 : FarReach / (float)utf8.Length;
        for (var concept = 0; concept < Concepts; concept++)
        {
            _dense[concept] = counts[concept] > 0 ? 1 : 0;
            _dense[Concepts + concept] = MathF.Log2(1 + counts[concept]) / 4;
            for (var other = 0; other < concept && counts[concept] > 0; other++)
            {
                _dense[Pairs + PairIndex(concept, other)] = counts[other] > 0 ? far : 0;
            }
        }
    }

    internal static int PairIndex(int one, int other)
    {
        var (low, high) = one < other ? (one, other) : (other, one);
        return (2 * Concepts) + (high * (high + 1) / 2) + low;
    }

    private void ReadView(ReadOnlySpan<char> text, Span<int> counts)
    {
        var hits = new ConceptTable.Hits(_places);
        ConceptTable.Shared.Find(text, ref hits);
        var all = hits.All;
        for (var i = 0; i < all.Length; i++)
        {
            counts[all[i].Concept]++;
            for (var j = i - 1; j >= 0 && all[i].At - all[j].At <= Near; j--)
            {
                if (all[j].At != all[i].At)
                {
                    _dense[PairIndex(all[i].Concept, all[j].Concept)] = 1;
                }
            }
        }

        ReadRuns(text, counts);
    }

    /// <summary>Runs of one, two and three words of scripts that part words by blanks and that the training data has enough of.</summary>
    private void ReadRuns(ReadOnlySpan<char> text, Span<int> counts)
    {
        uint one = 0, two = 0, three = 0;
        var at = 0;
        while (at < text.Length && RunCount + 4 <= MostRuns)
        {
            while (at < text.Length && !IsWord(text[at]))
            {
                at++;
            }

            var start = at;
            var hash = 2166136261u;
            while (at < text.Length && IsWord(text[at]))
            {
                hash = (hash ^ text[at++]) * 16777619;
            }

            if (at == start)
            {
                break;
            }

            if (at - start > 4 && text[start..at].EndsWith("gpt") && !text[start..at].SequenceEqual("chatgpt"))
            {
                counts[(int)Concept.KnownName]++;
            }

            (three, two, one) = (two, one, hash);
            Add(hash);
            if (at - start > 5)
            {
                // Word forms share their beginning.
                var stem = 0x9747B28Cu;
                foreach (var c in text.Slice(start, 5))
                {
                    stem = (stem ^ c) * 16777619;
                }

                Add(stem);
            }

            if (two != 0)
            {
                Add(Mix(two, hash, 0x9E3779B1));
            }

            if (three != 0)
            {
                Add(Mix(Mix(three, two, 0x85EBCA6B), hash, 0xC2B2AE35));
            }
        }
    }

    private void Add(uint hash)
    {
        hash ^= hash >> 15;
        hash *= 0x2C1B3C6D;
        hash ^= hash >> 13;
        _runs[RunCount++] = (int)(hash & (Slots - 1));
    }

    private static uint Mix(uint one, uint other, uint by) => ((one * by) ^ (other + 0x27D4EB2F)) * 0x165667B1;

    private static bool IsWord(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '\'';

    private void ReadShape(ReadOnlySpan<byte> utf8, in ShieldText text)
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
        Set(Shape.Length, MathF.Log2(length) / 12);
        Set(Shape.Short, length < 60 ? 1 : 0);
        Set(Shape.Question, utf8.TrimEnd(" \n\"'"u8).EndsWith("?"u8) ? 1 : 0);
        Set(Shape.Symbols, MathF.Min(1, symbols / length * 10));
        Set(Shape.Braces, MathF.Min(1, braces / length * 15));
        Set(Shape.Capitals, MathF.Min(1, capitals / length * 4));
        Set(Shape.InnerCapitals, MathF.Min(1, inner / length * 40));
        Set(Shape.Digits, MathF.Min(1, digits / length * 4));
        Set(Shape.Quotes, MathF.Min(1, quotes / length * 20));
        Set(Shape.Lines, MathF.Min(1, lines / length * 20));
        Set(Shape.Dots, MathF.Min(1, dots / length * 15));
        Set(Shape.FewShots, text.Chars.IndexOf("a: ") >= 0 && text.Chars.IndexOf("q: ") >= 0 ? 1 : 0);
        Set(Shape.FirstIsYou, text.Chars.StartsWith("you") || text.Chars.StartsWith("imagine") || text.Chars.StartsWith("as a") ? 1 : 0);
        ReadSameness(text.Chars);
        ReadLines(utf8);
    }

    /// <summary>
    /// A sentence that ends in debris of code and other languages (suffixes that were searched for, not written), and prose between the
    /// rows of a table (where somebody else put it).
    /// </summary>
    private void ReadLines(ReadOnlySpan<byte> utf8)
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

        Set(Shape.OddTail, 2 * most);
        Set(Shape.BetweenRows, between > 0 ? 1 : 0);
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
    private void ReadSameness(ReadOnlySpan<char> text)
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

        Set(Shape.Sameness, words > 12 ? MathF.Max(0, 1 - (2f * fresh / words)) : 0);
        Set(Shape.LongWords, words > 0 ? MathF.Min(1, longWords / (float)words * 5) : 0);
    }

    private void Mark(Disguise how)
    {
        for (var (bit, shape) = (1, Shape.Invisible); bit <= (int)Disguise.Rotated; bit <<= 1, shape++)
        {
            if (((int)how & bit) != 0)
            {
                Set(shape, 1);
            }
        }
    }

    private void Set(Shape shape, float value) => _dense[ShapeStart + (int)shape] = value;
}
