using System.Numerics;

namespace HiWay.Domain.Routing.Prompts;

/// <summary>All cue words and phrases of all languages in one open hash table, found while the prompt is read once.</summary>
/// <remarks>
/// Keys are hashes of folded words; a phrase is the chain of its words' hashes, and each beginning of a phrase is an entry that
/// says "go on". Two words with one 32-bit hash would be told apart by nothing; with some thousand entries that is one chance in a
/// million per prompt word, and harmless.
/// </remarks>
internal static class CueTable
{
    /// <summary>Set on entries that begin a longer phrase.</summary>
    internal const uint GoesOn = 1u << 31;

    /// <summary>A bit per low bits of a key. Most words are no cue; they are turned away here, in the nearest cache.</summary>
    private const int DoorBits = 16;

    private static readonly ulong[] Door = new ulong[1 << (DoorBits - 6)];
    private static readonly uint[] Keys;
    private static readonly uint[] Values;
    private static readonly uint Mask;

    static CueTable()
    {
        var entries = new Dictionary<uint, uint>();
        foreach (var (cue, phrases) in CueWords.All)
        {
            foreach (var phrase in phrases.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                Add(entries, cue, phrase);
            }
        }

        Mask = BitOperations.RoundUpToPowerOf2((uint)entries.Count * 4) - 1;
        Keys = new uint[Mask + 1];
        Values = new uint[Mask + 1];
        foreach (var (key, value) in entries)
        {
            var at = key & Mask;
            while (Values[at] != 0)
            {
                at = (at + 1) & Mask;
            }

            (Keys[at], Values[at]) = (key, value);
            Door[(key & ((1u << DoorBits) - 1)) >> 6] |= 1ul << (int)(key & 63);
        }
    }

    /// <summary>A bit per <see cref="Cue"/>, and <see cref="GoesOn"/>; 0 for words that say nothing.</summary>
    internal static uint Find(uint key)
    {
        if ((Door[(key & ((1u << DoorBits) - 1)) >> 6] & (1ul << (int)(key & 63))) == 0)
        {
            return 0;
        }

        for (var at = key & Mask; ; at = (at + 1) & Mask)
        {
            var value = Values[at];
            if (value == 0 || Keys[at] == key)
            {
                return value;
            }
        }
    }

    /// <summary>The hash of a phrase that is one word longer.</summary>
    internal static uint Join(uint phrase, uint word) => (BitOperations.RotateLeft(phrase, 5) ^ word) * 0x9E3779B1u;

    private static void Add(Dictionary<uint, uint> entries, Cue cue, string phrase)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(phrase);
        var words = new WordReader(text);
        var key = 0u;
        var first = true;
        while (words.Next())
        {
            if (words.Kind is not (WordKind.Word or WordKind.Ideograph or WordKind.Number))
            {
                continue;
            }

            if (!first)
            {
                entries[key] = entries.GetValueOrDefault(key) | GoesOn;
            }

            key = first ? words.Hash : Join(key, words.Hash);
            first = false;
        }

        entries[key] = entries.GetValueOrDefault(key) | (1u << (int)cue);
    }
}
