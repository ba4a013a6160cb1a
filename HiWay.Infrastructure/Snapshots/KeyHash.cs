using System.Runtime.InteropServices;

namespace HiWay.Infrastructure.Snapshots;

/// <summary>The 32 bytes of a SHA-256 as a value, so that a look-up by a shown key allocates nothing.</summary>
internal readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static KeyHash From(ReadOnlySpan<byte> sha256)
    {
        if (sha256.Length != 32)
        {
            throw new ArgumentException($"A SHA-256 has 32 bytes, not {sha256.Length}.", nameof(sha256));
        }

        var words = MemoryMarshal.Cast<byte, ulong>(sha256);
        return new(words[0], words[1], words[2], words[3]);
    }

    // A hash's own bits are as good as any mix of them.
    public override int GetHashCode() => (int)A;
}
