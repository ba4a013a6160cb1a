using System.Runtime.CompilerServices;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Digests of secrets that led to a key, by the very object in which they were shown. For as long as a client sends the same
/// <c>Authorization</c>, its connection hands over the same string, and to hash that again was a fortieth of a call.
/// </summary>
/// <remarks>
/// Found by identity and not by content, so that no text can ever be taken for another. What a digest is good for is asked at every call.
/// Holds the last two thousand at most, as <see cref="Slots"/> says; one that another pushed out is hashed again.
/// </remarks>
internal sealed class SeenHeaders
{
    private const int Slots = 2048;

    private readonly Seen?[] _seen = new Seen?[Slots];

    /// <summary>The digest that was kept for this object; null when there is none.</summary>
    public byte[]? DigestOf(string header) => _seen[SlotOf(header)] is { } seen && ReferenceEquals(seen.Header, header) ? seen.Digest : null;

    public void Keep(string header, ReadOnlySpan<byte> digest) => _seen[SlotOf(header)] = new(header, digest.ToArray());

    private static int SlotOf(string header) => RuntimeHelpers.GetHashCode(header) & (Slots - 1);

    /// <summary>No record, whose text would show the secret.</summary>
    private sealed class Seen(string header, byte[] digest)
    {
        public string Header => header;

        public byte[] Digest => digest;
    }
}
