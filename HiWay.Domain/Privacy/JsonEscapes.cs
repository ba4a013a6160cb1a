using System.Globalization;
using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>Escapes in a JSON text that comes in pieces: a tool call's arguments.</summary>
public static class JsonEscapes
{
    private const int CodeLength = 6;

    /// <summary>How many characters the escape has that a text begins with; 0 when the text ends before the escape does.</summary>
    public static int LengthAt(ReadOnlySpan<char> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        if (text[1] != 'u')
        {
            return 2;
        }

        var digits = text[2..Math.Min(CodeLength, text.Length)];
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit(digit))
            {
                return 2;   // no JSON; the u is one like any other
            }
        }

        return text.Length < CodeLength ? 0 : CodeLength;
    }

    /// <summary>What a whole escape stands for.</summary>
    public static char Read(ReadOnlySpan<char> escape) => escape[1] switch
    {
        'u' when escape.Length == CodeLength => (char)ushort.Parse(escape[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\b',
        'f' => '\f',
        var itself => itself,
    };

    /// <summary>The text without its escapes; one that is cut off at the end is left out.</summary>
    /// <param name="starts">Where each of its characters begins in <paramref name="text"/>.</param>
    public static string Unescape(string text, List<int> starts)
    {
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var length = text[at] == '\\' ? LengthAt(text.AsSpan(at)) : 1;
            if (length == 0)
            {
                break;
            }

            starts.Add(at);
            plain.Append(length == 1 ? text[at] : Read(text.AsSpan(at, length)));
            at += length;
        }

        return plain.ToString();
    }
}
