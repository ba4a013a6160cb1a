using System.Buffers;
using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>
/// API keys and other secrets: by prefix (<see cref="KeyFormats"/> and the workspace's own list), by shape (JWT, private key block,
/// webhook) and, for values without a shape, by the name that they are assigned to.
/// </summary>
internal static class KeyRule
{
    internal const string PrivateKeyType = "private_key";

    // Every key has one of these in it; prose seldom does.
    private static readonly SearchValues<byte> s_signs = SearchValues.Create("0123456789_-"u8);

    /// <summary>Addresses that let anybody who has them write: host and path, slashes behind them, name of the finding.</summary>
    private static readonly (byte[] Host, int Slashes, string Type)[] s_webhooks =
    [
        ("hooks.slack.com/"u8.ToArray(), 3, "slack_webhook_url"),
        ("discord.com/api/webhooks/"u8.ToArray(), 1, "discord_webhook_url"),
        ("discordapp.com/api/webhooks/"u8.ToArray(), 1, "discord_webhook_url"),
    ];

    /// <summary>How such an address begins, without its scheme.</summary>
    internal static IEnumerable<string> WebhookHosts => s_webhooks.Select(webhook => Encoding.ASCII.GetString(webhook.Host));

    internal static void Scan(ReadOnlySpan<byte> text, IReadOnlyList<KeyFormat> own, ref List<PiiFinding>? found)
    {
        var at = 0;
        while (text[at..].IndexOfAny(s_signs) is var offset and >= 0)
        {
            var sign = at + offset;
            var start = sign;
            while (start > at && Bytes.IsWord(text[start - 1]))
            {
                start--;
            }

            var end = sign + 1;
            while (end < text.Length && Bytes.IsWord(text[end]))
            {
                end++;
            }

            at = end;
            if (Match(text, start, end, own) is { } finding)
            {
                PiiScanner.Add(ref found, finding);
                at = Math.Max(end, finding.End);
            }
        }

        // Formats that may be letters only.
        ScanLetters(text, "AKIA"u8, ref found);
        ScanLetters(text, "ASIA"u8, ref found);
        ScanLetters(text, "AIza"u8, ref found);
        foreach (var (host, slashes, type) in s_webhooks)
        {
            ScanWebhooks(text, host, slashes, type, ref found);
        }

        ConnectionRule.Scan(text, ref found);
        ConnectionString.Scan(text, ref found);
    }

    private static PiiFinding? Match(ReadOnlySpan<byte> text, int start, int end, IReadOnlyList<KeyFormat> own)
    {
        if (Bytes.At(text, end) == (byte)'~' && OfPrefix(text, start, own) is { } joined)
        {
            return joined;   // sha256~…
        }

        if (end - start < 8)
        {
            // Too short by itself, but base64 has slashes in it.
            return IsBase64Mark(Bytes.At(text, start - 1)) || IsBase64Mark(Bytes.At(text, end)) ? SecretContext.Match(text, start, end) : null;
        }

        if (text[start..end].StartsWith("-----BEGIN"u8))
        {
            return PrivateKey(text, start);
        }

        if (OfPrefix(text, start, own) is { } known)
        {
            return known;
        }

        // A prefix with dots in it: SG.…, dp.pt.…
        var dotted = start;
        for (var dots = 0; dots < 2 && Bytes.At(text, dotted - 1) == (byte)'.'; dots++)
        {
            dotted--;
            while (dotted > 0 && Bytes.IsAlnum(text[dotted - 1]))
            {
                dotted--;
            }

            if (OfPrefix(text, dotted, own) is { } outer)
            {
                return outer;
            }
        }

        // Words such as key--sk-… or a value glued to a mark before it.
        while (start < end && text[start] is (byte)'-' or (byte)'_')
        {
            start++;
            if (OfPrefix(text, start, own) is { } inner)
            {
                return inner;
            }
        }

        return text[start..end].StartsWith("ey"u8) && Jwt(text, start) is { } token ? token
            : TelegramBot(text, start, end) is { } bot ? bot
            : SecretContext.Match(text, start, end);
    }

    private static bool IsBase64Mark(byte b) => b is (byte)'/' or (byte)'+' or (byte)'.' or (byte)'!' or (byte)'@' or (byte)'#' or (byte)'$' or (byte)'&' or (byte)'*';

    private static PiiFinding? OfPrefix(ReadOnlySpan<byte> text, int start, IReadOnlyList<KeyFormat> own)
    {
        for (var i = 0; i < own.Count; i++)
        {
            if (OfFormat(text, start, own[i]) is { } finding)
            {
                return finding;
            }
        }

        foreach (var format in KeyFormats.StartingWith(Bytes.At(text, start)) ?? [])
        {
            if (OfFormat(text, start, format) is { } finding)
            {
                return finding;
            }
        }

        return null;
    }

    private static PiiFinding? OfFormat(ReadOnlySpan<byte> text, int start, KeyFormat format)
    {
        if (!text[start..].StartsWith(format.Prefix))
        {
            return null;
        }

        var body = start + format.Prefix.Length;
        var end = body;
        while (end < text.Length && format.Allows(text[end]))
        {
            end++;
        }

        if (format.Alphabet is KeyAlphabet.Dotted)
        {
            while (end > body && text[end - 1] == (byte)'.')
            {
                end--; // the sentence's own
            }
        }

        var value = text[body..end];
        return value.Length >= format.Least && value.Length <= format.Most
            && !Bytes.IsWord(Bytes.At(text, end))
            && (!format.DigitFirst || Bytes.IsDigit(value[0]))
            && (format.DotAt == 0 || value[format.DotAt] == (byte)'.')
            && IsRandom(value, format)
                ? new(start, end - start, PiiFamily.ApiKey, format.Type) : null;
    }

