using System.Buffers.Binary;
using System.Security.Cryptography;

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

    /// <param name="json">The text as its JSON string holds it.</param>
    /// <param name="wide">Looked at for attacks and personal data too, not for secrets alone.</param>
    public bool Holds(ReadOnlySpan<byte> json, bool wide, out (ulong High, ulong Low) digest)
    {
        Span<byte> sha256 = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(json, sha256);
        var high = BinaryPrimitives.ReadUInt64LittleEndian(sha256);

        // Looked at both ways, as when an assistant repeats its user, a text has two places.
        digest = (wide ? ~high : high, BinaryPrimitives.ReadUInt64LittleEndian(sha256[8..]));
        var place = (int)(digest.High % Places);
        return Volatile.Read(ref _high[place]) == digest.High && Volatile.Read(ref _low[place]) == digest.Low;
    }

    /// <summary>Remembers a text in which nothing was found.</summary>
    public void Add((ulong High, ulong Low) digest)
    {
        var place = (int)(digest.High % Places);
        Volatile.Write(ref _high[place], digest.High);
        Volatile.Write(ref _low[place], digest.Low);
    }
}
