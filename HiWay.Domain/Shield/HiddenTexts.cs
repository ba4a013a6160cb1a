using System.Text;

namespace HiWay.Domain.Shield;

/// <summary>Texts inside a text: encoded, spelt, reversed, rotated. Looks only where there is a sign of it.</summary>
internal static class HiddenTexts
{
    private const int Most = 6;
    private const int LongestBytes = 16 * 1024;

    // Frequent words of attacks; a rotated or reversed text that has two of them was meant to be turned back.
    private static readonly string[] s_telltales =
        ["ignore", "instruction", "previous", "system", "prompt", "password", "secret", "reveal", "print", "restrict", "hidden", " you ", " the ", " and ", " all ", " what ", "how to"];

    /// <summary>The texts that were found, raw; at most a few.</summary>
    internal static List<(string Text, Disguise How)>? Find(ReadOnlySpan<byte> utf8, in ShieldText folded)
    {
        List<(string, Disguise)>? found = null;
        if (folded.Tagged is { Length: > 3 } tagged)
        {
            (found ??= []).Add((tagged, Disguise.Tags));
        }

        if (folded.LeetWords >= 2)
        {
            (found ??= []).Add((Unleet(folded.Chars), Disguise.Leetspeak));
        }

        if (folded.SpacedRun >= 6)
        {
            (found ??= []).Add((Unspace(utf8), Disguise.Spaced));
        }

        FindRuns(utf8, ref found);
        if (utf8.IndexOf("\\u00"u8) >= 0)
        {
            (found ??= []).Add((Unescape(utf8), Disguise.Encoded));
        }

        if (utf8.Count((byte)'%') >= 6 && utf8.IndexOf("%20"u8) >= 0)
        {
            (found ??= []).Add((Uri.UnescapeDataString(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, LongestBytes)])), Disguise.Encoded));
        }

        if (folded.Chars.Length < 4096)
        {
            FindTurned(folded.Chars, ref found);
        }

        return found;
    }

    /// <summary>Long runs of base64 or hex that decode to readable text.</summary>
    private static void FindRuns(ReadOnlySpan<byte> utf8, ref List<(string, Disguise)>? found)
    {
        const int Shortest = 20;
        var at = 0;
        while (at < utf8.Length && (found?.Count ?? 0) < Most)
        {
            var start = at;
            while (at < utf8.Length && IsBase64(utf8[at]))
            {
                at++;
            }

            if (at - start >= Shortest)
            {
                var run = utf8[start..Math.Min(at, start + LongestBytes)];
                if ((Hex(run) ?? Base64(run)) is { } text)
                {
                    (found ??= []).Add((text, Disguise.Encoded));
                }
            }

            at++;
        }

        if (utf8.IndexOf("0110"u8) >= 0 && Binary(utf8) is { } binary)
        {
            (found ??= []).Add((binary, Disguise.Encoded));
        }

        // Bytes in hex with blanks between: 57 68 61 74
        if ((found?.Count ?? 0) < Most && SpacedHex(utf8) is { } spaced)
        {
            (found ??= []).Add((spaced, Disguise.Encoded));
        }
    }

    /// <summary>Bytes as eights of 0 and 1.</summary>
    private static string? Binary(ReadOnlySpan<byte> utf8)
    {
        var bytes = new List<byte>();
        for (var i = 0; i + 8 <= utf8.Length && bytes.Count < 2048; i++)
        {
            var eight = utf8.Slice(i, 8);
            if (eight.IndexOfAnyExcept("01"u8) < 0)
            {
                var value = 0;
                foreach (var bit in eight)
                {
                    value = (value << 1) | (bit - '0');
                }

                bytes.Add((byte)value);
                i += 7;
            }
            else if (utf8[i] is not ((byte)' ' or (byte)'\n') && bytes.Count is > 0 and < 6)
            {
                bytes.Clear();
            }
        }

        return bytes.Count >= 6 ? Readable(bytes.ToArray()) : null;
    }

    private static string? Base64(ReadOnlySpan<byte> run)
    {
        Span<char> chars = stackalloc char[Math.Min(run.Length, 1024)];
        run = run[..chars.Length];
        var length = 0;
        foreach (var b in run)
        {
            if (b != (byte)'=')
            {
                chars[length++] = b switch { (byte)'-' => '+', (byte)'_' => '/', _ => (char)b };
            }
        }

        Span<byte> bytes = stackalloc byte[1024];
        return Convert.TryFromBase64Chars(chars[..(length & ~3)], bytes, out var written) ? Readable(bytes[..written]) : null;
    }

    private static string? Hex(ReadOnlySpan<byte> run)
    {
        run = run.StartsWith("0x"u8) ? run[2..] : run;
        foreach (var b in run)
        {
            if (!char.IsAsciiHexDigit((char)b))
            {
                return null;
            }
        }

        return run.Length % 2 == 0 ? Readable(Convert.FromHexString(Encoding.ASCII.GetString(run))) : null;
    }

    private static string? SpacedHex(ReadOnlySpan<byte> utf8)
    {
        var bytes = new List<byte>();
        for (var i = 0; i + 1 < utf8.Length; i++)
        {
            if (char.IsAsciiHexDigit((char)utf8[i]) && char.IsAsciiHexDigit((char)utf8[i + 1])
                && (i == 0 || !char.IsAsciiLetterOrDigit((char)utf8[i - 1])) && (i + 2 >= utf8.Length || !char.IsAsciiLetterOrDigit((char)utf8[i + 2])))
            {
                bytes.Add(Convert.ToByte(Encoding.ASCII.GetString(utf8.Slice(i, 2)), 16));
                i += 2;
            }
            else if (bytes.Count is > 0 and < 8)
            {
                bytes.Clear();
            }
            else if (bytes.Count >= 8)
            {
                break;
            }
        }

        return bytes.Count >= 8 ? Readable(bytes.ToArray()) : null;
    }

    /// <summary>The text when nearly all of it can be read and it has letters and a blank.</summary>
    private static string? Readable(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 8)
        {
            return null;
        }

        var (good, blanks) = (0, 0);
        foreach (var b in bytes)
        {
            good += b is >= 0x20 and < 0x7F or (byte)'\n' or (byte)'\t' or (byte)'\r' || b >= 0xC2 ? 1 : 0;
            blanks += b == (byte)' ' ? 1 : 0;
        }

        return good >= bytes.Length * 0.95 && (blanks > 0 || bytes.Length < 16) ? Encoding.UTF8.GetString(bytes) : null;
    }

    private static string Unleet(ReadOnlySpan<char> folded)
    {
        var text = folded.ToString().ToCharArray();
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = text[i] switch { '0' => 'o', '1' => 'i', '3' => 'e', '4' => 'a', '5' => 's', '7' => 't', '@' => 'a', '$' => 's', var other => other };
        }

        return new(text);
    }

    /// <summary>Joins single letters; two blanks or more, or a slash, part words.</summary>
    private static string Unspace(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, LongestBytes)]);
        var joined = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var single = text[i] is ' ' or '-' or '.' or '_' && i > 0 && i + 1 < text.Length && char.IsLetterOrDigit(text[i - 1]) && char.IsLetterOrDigit(text[i + 1])
                && (i < 2 || !char.IsLetterOrDigit(text[i - 2])) && (i + 2 >= text.Length || !char.IsLetterOrDigit(text[i + 2]));
            if (!single)
            {
                joined.Append(text[i]);
            }
        }

        return joined.ToString();
    }

    private static string Unescape(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, LongestBytes)]);
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 5 < text.Length && text[i + 1] == 'u' && ushort.TryParse(text.AsSpan(i + 2, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code))
            {
                plain.Append((char)code);
                i += 5;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }

    private static void FindTurned(ReadOnlySpan<char> folded, ref List<(string, Disguise)>? found)
    {
        // A cheap sign first: the tell-tale words, turned, are rare in any language.
        if (folded.IndexOf("erongi") >= 0 || folded.IndexOf("noitcurtsni") >= 0 || folded.IndexOf("tpmorp") >= 0 || folded.IndexOf("metsys") >= 0 || folded.IndexOf(" uoy ") >= 0 || folded.IndexOf(" eht ") >= 0)
        {
            var reversed = folded.ToString().ToCharArray();
            Array.Reverse(reversed);
            Take(new string(reversed), Disguise.Reversed, ref found);
        }

        for (var turn = 1; turn < 26; turn++)
        {
            // "the " or "you " under a Caesar shift; ROT13 is one of them.
            if (Shifted(folded, turn, " the ") || Shifted(folded, turn, " you ") || Shifted(folded, turn, "ignore") || Shifted(folded, turn, "prompt"))
            {
                Take(Turn(folded, 26 - turn), Disguise.Rotated, ref found);
                return;
            }
        }
    }

    private static bool Shifted(ReadOnlySpan<char> text, int turn, string word)
    {
        Span<char> shifted = stackalloc char[word.Length];
        for (var i = 0; i < word.Length; i++)
        {
            shifted[i] = word[i] is >= 'a' and <= 'z' ? (char)('a' + ((word[i] - 'a' + turn) % 26)) : word[i];
        }

        return text.IndexOf(shifted, StringComparison.Ordinal) >= 0;
    }

    private static string Turn(ReadOnlySpan<char> text, int turn)
    {
        var turned = text.ToString().ToCharArray();
        for (var i = 0; i < turned.Length; i++)
        {
            turned[i] = turned[i] is >= 'a' and <= 'z' ? (char)('a' + ((turned[i] - 'a' + turn) % 26)) : turned[i];
        }

        return new(turned);
    }

    private static void Take(string text, Disguise how, ref List<(string, Disguise)>? found)
    {
        var hits = 0;
        foreach (var word in s_telltales)
        {
            hits += text.Contains(word, StringComparison.Ordinal) ? 1 : 0;
        }

        if (hits >= 2)
        {
            (found ??= []).Add((text, how));
        }
    }

    private static bool IsBase64(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'+' or (byte)'/' or (byte)'=' or (byte)'_' or (byte)'-';
}
