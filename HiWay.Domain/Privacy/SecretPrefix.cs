using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>Whether the end of a text that still grows may be the beginning of a secret.</summary>
public static class SecretPrefix
{
    /// <summary>A word of so many characters may be a secret that no prefix announces.</summary>
    private const int Long = 16;

    /// <summary>As far back as a name or the beginning of an address or of a key block can stand.</summary>
    private const int Reach = 400;

    /// <summary>Digits of a Telegram bot's number.</summary>
    private const int LeastBotDigits = 8;
    private const int MostBotDigits = 10;

    private static readonly string[] s_prefixes = [.. KeyFormats.All.Where(format => !format.IsCommon).Select(format => Encoding.ASCII.GetString(format.Prefix)), "-----BEGIN", "eyJ", .. KeyRule.WebhookHosts.SelectMany(host => new[] { host, "https://" + host })];

    private static readonly string[] s_common = [.. KeyFormats.All.Where(format => format.IsCommon).Select(format => Encoding.ASCII.GetString(format.Prefix))];

    /// <summary>Characters at the end to wait with; 0 when nothing there can become a secret.</summary>
    /// <param name="most">At most so many; what is before has gone out.</param>
    public static int LengthOfTail(string text, int most)
    {
        var keep = Math.Max(LastWord(text), Math.Max(OpenPassword(text), OpenKeyBlock(text)));
        return Math.Min(keep, most);
    }

    /// <summary>How far back a token in three parts (a JWT) begins that is not whole yet, which alone may be longer than any other secret; 0 when none does.</summary>
    public static int LengthOfOpenToken(string text)
    {
        var start = text.Length;
        while (start > 0 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '_' or '-' or '.'))
        {
            start--;
        }

        // Words joined to it by a mark of its own alphabet may stand before it.
        var token = text.AsSpan(start);
        var begin = token.StartsWith("ey", StringComparison.Ordinal) ? 0 : token.IndexOfAny(".-_") is >= 0 and var mark && token[mark..].IndexOf("ey", StringComparison.Ordinal) is >= 0 and var offset ? mark + offset : -1;
        return begin < 0 ? 0 : token.Length - begin;
    }

    /// <summary>
    /// Whether with what comes next a finding may be another value, or none. Dots at the end of a text are the sentence's own; with more
    /// behind them they are the value's. A private key is one from its first line on.
    /// </summary>
    /// <param name="behind">The text behind it so far.</param>
    public static bool MayBecomeOther(PiiFinding finding, ReadOnlySpan<byte> behind) => finding.Type != KeyRule.PrivateKeyType && !behind.ContainsAnyExcept((byte)'.');

    /// <summary>The length of the last word, if it may be a secret or the beginning of one.</summary>
    private static int LastWord(string text)
    {
        var start = text.Length;
        while (start > 0 && IsToken(text[start - 1]))
        {
            start--;
        }

        var run = text.AsSpan(start);
        if (run.IsEmpty)
        {
            return 0;
        }

        var wait = run.Length >= Long || MayBegin(run) || MayBegin(run.TrimStart("-_./+=:!@#$%^&*")) || IsNamed(text, start) || AfterMark(text, start);
        return wait ? run.Length : 0;
    }

    /// <summary>The part behind a mark: key=sk-…, password=…, /sk-…</summary>
    private static bool AfterMark(string text, int start)
    {
        for (var mark = start; mark < text.Length - 1; mark++)
        {
            if (!char.IsAsciiLetterOrDigit(text[mark]) && text[mark] is not ('_' or '-' or '.') && (MayBegin(text.AsSpan(mark + 1)) || IsNamed(text, mark + 1)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool MayBegin(ReadOnlySpan<char> run)
    {
        foreach (var prefix in s_prefixes)
        {
            if (run.StartsWith(prefix, StringComparison.Ordinal) || (!run.IsEmpty && prefix.AsSpan().StartsWith(run, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        foreach (var prefix in s_common)
        {
            // What ends in a mark is hardly a word any more; behind letters only a word that no dictionary has is waited for.
            if (run.StartsWith(prefix, StringComparison.Ordinal)
                && (!char.IsAsciiLetter(prefix[^1]) || run[prefix.Length..].ContainsAnyInRange('0', '9') || run[prefix.Length..].ContainsAnyInRange('A', 'Z')))
            {
                return true;
            }
        }

        return IsBot(run);
    }

    private static bool IsBot(ReadOnlySpan<char> run)
    {
        var digits = run.IndexOfAnyExceptInRange('0', '9');
        return digits < 0 ? run.Length is > 0 and <= MostBotDigits : digits is >= LeastBotDigits and <= MostBotDigits && run[digits] == ':';
    }

    private static bool IsNamed(string text, int start) =>
        SecretContext.IsNamed(Encoding.UTF8.GetBytes(text[Math.Max(0, start - 80)..start]));

    /// <summary>The password of an address or a connection string, as long as its @ or ; may come.</summary>
    private static int OpenPassword(string text)
    {
        var end = text.AsSpan(Math.Max(0, text.Length - Reach));
        var inAddress = end.Contains("://", StringComparison.Ordinal);
        var inPairs = end.Contains(';') && end.Contains('=');
        if (!inAddress && !inPairs)
        {
            return 0;
        }

        var bytes = Encoding.UTF8.GetBytes(end.ToArray());
        return Math.Max(inAddress ? CharsFrom(bytes, ConnectionRule.Open(bytes)) : 0, inPairs ? CharsFrom(bytes, ConnectionString.Open(bytes)) : 0);
    }

    private static int CharsFrom(ReadOnlySpan<byte> bytes, int start) => start < 0 ? 0 : Encoding.UTF8.GetCharCount(bytes[start..]);

    /// <summary>The first line of a key block, of which only its end says what is in it.</summary>
    private static int OpenKeyBlock(string text)
    {
        const int LongestLine = 80;
        var line = text.AsSpan(Math.Max(0, text.Length - LongestLine));
        var start = line.LastIndexOf("-----BEGIN", StringComparison.Ordinal);
        return start >= 0 && !line[(start + "-----BEGIN".Length)..].Contains("-----", StringComparison.Ordinal) ? line.Length - start : 0;
    }

    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || "_-./+=:~!@#$%^&*".Contains(c, StringComparison.Ordinal);
}
