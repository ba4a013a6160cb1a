using System.Numerics;

namespace HiWay.Domain.Shield;

/// <summary>Finds the words of all concepts in one walk over a folded text.</summary>
internal sealed class ConceptTable
{
    private const int Buckets = 2048;

    private readonly Entry[]?[] _byStart = new Entry[Buckets][];
    private readonly ulong[] _starts = new ulong[65536 / 64];

    private readonly record struct Entry(string Word, Concept Concept, bool Whole);

    private ConceptTable()
    {
        var entries = new List<Entry>();
        foreach (var (concept, words) in ConceptWords.All)
        {
            // A bar in "<|im" belongs to the word; entries of that kind are parted by the next plain bar.
            foreach (var word in Split(words))
            {
                entries.Add(new(word.TrimEnd(), concept, word.EndsWith(' ') || (word[0] < 0x900 && ConceptWords.IsWhole(word))));
            }
        }

        foreach (var group in entries.GroupBy(entry => Bucket(entry.Word[0], entry.Word[1])))
        {
            _byStart[group.Key] = [.. group];
        }

        foreach (var entry in entries)
        {
            _starts[entry.Word[0] >> 6] |= 1ul << (entry.Word[0] & 63);
        }
    }

    internal static ConceptTable Shared { get; } = new();

    internal static int Count { get; } = Enum.GetValues<Concept>().Length;

    internal ref struct Hits(Span<(ushort Concept, int At)> places)
    {
        private readonly Span<(ushort Concept, int At)> _places = places;

        internal int Count { get; private set; }

        internal readonly ReadOnlySpan<(ushort Concept, int At)> All => _places[..Count];

        internal void Add(Concept concept, int at)
        {
            if (Count < _places.Length)
            {
                _places[Count++] = ((ushort)concept, at);
            }
        }
    }

    internal void Find(ReadOnlySpan<char> text, ref Hits hits)
    {
        var before = ' ';
        for (var i = 0; i + 1 < text.Length; i++)
        {
            var c = text[i];
            if ((!char.IsLetterOrDigit(before) || c >= 0x900 || (IsProclitic(before) && (i < 2 || !char.IsLetterOrDigit(text[i - 2])))) && (_starts[c >> 6] & (1ul << (c & 63))) != 0 && _byStart[Bucket(c, text[i + 1])] is { } entries)
            {
                foreach (var entry in entries)
                {
                    if (text[i..].StartsWith(entry.Word, StringComparison.Ordinal)
                        && (!entry.Whole || i + entry.Word.Length == text.Length || !char.IsLetterOrDigit(text[i + entry.Word.Length])))
                    {
                        hits.Add(entry.Concept, i);
                    }
                }
            }

            before = c;
        }
    }

    /// <summary>Arabic writes "and", "so", "with", "for" and "as" at the beginning of the next word.</summary>
    private static bool IsProclitic(char c) => c is 'و' or 'ف' or 'ب' or 'ل' or 'ك';

    private static int Bucket(char first, char second) => (int)(BitOperations.RotateLeft(first * 0x9E3779B1u, 5) + (second * 0x85EBCA6Bu) >> 21);

    private static IEnumerable<string> Split(string words)
    {
        var word = "";
        foreach (var part in words.Split('|'))
        {
            word += part;
            if (word.EndsWith('<') || word.EndsWith("[[", StringComparison.Ordinal))
            {
                word += "|";
                continue;
            }

            if (word.Length > 1)
            {
                yield return word;
            }

            word = "";
        }
    }
}
