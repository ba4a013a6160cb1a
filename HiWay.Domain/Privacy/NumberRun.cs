namespace HiWay.Domain.Privacy;

/// <summary>
/// Digits in groups, as numbers of cards and telephones are written: <c>4242 4242 4242 4242</c>, <c>+49 (0)30 123456-0</c>. Holds
/// where the groups are; says nothing yet about what the number is.
/// </summary>
internal ref struct NumberRun
{
    internal const int MaxGroups = 12;

    private Groups _starts;
    private Groups _ends;

    internal ReadOnlySpan<byte> Text;

    /// <summary>Number of groups.</summary>
    internal int Count;

    /// <summary>Where the run begins, a plus sign or opening bracket before the digits included.</summary>
    internal int Start;

    /// <summary>Behind the last group that was read, whether it belongs to the run or not; scanning goes on here.</summary>
    internal int ScannedTo;

    internal bool Plus;

    /// <summary>The first group stands in brackets.</summary>
    internal bool Bracketed;

    /// <summary>What stands before allows a number to begin here.</summary>
    internal bool BeginsCleanly;

    [System.Runtime.CompilerServices.InlineArray(MaxGroups)]
    private struct Groups
    {
        private int _first;
    }

    internal readonly ReadOnlySpan<byte> Group(int index) => Text[_starts[index].._ends[index]];

    internal readonly int GroupEnd(int index) => _ends[index];

    /// <summary>What stands between a group and the next.</summary>
    internal readonly ReadOnlySpan<byte> Gap(int index) => Text[_ends[index].._starts[index + 1]];

    /// <summary>Digits in the first <paramref name="groups"/> groups.</summary>
    internal readonly int Digits(int groups)
    {
        var sum = 0;
        for (var i = 0; i < groups; i++)
        {
            sum += _ends[i] - _starts[i];
        }

        return sum;
    }

    /// <summary>Whether a number may end behind a group: nothing sticks to it, and if more groups follow there is a blank between.</summary>
    internal readonly bool MayEndAt(int index)
    {
        if (index + 1 < Count)
        {
            return Gap(index).Contains((byte)' ');
        }

        var next = Bytes.At(Text, _ends[index]);
        return !Bytes.IsAlnum(next) && next is not ((byte)'_' or (byte)'%' or (byte)'@')
            && !(next is (byte)'.' or (byte)':' or (byte)'-' or (byte)'/' && Bytes.IsAlnum(Bytes.At(Text, _ends[index] + 1)))
            && !(next is (byte)',' && Bytes.IsDigit(Bytes.At(Text, _ends[index] + 1)));
    }

    internal static NumberRun Read(ReadOnlySpan<byte> text, int firstDigit)
    {
        var run = new NumberRun { Text = text, Start = firstDigit };
        run.ReadStart();
        var at = firstDigit;
        while (run.Count < MaxGroups)
        {
            var start = at;
            while (at < text.Length && Bytes.IsDigit(text[at]))
            {
                at++;
            }

            run.ScannedTo = at;
            if (Bytes.IsLetter(Bytes.At(text, at)) || Bytes.At(text, at) == (byte)'_')
            {
                break; // hex digits or a name go on: this group is no number
            }

            run._starts[run.Count] = start;
            run._ends[run.Count++] = at;
            var gap = GapLength(text, at);
            if (gap == 0)
            {
                break;
            }

            at += gap;
        }

        // A bracket that does not close behind the first groups is the sentence's.
        if (run.Bracketed && !run.ClosesBehind(0) && !run.ClosesBehind(1))
        {
            (run.Bracketed, run.Start) = (false, run.Start + 1);
        }

        return run;
    }

    /// <summary>A closing bracket stands behind a group.</summary>
    internal readonly bool ClosesBehind(int index) => index + 1 < Count && Gap(index).StartsWith(")"u8);

    private void ReadStart()
    {
        var before = Bytes.At(Text, Start - 1);
        if (before == (byte)'B' && Start >= 3 && Text[(Start - 3)..Start].SequenceEqual("%2B"u8))
        {
            (Plus, Start) = (true, Start - 3);
        }
        else if (before == (byte)'+')
        {
            (Plus, Start) = (true, Start - 1);
        }

        if (Bytes.At(Text, Start - 1) == (byte)'(')
        {
            (Bracketed, Start) = (true, Start - 1);
            if (!Plus && Bytes.At(Text, Start - 1) == (byte)'+')
            {
                (Plus, Start) = (true, Start - 1);
            }
        }

        BeginsCleanly = IsCleanBefore();
    }

    private readonly bool IsCleanBefore()
    {
        var before = Bytes.At(Text, Start - 1);
        if (before >= 0x80)
        {
            // Letters of any script would make it a name, a currency sign a price; a mark such as a telephone sign is fine.
            return System.Text.Rune.DecodeLastFromUtf8(Text[..Start], out var rune, out _) != System.Buffers.OperationStatus.Done
                || !(System.Text.Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.CurrencySymbol || System.Text.Rune.IsLetterOrDigit(rune) && rune.Value < 0x530);
        }

        if (Bytes.IsAlnum(before) || before is (byte)'_' or (byte)'$' or (byte)'#' or (byte)'@' or (byte)'%' or (byte)'\\')
        {
            return false;
        }

        // 10:15:30, 3.14, 1,234, abc-123: a number that has begun further left.
        return !(before is (byte)'.' or (byte)',' or (byte)':' or (byte)'-' or (byte)'/' or (byte)'+' && Bytes.IsDigit(Bytes.At(Text, Start - 2)))
            && !(before is (byte)'-' && Bytes.IsLetter(Bytes.At(Text, Start - 2)));
    }

    /// <summary>Bytes from the end of a group to the next one; 0 when none follows.</summary>
    private static int GapLength(ReadOnlySpan<byte> text, int at)
    {
        var length = 0;
        for (var marks = 0; marks < 3; marks++)
        {
            var next = Bytes.At(text, at + length);
            if (next is (byte)' ' or (byte)'-' or (byte)'.' or (byte)'/' or (byte)'(' or (byte)')')
            {
                length++;
            }
            else if (text[(at + length)..].StartsWith("\u00A0"u8))
            {
                length += 2;
            }
            else if (text[(at + length)..].StartsWith("\u202F"u8) || text[(at + length)..].StartsWith("\u2010"u8) || text[(at + length)..].StartsWith("\u2011"u8) || text[(at + length)..].StartsWith("\u2013"u8))
            {
                length += 3;
            }
            else
            {
                break;
            }
        }

        return length > 0 && Bytes.IsDigit(Bytes.At(text, at + length)) && !IsListGap(text.Slice(at, length)) ? length : 0;
    }

    // Two blanks, or a dot and a blank, stand between things and not inside a number.
    private static bool IsListGap(ReadOnlySpan<byte> gap) => gap.SequenceEqual("  "u8) || gap.SequenceEqual("   "u8) || gap.StartsWith(". "u8) || gap.StartsWith("/ "u8);
}
