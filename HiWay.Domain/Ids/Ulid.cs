using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HiWay.Domain.Ids;

/// <summary>
/// A 128-bit id that sorts by creation time: 48 bits of Unix milliseconds, then 80 random bits, written as 26
/// characters of Crockford base 32 (https://github.com/ulid/spec).
/// </summary>
public static class Ulid
{
    /// <summary>Characters of one ULID without a prefix.</summary>
    public const int TextLength = 26;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private const int RandomBytes = 10;

    // The generator's price is the asking, not the bytes; so each thread asks for those of many ids at once.
    [ThreadStatic]
    private static byte[]? t_random;

    [ThreadStatic]
    private static int t_used;

    /// <summary>A new id such as <c>req_01JD…</c>.</summary>
    /// <param name="prefix">What the id names, without the underscore: <c>ws</c>, <c>key</c>, <c>req</c>.</param>
    /// <param name="at">The instant that the id starts with.</param>
    public static string New(string prefix, DateTimeOffset at)
    {
        var random = NextRandom();
        var high = BinaryPrimitives.ReadUInt16BigEndian(random);
        var low = BinaryPrimitives.ReadUInt64BigEndian(random[2..]);
        var value = new UInt128((ulong)at.ToUnixTimeMilliseconds() << 16 | high, low);
        return string.Create(prefix.Length + 1 + TextLength, (prefix, value), static (text, state) =>
        {
            state.prefix.CopyTo(text);
            text[state.prefix.Length] = '_';
            var rest = state.value;
            for (var i = text.Length - 1; i > state.prefix.Length; i--)
            {
                text[i] = Alphabet[(int)(rest & 31)];
                rest >>= 5;
            }
        });
    }

    private static ReadOnlySpan<byte> NextRandom()
    {
        var random = t_random ??= new byte[64 * RandomBytes];
        if (t_used % random.Length == 0)
        {
            RandomNumberGenerator.Fill(random);
            t_used = 0;
        }

        t_used += RandomBytes;
        return random.AsSpan(t_used - RandomBytes, RandomBytes);
    }

    /// <summary>The instant an id was made, to the millisecond; null when the text is no prefixed ULID.</summary>
    public static DateTimeOffset? TimeOf(string id)
    {
        var start = id.LastIndexOf('_') + 1;
        if (id.Length - start != TextLength)
        {
            return null;
        }

        long milliseconds = 0;
        for (var i = start; i < start + 10; i++)
        {
            var digit = Alphabet.IndexOf(id[i], StringComparison.Ordinal);
            if (digit < 0)
            {
                return null;
            }

            milliseconds = milliseconds << 5 | (long)digit;
        }

        // 10 digits hold 50 bits, two more than the time has, and the time reaches further than a calendar does.
        return milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }
}
