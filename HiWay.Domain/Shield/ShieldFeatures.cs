namespace HiWay.Domain.Shield;

/// <summary>
/// What the model looks at: which concepts a text has and which stand close together, its shape, and, hashed, its words in runs of one
/// to three and its characters in runs of four. Texts hidden inside it count as part of it.
/// </summary>
internal sealed class ShieldFeatures
{
    /// <summary>Hashed runs of words.</summary>
    internal const int Slots = 1 << 16;

    /// <summary>Hashed runs of characters.</summary>
    internal const int GramSlots = 1 << 16;

    /// <summary>Characters within which two concepts belong together.</summary>
    private const int Near = 56;

    /// <summary>Bytes of a text in which concepts far apart still belong together.</summary>
    private const float FarReach = 900;
    private const int MostHits = 2048;
    private const int MostRuns = 16_384;
    private const int MostGrams = 16_384;

    internal static readonly int Concepts = ConceptTable.Count;
    internal static readonly int Pairs = Concepts * (Concepts + 1) / 2;
    internal static readonly int ShapeStart = (2 * Concepts) + (2 * Pairs);

    private readonly float[] _dense = new float[Dense];
    private readonly int[] _runs = new int[MostRuns];
    private readonly int[] _grams = new int[MostGrams];
    private readonly ulong[] _runsSeen = new ulong[Slots / 64];
    private readonly ulong[] _gramsSeen = new ulong[GramSlots / 64];
    private readonly (ushort, int)[] _places = new (ushort, int)[MostHits];

    /// <summary>Concepts (there, how often), pairs that stand near each other, pairs anywhere, shape.</summary>
    internal static int Dense => ShapeStart + (int)Shape.Count;

    internal ReadOnlySpan<float> DenseValues => _dense;

    internal ReadOnlySpan<int> Runs => _runs.AsSpan(0, RunCount);

    internal int RunCount { get; private set; }

    internal ReadOnlySpan<int> Grams => _grams.AsSpan(0, GramCount);

    internal int GramCount { get; private set; }

    internal void Read(ReadOnlySpan<byte> utf8)
    {
        Array.Clear(_dense);
        RunCount = 0;
        GramCount = 0;
        Array.Clear(_runsSeen);
        Array.Clear(_gramsSeen);
        using var text = ShieldText.Of(utf8);
        ShieldShape.Read(utf8, text.Chars, _dense.AsSpan(ShapeStart));
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
        ReadGrams(text);
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

    /// <summary>
    /// Runs of four characters of one word, a blank before or after it being part of it: word forms, spellings and scripts that runs of
    /// words know nothing of.
    /// </summary>
    private void ReadGrams(ReadOnlySpan<char> text)
    {
        // Four characters of 16 bits each; the blank before the first word is part of it.
        ulong last = ' ';
        var read = 1;
        for (var i = 0; i <= text.Length && GramCount < MostGrams; i++)
        {
            var c = i < text.Length ? text[i] : ' ';
            last = (last << 16) | c;
            read++;
            if (read >= 4)
            {
                GramCount += Place(_grams, GramCount, _gramsSeen, (int)((last * 0x9E3779B97F4A7C15) >> 48));
            }

            // What follows a blank begins with it.
            read = c == ' ' ? 1 : read;
        }
    }

    private void Add(uint hash)
    {
        hash ^= hash >> 15;
        hash *= 0x2C1B3C6D;
        hash ^= hash >> 13;
        RunCount += Place(_runs, RunCount, _runsSeen, (int)(hash & (Slots - 1)));
    }

    /// <summary>
    /// Puts a slot at the end unless it is there. How often does not count: over the root of all runs, a text that says one harmless thing
    /// eighty times would weigh nine times what it says.
    /// </summary>
    private static int Place(int[] slots, int count, ulong[] seen, int slot)
    {
        ref var word = ref seen[slot >> 6];
        var bit = 1ul << (slot & 63);
        slots[count] = slot;
        var fresh = (word & bit) == 0 ? 1 : 0;
        word |= bit;
        return fresh;
    }

    private static uint Mix(uint one, uint other, uint by) => ((one * by) ^ (other + 0x27D4EB2F)) * 0x165667B1;

    private static bool IsWord(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '\'';

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
