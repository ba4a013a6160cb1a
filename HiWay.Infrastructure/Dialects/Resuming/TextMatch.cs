using System.Globalization;
using System.Text;

namespace HiWay.Infrastructure.Dialects.Resuming;

/// <summary>Follows a text that comes in pieces along one that is expected, however each side escapes it.</summary>
/// <param name="expected">What the pieces must begin with.</param>
/// <param name="optional">The pieces may also begin with what comes after it; for white space that was cut off a prefill.</param>
internal sealed class TextMatch(string expected, bool optional)
{
    private int _at;
    private bool _over = expected.Length == 0;

    /// <summary>The pieces have gone past what was expected; all that comes is new.</summary>
    public bool IsOver => _over;

    public bool Optional => optional;

    /// <summary>A piece said something else than expected.</summary>
    public bool Failed { get; private set; }

    /// <summary>What of a piece is new.</summary>
    /// <param name="json">The inside of a JSON string; its end may be half a surrogate pair.</param>
    public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> json)
    {
        Span<char> one = stackalloc char[2];
        while (!_over && !Failed && json.Length > 0)
        {
            var (chars, bytes) = First(json, one);
            for (var i = 0; i < chars; i++)
            {
                if (_at < expected.Length && expected[_at] == one[i])
                {
                    _at++;
                }
                else if (optional)
                {
                    _over = true;
                    return json;
                }
                else
                {
                    Failed = true;
                    return default;
                }
            }

            json = json[bytes..];
            _over = _at == expected.Length;
        }

        return Failed ? default : json;
    }

    /// <summary>The first character, as one or two UTF-16 units, and the bytes that it takes.</summary>
    private static (int Chars, int Bytes) First(ReadOnlySpan<byte> json, Span<char> to)
    {
        if (json[0] != (byte)'\\')
        {
            Rune.DecodeFromUtf8(json, out var rune, out var consumed);
            return (rune.EncodeToUtf16(to), consumed);
        }

        if (json is [_, (byte)'u', ..] && json.Length >= 6
            && ushort.TryParse(json[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
        {
            to[0] = (char)unit;
            return (1, 6);
        }

        to[0] = json.Length < 2 ? '\\' : json[1] switch
        {
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            var same => (char)same,
        };
        return (1, Math.Min(2, json.Length));
    }
}
