using System.Collections.Frozen;

namespace HiWay.Domain.Privacy;

/// <summary>Bank account numbers (ISO 13616): a country with its fixed length, in one block or in fours, which a line break may part, and 1 as remainder of 97.</summary>
internal static class IbanRule
{
    private const int MaxLength = 34;

    // SWIFT's IBAN registry: length of the whole number by country.
    private static readonly FrozenDictionary<int, int> s_lengths = Table(
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 "
        + "GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 "
        + "NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30");

    /// <summary>Where an account number whose first digit is at <paramref name="firstDigit"/> ends; -1 when there is none.</summary>
    internal static int Match(ReadOnlySpan<byte> text, int firstDigit)
    {
        var start = firstDigit - 2;
        if (start < 0 || !Bytes.IsLetter(text[start]) || !Bytes.IsLetter(text[start + 1]) || Bytes.IsWord(Bytes.At(text, start - 1)) && Bytes.At(text, start - 1) != (byte)'-'
            || !s_lengths.TryGetValue(Key(text[start], text[start + 1]), out var length))
        {
            return -1;
        }

        Span<byte> number = stackalloc byte[MaxLength];
        var end = Collect(text, start, length, number);
        return end > 0 && !Bytes.IsWord(Bytes.At(text, end)) && Mod97(number[..length]) ? end : -1;
    }

    /// <summary>A country's two letters stand before the digit: what follows is an account number, if perhaps a mistyped one.</summary>
    internal static bool Begins(ReadOnlySpan<byte> text, int firstDigit) =>
        firstDigit >= 2 && Bytes.IsUpper(text[firstDigit - 2]) && Bytes.IsUpper(text[firstDigit - 1]) && !Bytes.IsWord(Bytes.At(text, firstDigit - 3))
        && s_lengths.ContainsKey(Key(text[firstDigit - 2], text[firstDigit - 1]));

    private static int Collect(ReadOnlySpan<byte> text, int start, int length, Span<byte> number)
    {
        var taken = 0;
        var at = start;
        while (taken < length && at < text.Length)
        {
            var b = text[at];
            if (Bytes.IsAlnum(b))
            {
                number[taken++] = Bytes.IsLetter(b) ? (byte)(b & 0xDF) : b;
                at++;
                continue;
            }

            var blank = b is (byte)' ' or (byte)'-' or (byte)'.' or (byte)'\n' ? 1 : text[at..].StartsWith("\r\n"u8) ? 2 : text[at..].StartsWith("\u00A0"u8) ? 2 : text[at..].StartsWith("\u202F"u8) ? 3 : 0;
            if (blank == 0 || taken % 4 != 0)
            {
                return -1;
            }

            at += blank;
            if (!Bytes.IsAlnum(Bytes.At(text, at)))
            {
                return -1;
            }
        }

        return taken == length && Bytes.IsDigit(number[2]) && Bytes.IsDigit(number[3]) ? at : -1;
    }

    private static bool Mod97(ReadOnlySpan<byte> number)
    {
        var rest = 0;
        for (var i = 0; i < number.Length; i++)
        {
            var b = number[(i + 4) % number.Length];
            rest = Bytes.IsDigit(b) ? ((rest * 10) + b - '0') % 97 : ((rest * 100) + b - 'A' + 10) % 97;
        }

        return rest == 1;
    }

    private static int Key(byte first, byte second) => ((first & 0xDF) << 8) | (second & 0xDF);

    private static FrozenDictionary<int, int> Table(string rows) => rows.Split(' ')
        .ToFrozenDictionary(row => Key((byte)row[0], (byte)row[1]), row => int.Parse(row.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture));
}
