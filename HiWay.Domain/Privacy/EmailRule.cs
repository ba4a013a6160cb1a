using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>
/// E-mail addresses: a local part of up to 64 characters or a quoted string, <c>@</c>, and a domain with a dot and a top level of
/// letters. Not an address: package@version, user:password@host in a URL, git@host:path, name@2x.png.
/// </summary>
internal static class EmailRule
{
    private const int MaxLocal = 128; // bytes; 64 characters
    private const int MaxDomain = 253;

    internal static void Scan(ReadOnlySpan<byte> text, ref List<PiiFinding>? found)
    {
        var from = 0;
        while (text[from..].IndexOf((byte)'@') is var offset and >= 0)
        {
            var at = from + offset;
            from = at + 1;
            if (Match(text, at, out var start, out var end))
            {
                PiiScanner.Add(ref found, new(start, end - start, PiiFamily.Email, "email"));
                from = end;
            }
        }

        ScanEncoded(text, ref found);
    }

    /// <summary>Addresses in query strings, where the @ is %40 and the plus sign %2B.</summary>
    private static void ScanEncoded(ReadOnlySpan<byte> text, ref List<PiiFinding>? found)
    {
        var from = 0;
        while (text[from..].IndexOf("%40"u8) is var offset and >= 0)
        {
            var at = from + offset;
            from = at + 3;
            var start = LocalStart(text, at);
            var end = start < 0 || InUserInfo(text, start) ? -1 : DomainEnd(text, at + 3);
            if (end >= 0)
            {
                PiiScanner.Add(ref found, new(start, end - start, PiiFamily.Email, "email"));
                from = end;
            }
        }
    }

    private static bool Match(ReadOnlySpan<byte> text, int at, out int start, out int end)
    {
        end = 0;
        start = LocalStart(text, at);
        if (start < 0 || Bytes.At(text, start - 1) == (byte)'@' || InUserInfo(text, start))
        {
            return false;
        }

        end = DomainEnd(text, at + 1);
        if (end < 0 || Bytes.At(text, end) == (byte)'@')
        {
            return false;
        }

        // user@host:/path is a remote file, git@host:owner/name a repository.
        var next = Bytes.At(text, end);
        return next != (byte)':'
            || !(Bytes.At(text, end + 1) is (byte)'/' or (byte)'~' || (text[start..at].SequenceEqual("git"u8) && Bytes.IsAlnum(Bytes.At(text, end + 1))));
    }

    private static int LocalStart(ReadOnlySpan<byte> text, int at)
    {
        if (Bytes.At(text, at - 1) == (byte)'"')
        {
            return QuotedStart(text, at - 1);
        }

        var start = at;
        while (start > 0 && at - start < MaxLocal)
        {
            var b = text[start - 1];
            if (b < 0x80)
            {
                if (!IsLocal(b) || (b == (byte)'.' && start < text.Length && text[start] == (byte)'.'))
                {
                    break;
                }

                start--;
            }
            else if (Bytes.WideLetterBefore(text, start) is var wide and >= 0)
            {
                start = wide;
            }
            else
            {
                break;
            }
        }

        // Marks around an address (asterisks, quotation marks, the dots of an ellipsis) are not part of it.
        while (start < at && text[start] < 0x80 && !Bytes.IsAlnum(text[start]) && text[start] != (byte)'_')
        {
            start++;
        }

        return start < at && text[at - 1] != (byte)'.' ? start : -1;
    }

    private static int QuotedStart(ReadOnlySpan<byte> text, int closing)
    {
        for (var i = closing - 1; i >= Math.Max(0, closing - MaxLocal); i--)
        {
            if (text[i] is (byte)'\n' or (byte)'<' or (byte)'>' or (byte)'{' or (byte)'}' or (byte)':')
            {
                return -1;
            }

            if (text[i] == (byte)'"')
            {
                return i < closing - 1 && !Bytes.IsAlnum(Bytes.At(text, i - 1)) ? i : -1;
            }
        }

        return -1;
    }

    // What else RFC 5322 allows (= & / ? { | } `) stands around addresses far more often than in them.
    private static bool IsLocal(byte b) =>
        Bytes.IsAlnum(b) || b is (byte)'.' or (byte)'_' or (byte)'%' or (byte)'+' or (byte)'-' or (byte)'\'' or (byte)'!' or (byte)'#' or (byte)'$' or (byte)'*' or (byte)'^' or (byte)'~';

    /// <summary>scheme://user:password@host.</summary>
    private static bool InUserInfo(ReadOnlySpan<byte> text, int start)
    {
        for (var i = start - 1; i >= Math.Max(2, start - 200); i--)
        {
            var b = text[i];
            if (b == (byte)'/')
            {
                return text[i - 1] == (byte)'/' && text[i - 2] == (byte)':';
            }

            if (b is <= (byte)' ' or (byte)'"' or (byte)'?' or (byte)'#' or (byte)'<' or (byte)'>' or (byte)'(' or (byte)',')
            {
                return false;
            }
        }

        return false;
    }

    private static int DomainEnd(ReadOnlySpan<byte> text, int start)
    {
        var end = -1;
        var labels = 0;
        var at = start;
        while (at < text.Length && at - start < MaxDomain)
        {
            var labelStart = at;
            var letters = true;
            while (at < text.Length)
            {
                if (text[at] >= 0x80)
                {
                    if (Bytes.WideLetterAfter(text, at) is var wide and >= 0)
                    {
                        at = wide;
                        continue;
                    }

                    break;
                }

                if (!Bytes.IsAlnum(text[at]) && text[at] != (byte)'-')
                {
                    break;
                }

                letters &= Bytes.IsLetter(text[at]);
                at++;
            }

            var label = text[labelStart..at];
            if (label.IsEmpty || label.Length > 63 || label[0] == (byte)'-')
            {
                break;
            }

            var trimmed = label.TrimEnd((byte)'-');
            labels++;
            if (labels > 1 && trimmed.Length >= 2 && ((letters && trimmed.Length == label.Length) || trimmed.StartsWith("xn--"u8) || IsLetters(trimmed)) && !IsFileName(trimmed))
            {
                end = labelStart + trimmed.Length;
            }

            if (trimmed.Length != label.Length || Bytes.At(text, at) != (byte)'.')
            {
                break;
            }

            at++;
        }

        // A name that goes on behind its last sound label (react@18.x.1, a@2x.png) is no domain unless what follows is the sentence's.
        return end >= 0 && end < at - 1 && Bytes.At(text, end) == (byte)'.' && IsFileName(LastLabel(text[end..at])) ? -1 : end;
    }

    private static ReadOnlySpan<byte> LastLabel(ReadOnlySpan<byte> rest) => rest[(rest.LastIndexOf((byte)'.') + 1)..];

    private static bool IsLetters(ReadOnlySpan<byte> label)
    {
        foreach (var b in label)
        {
            if (b < 0x80 && !Bytes.IsLetter(b))
            {
                return false;
            }
        }

        return true;
    }

    // None of these is a top-level domain.
    private static bool IsFileName(ReadOnlySpan<byte> label) =>
        label.Length <= 5 && Encoding.ASCII.GetString(label).ToLowerInvariant() is "png" or "jpg" or "jpeg" or "gif" or "webp" or "svg" or "bmp" or "ico" or "pdf" or "js" or "jsx"
            or "ts" or "tsx" or "css" or "scss" or "html" or "json" or "yaml" or "yml" or "xml" or "txt" or "log" or "csv" or "gz" or "tgz" or "tar" or "exe" or "dll" or "map" or "lock";
}
