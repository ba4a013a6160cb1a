namespace HiWay.Domain.Shield;

/// <summary>
/// Texts in which nothing was found lately. A conversation sends its whole history with every turn, and an application the same
/// instructions with every call; each is looked at once. Bounded: a new text takes the place of an old one.
/// </summary>
/// <remarks>Safe for several threads. A half-written place matches no text, because both halves of its digest are compared.</remarks>
public sealed class CleanTexts
{
    private const int Places = 1 << 16;   // 1 MiB

    private readonly ulong[] _high = new ulong[Places];
    private readonly ulong[] _low = new ulong[Places];

    public bool Holds(TextDigest digest)
    {
        var place = (int)(digest.High % Places);
        return Volatile.Read(ref _high[place]) == digest.High && Volatile.Read(ref _low[place]) == digest.Low;
    }

    /// <summary>Remembers a text in which nothing was found.</summary>
    public void Add(TextDigest digest)
    {
        var place = (int)(digest.High % Places);
        Volatile.Write(ref _high[place], digest.High);
        Volatile.Write(ref _low[place], digest.Low);
    }
}
