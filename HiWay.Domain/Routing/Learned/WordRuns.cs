namespace HiWay.Domain.Routing.Learned;

/// <summary>
/// Turns the stream of words into text features: each word, the beginning of each long one, each pair of neighbours, and each pair with one word between, as
/// 32-bit keys.
/// </summary>
internal struct WordRuns
{
    /// <summary>People say what they want first; later words tell what it is about.</summary>
    private const int OpeningWords = 8;

    /// <summary>Takes the place of a list mark, so that what follows it is a run of its own.</summary>
    private const uint Mark = 99;

    private uint _last;
    private uint _before;
    private int _words;

    /// <param name="stem">0 where the word is too short to have one.</param>
    internal void Word<TSink>(uint hash, uint stem, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        var share = _words++ < OpeningWords ? Share.Intent : Share.Domain;
        sink.Word(Key(1, hash), share);
        sink.RunsOfWord(new(Key(8, stem), stem != 0), new(Key(_last + 2, hash), _last != 0), new(Key(_before + 5, hash), _before != 0), share);

        (_before, _last) = (_last, hash);
    }

    internal void Symbol<TSink>(uint hash, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        sink.Run(Key(7, hash), Share.Code);
        _last = Key(6, hash);
    }

    /// <summary>The mark of a list item or an answer's option. Which marks a prompt uses is dress, so none is a feature.</summary>
    internal void ItemMark() => (_before, _last) = (0, Mark);

    /// <summary>What comes next does not follow the words so far.</summary>
    internal void Break() => (_before, _last) = (0, 0);

    internal static uint Key(uint a, uint b)
    {
        var hash = (a ^ (b * 0x85EBCA6Bu)) * 0x9E3779B1u;
        hash ^= hash >> 15;
        hash *= 0xC2B2AE35u;
        return hash ^ (hash >> 13);
    }
}
