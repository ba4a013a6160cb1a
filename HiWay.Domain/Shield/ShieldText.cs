using System.Buffers;
using System.Text;

namespace HiWay.Domain.Shield;

/// <summary>What the normalisation met on its way.</summary>
[Flags]
internal enum Disguise
{
    None = 0,
    Invisible = 1,
    Lookalikes = 2,
    Tags = 4,
    Leetspeak = 8,
    Spaced = 16,
    Encoded = 32,
    Reversed = 64,
    Rotated = 128,
}

/// <summary>
/// A text as the Shield reads it: lower case, without accents, look-alikes and invisible characters, every run of white space, hyphens
/// and underscores one blank. Rented; dispose it.
/// </summary>
internal ref struct ShieldText
{
    private char[]? _rented;

    internal ReadOnlySpan<char> Chars;

    internal Disguise Disguise;

    /// <summary>Words in which digits stand for letters.</summary>
    internal int LeetWords;

    /// <summary>The longest row of single letters.</summary>
    internal int SpacedRun;

    /// <summary>What Unicode's invisible tag characters spell, as a text of its own; null when there are none.</summary>
    internal string? Tagged;

    internal static ShieldText Of(ReadOnlySpan<byte> utf8)
    {
        var chars = ArrayPool<char>.Shared.Rent(utf8.Length + 8);
        var length = Encoding.UTF8.GetChars(utf8, chars);
        var text = Of(chars.AsSpan(0, length), chars);
        text._rented = chars;
        return text;
    }

    internal static ShieldText Of(string text)
    {
        var chars = ArrayPool<char>.Shared.Rent(text.Length + 8);
        text.CopyTo(chars);
        var folded = Of(chars.AsSpan(0, text.Length), chars);
        folded._rented = chars;
        return folded;
    }

    /// <summary>Folds in place: nothing grows.</summary>
    private static ShieldText Of(ReadOnlySpan<char> from, Span<char> to)
    {
        var text = default(ShieldText);
        StringBuilder? tagged = null;
        var word = new WordState();
        var length = 0;
        var (latin, other) = (0, 0);
        for (var i = 0; i < from.Length; i++)
        {
            var c = from[i];
            if (c >= 0x80)
            {
                if (Folding.IsInvisible(c))
                {
                    text.Disguise |= c is >= '\u0300' and <= '\u036F' or '\uFE0F' ? Disguise.None : Disguise.Invisible;
                    continue;
                }

                if (char.IsHighSurrogate(c) && i + 1 < from.Length && char.IsLowSurrogate(from[i + 1]))
                {
                    var rune = new Rune(c, from[++i]);
                    if (rune.Value is >= 0xE0020 and <= 0xE007E)
                    {
                        (tagged ??= new()).Append((char)(rune.Value - 0xE0000));
                        continue;
                    }

                    c = Folding.Styled(rune) is var plain and not '\0' ? plain : '\u2022';
                }
            }

            var folded = Folding.Base(c);
            if (char.IsWhiteSpace(folded) || folded is '-' or '_' or '\u2010' or '\u2011' or '\u2013' or '\u2014' || char.IsControl(folded))
            {
                word.End(to, length, ref text);
                if (length > 0 && to[length - 1] != ' ')
                {
                    to[length++] = ' ';
                }

                continue;
            }

            if (char.IsLetterOrDigit(folded) || (word.Length > 0 && folded is '@' or '$' && i + 1 < from.Length && char.IsLetterOrDigit(from[i + 1])))
            {
                word.Add(folded, length);
                latin += folded is >= 'a' and <= 'z' ? 1 : 0;
                other += Folding.Latin(folded) != '\0' ? 1 : 0;
            }
            else
            {
                word.End(to, length, ref text);
            }

            to[length++] = folded;
        }

        word.End(to, length, ref text);
        text.SpacedRun = Math.Max(word.BestSingles, word.Singles);
        if (tagged is not null)
        {
            text.Tagged = tagged.ToString();
            text.Disguise |= Disguise.Tags;
        }

        text.Chars = to[..length];
        if (other > 0 && latin > 2 * other && (text.Disguise & Disguise.Lookalikes) != 0)
        {
            // Whole words of look-alikes among Latin ones.
            foreach (ref var c in to[..length])
            {
                c = Folding.Latin(c) is var plain and not '\0' ? plain : c;
            }
        }

        return text;
    }

    public void Dispose()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            Chars = default;
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary>What is known of the word that is being read.</summary>
    private struct WordState
    {
        internal int Length;
        internal int Singles;
        internal int BestSingles;
        private int _start;
        private bool _latin, _foreign, _digitInside;
        private char _previous;

        internal void Add(char c, int at)
        {
            if (Length++ == 0)
            {
                _start = at;
                (_latin, _foreign, _digitInside) = (false, false, false);
            }

            var letter = c is >= 'a' and <= 'z';
            _latin |= letter;
            _foreign |= Folding.Latin(c) != '\0';
            _digitInside |= (letter && Length > 1 && IsLeet(_previous)) || (IsLeet(c) && Length > 1 && _previous is >= 'a' and <= 'z');
            _previous = c;
        }

        internal void End(Span<char> text, int end, ref ShieldText facts)
        {
            if (Length == 0)
            {
                return;
            }

            if (_latin && _foreign)
            {
                facts.Disguise |= Disguise.Lookalikes;
                foreach (ref var c in text[_start..end])
                {
                    c = Folding.Latin(c) is var plain and not '\0' ? plain : c;
                }
            }

            facts.LeetWords += _latin && _digitInside && Length > 2 ? 1 : 0;
            Singles = Length == 1 ? Singles + 1 : 0;
            BestSingles = Math.Max(BestSingles, Singles);
            Length = 0;
        }
    }

    internal static bool IsLeet(char c) => c is '0' or '1' or '3' or '4' or '5' or '7' or '@' or '$';
}
