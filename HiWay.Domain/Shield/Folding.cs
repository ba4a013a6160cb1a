using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace HiWay.Domain.Shield;

/// <summary>From characters that look like others to those others: accents off, full-width and mathematical letters to plain ones.</summary>
internal static class Folding
{
    // Cyrillic and Greek letters that print like Latin ones (Unicode's confusables table, the lines that homoglyph tools use).
    private const string Lookalikes =
        "аaеeоoрpсcуyхxіiјjѕsԁdһhӏlԛqԝwвbкkмmнhтtгrпnбbзe" + "αaβbεeηnιiκkνvοoρpτtυuχxγyωwςs";

    private static readonly char[] s_base = BuildBase();
    private static readonly FrozenDictionary<char, char> s_lookalikes = Enumerable.Range(0, Lookalikes.Length / 2)
        .ToFrozenDictionary(i => Lookalikes[2 * i], i => Lookalikes[(2 * i) + 1]);

    /// <summary>The lower-case letter without its accent; full-width forms as ASCII.</summary>
    internal static char Base(char c)
    {
        if (c < 0x80)
        {
            return (uint)(c - 'A') <= 25 ? (char)(c | 0x20) : c;
        }

        return c < s_base.Length ? s_base[c] : c is >= '\uFF01' and <= '\uFF5E' ? Base((char)(c - 0xFEE0)) : char.ToLowerInvariant(c);
    }

    /// <summary>The Latin letter that a Cyrillic or Greek one looks like; 0 when it looks like none.</summary>
    internal static char Latin(char lower) => s_lookalikes.GetValueOrDefault(lower);

    /// <summary>A letter or digit from beyond the basic plane that is only a style of a plain one (𝐢, 𝗂, 🅸); 0 when it is not.</summary>
    internal static char Styled(Rune rune)
    {
        switch (rune.Value)
        {
            case >= 0x1D400 and <= 0x1D7FF:
                var plain = rune.ToString().Normalize(NormalizationForm.FormKC);
                return plain.Length == 1 ? Base(plain[0]) : '\0';
            case >= 0x1F130 and <= 0x1F149:
                return (char)('a' + rune.Value - 0x1F130);
            case >= 0x1F150 and <= 0x1F169:
                return (char)('a' + rune.Value - 0x1F150);
            case >= 0x1F170 and <= 0x1F189:
                return (char)('a' + rune.Value - 0x1F170);
            case >= 0x1F1E6 and <= 0x1F1FF:
                return (char)('a' + rune.Value - 0x1F1E6);
            default:
                return '\0';
        }
    }

    /// <summary>Characters that take no room: joiners, marks of direction, soft hyphens.</summary>
    internal static bool IsInvisible(char c) =>
        c is '\u00AD' or '\u034F' or '\u061C' or '\u180E' or (>= '\u200B' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2060' and <= '\u2064') or (>= '\u2066' and <= '\u206F')
            or (>= '\uFE00' and <= '\uFE0F') or '\uFEFF' or (>= '\u0300' and <= '\u036F');

    private static char[] BuildBase()
    {
        var table = new char[0x2000];
        for (var c = 0; c < table.Length; c++)
        {
            table[c] = char.ToLowerInvariant((char)c);
            if (c is (>= 0xC0 and < 0x250) or (>= 0x1E00 and < 0x1F00) && char.IsLetter((char)c))
            {
                var plain = table[c].ToString().Normalize(NormalizationForm.FormD)[0];
                table[c] = plain is 'đ' ? 'd' : plain is 'ı' ? 'i' : plain is 'ø' ? 'o' : plain is 'ł' ? 'l' : plain is 'ß' ? 's' : CharUnicodeInfo.GetUnicodeCategory(plain) == UnicodeCategory.NonSpacingMark ? table[c] : plain;
            }
        }

        return table;
    }
}
