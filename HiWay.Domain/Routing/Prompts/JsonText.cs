using System.Buffers.Text;

namespace HiWay.Domain.Routing.Prompts;

/// <summary>Opens the escapes of a JSON string's inside, as far as the window reaches.</summary>
internal static class JsonText
{
    /// <summary>Writes the text's beginning, and its end when it is longer than both windows together.</summary>
    /// <param name="json">The inside of a JSON string; escapes still in it.</param>
    /// <param name="into">At least <paramref name="head"/> + <paramref name="tail"/> + 1 bytes: opened text is never longer than escaped text.</param>
    /// <returns>Bytes written.</returns>
    internal static int Open(ReadOnlySpan<byte> json, int head, int tail, Span<byte> into)
    {
        if (json.Length <= head + tail)
        {
            return Unescape(json, into);
        }

        var written = Unescape(json[..SafeEnd(json, head)], into);
        into[written++] = (byte)'\n';
        return written + Unescape(json[SafeStart(json, json.Length - tail)..], into[written..]);
    }

    private static int Unescape(ReadOnlySpan<byte> json, Span<byte> into)
    {
        var written = 0;
        while (true)
        {
            var escape = json.IndexOf((byte)'\\');
            if (escape < 0)
            {
                json.CopyTo(into[written..]);
                return written + json.Length;
            }

            json[..escape].CopyTo(into[written..]);
            written += escape;
            json = json[escape..];
            if (json.Length < 2)
            {
                return written;
            }

            if (json[1] != (byte)'u')
            {
                into[written++] = json[1] switch { (byte)'n' => (byte)'\n', (byte)'t' => (byte)'\t', (byte)'r' => (byte)'\r', (byte)'b' or (byte)'f' => (byte)' ', var other => other };
                json = json[2..];
                continue;
            }

            if (json.Length < 6)
            {
                return written;
            }

            var code = Hex(json.Slice(2, 4));
            var used = 6;
            if (char.IsHighSurrogate((char)code) && json.Length >= 12 && json[6] == (byte)'\\' && json[7] == (byte)'u'
                && Hex(json.Slice(8, 4)) is var low && char.IsLowSurrogate((char)low))
            {
                code = char.ConvertToUtf32((char)code, (char)low);
                used = 12;
            }

            if (System.Text.Rune.TryCreate(code, out var rune))
            {
                written += rune.EncodeToUtf8(into[written..]);
            }

            json = json[used..];
        }
    }

    private static int Hex(ReadOnlySpan<byte> four) =>
        Utf8Parser.TryParse(four, out int code, out var consumed, 'X') && consumed == 4 ? code : 0;

    /// <summary>The nearest place at or before <paramref name="end"/> that splits neither an escape nor a character.</summary>
    private static int SafeEnd(ReadOnlySpan<byte> json, int end)
    {
        for (var at = end; at > end - 64 && at > 0; at--)
        {
            if (IsBoundary(json, at))
            {
                return at;
            }
        }

        return end;
    }

    private static int SafeStart(ReadOnlySpan<byte> json, int start)
    {
        for (var at = start; at < start + 64 && at < json.Length; at++)
        {
            if (IsBoundary(json, at))
            {
                return at;
            }
        }

        return start;
    }

    // A space or the first byte of a wide character is never inside an escape.
    private static bool IsBoundary(ReadOnlySpan<byte> json, int at) => json[at] is (byte)' ' or >= 0xC0;
}