    /// <summary>Not a placeholder (xxxx, ****, your-key-here) and not words joined by hyphens (sk-circle-spinner-large).</summary>
    private static bool IsRandom(ReadOnlySpan<byte> value, KeyFormat format)
    {
        if (Bytes.Variety(value) < Math.Min(7, value.Length / 2))
        {
            return false;
        }

        if (format.Alphabet is not (KeyAlphabet.Word or KeyAlphabet.Dotted or KeyAlphabet.Base64))
        {
            return true;
        }

        var (digits, longest, run, upper, lower) = (0, 0, 0, 0, 0);
        foreach (var b in value)
        {
            upper += Bytes.IsUpper(b) ? 1 : 0;
            lower += Bytes.IsLetter(b) && !Bytes.IsUpper(b) ? 1 : 0;
            digits += Bytes.IsDigit(b) ? 1 : 0;
            run = Bytes.IsAlnum(b) ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return (digits > 0 || (upper > 4 && lower > 4)) && longest >= Math.Min(12, format.Least / 2);
    }

    private static void ScanLetters(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix, ref List<PiiFinding>? found)
    {
        var at = 0;
        while (text[at..].IndexOf(prefix) is var offset and >= 0)
        {
            var start = at + offset;
            at = start + prefix.Length;
            if (!Bytes.IsWord(Bytes.At(text, start - 1)) && OfPrefix(text, start, []) is { } finding && !HasSign(text[start..finding.End]))
            {
                PiiScanner.Add(ref found, finding);
                at = finding.End;
            }
        }
    }

    /// <summary>Then the first search has seen it.</summary>
    private static bool HasSign(ReadOnlySpan<byte> key) => key.IndexOfAny(s_signs) >= 0;

    /// <summary>From the BEGIN line to the END line, or as far as lines of base64 go when the end was cut off.</summary>
    private static PiiFinding? PrivateKey(ReadOnlySpan<byte> text, int start)
    {
        var head = text.Slice(start, Math.Min(80, text.Length - start));
        var close = head[10..].IndexOf("-----"u8);
        if (close < 0 || !head[..(10 + close)].EndsWith("PRIVATE KEY"u8) && !head[..(10 + close)].EndsWith("PRIVATE KEY BLOCK"u8))
        {
            return null;
        }

        var body = start + 10 + close + 5;
        const int LongestKey = 32 * 1024;
        var tail = text.Slice(body, Math.Min(LongestKey, text.Length - body)).IndexOf("-----END"u8);
        if (tail >= 0)
        {
            var last = text[(body + tail + 8)..].IndexOf("-----"u8);
            var end = last is >= 0 and < 60 ? body + tail + 8 + last + 5 : body + tail + 8;
            return new(start, end - start, PiiFamily.ApiKey, PrivateKeyType);
        }

        var at = body;
        while (at < text.Length && (Bytes.IsAlnum(text[at]) || text[at] is (byte)'+' or (byte)'/' or (byte)'=' or (byte)'\n' or (byte)'\r' or (byte)'\\'))
        {
            at++;
        }

        return new(start, at - start, PiiFamily.ApiKey, PrivateKeyType);
    }

    /// <summary>Three base64url parts; the first two are JSON objects and so begin with ey.</summary>
    private static PiiFinding? Jwt(ReadOnlySpan<byte> text, int start)
    {
        var at = start;
        for (var part = 0; part < 3; part++)
        {
            var from = at;
            while (at < text.Length && Bytes.IsWord(text[at]))
            {
                at++;
            }

            if (at - from < 10 || (part < 2 && (!text[from..].StartsWith("ey"u8) || Bytes.At(text, at) != (byte)'.')))
            {
                return null;
            }

            at += part < 2 ? 1 : 0;
        }

        return new(start, at - start, PiiFamily.ApiKey, "jwt");
    }

    /// <summary>A bot's number, a colon and 35 characters of which the first two are AA (core.telegram.org/bots/features, "bot token").</summary>
    private static PiiFinding? TelegramBot(ReadOnlySpan<byte> text, int start, int end)
    {
        if (end - start is < 8 or > 10 || text[start..end].ContainsAnyExceptInRange((byte)'0', (byte)'9') || !text[end..].StartsWith(":AA"u8))
        {
            return null;
        }

        var last = end + 1;
        while (last < text.Length && Bytes.IsWord(text[last]))
        {
            last++;
        }

        const int SecretLength = 35;
        return last - end - 1 == SecretLength ? new(start, last - start, PiiFamily.ApiKey, "telegram_bot_token") : null;
    }

    private static void ScanWebhooks(ReadOnlySpan<byte> text, ReadOnlySpan<byte> host, int leastSlashes, string type, ref List<PiiFinding>? found)
    {
        var at = 0;
        while (text[at..].IndexOf(host) is var offset and >= 0)
        {
            var start = at + offset;
            var end = start + host.Length;
            var slashes = 0;
            while (end < text.Length && (Bytes.IsWord(text[end]) || text[end] == (byte)'/'))
            {
                slashes += text[end++] == (byte)'/' ? 1 : 0;
            }

            at = end;
            if (slashes >= leastSlashes && end - start > host.Length + 30)
            {
                start -= text[..start].EndsWith("https://"u8) ? 8 : 0;
                PiiScanner.Add(ref found, new(start, end - start, PiiFamily.ApiKey, type));
            }
        }
    }
}
