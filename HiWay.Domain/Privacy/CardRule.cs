namespace HiWay.Domain.Privacy;

/// <summary>Payment card numbers: an issuer's prefix and length, digits grouped as on cards, and Luhn's check digit.</summary>
internal static class CardRule
{
    /// <summary>How many groups of a run are a card number; 0 when none are.</summary>
    internal static int Match(in NumberRun run)
    {
        if (!run.BeginsCleanly || run.Plus)
        {
            return 0;
        }

        Span<byte> digits = stackalloc byte[20];
        for (var groups = run.Count; groups > 0; groups--)
        {
            if (run.Digits(groups) is >= 13 and <= 19 && run.MayEndAt(groups - 1) && IsGrouped(run, groups))
            {
                var length = 0;
                for (var i = 0; i < groups; i++)
                {
                    run.Group(i).CopyTo(digits[length..]);
                    length += run.Group(i).Length;
                }

                if (IsIssued(digits[..length]) && Luhn(digits[..length]) && Bytes.Variety(digits[..length]) > 1
                    && !Context.Has(run.Text, run.Start, ["imei", "ean", "gtin", "isbn", "upc", "iccid"]))
                {
                    return groups;
                }
            }
        }

        return 0;
    }

    /// <summary>Where sixteen digits in fours end that a line break parts; -1 when the run does not begin such a number.</summary>
    internal static int EndOverTwoLines(in NumberRun run)
    {
        if (!run.BeginsCleanly || run.Plus || run.Count is 0 or > 3)
        {
            return -1;
        }

        var text = run.Text;
        var at = run.GroupEnd(run.Count - 1);
        at += Bytes.At(text, at) is (byte)' ' or (byte)'-' ? 1 : 0;
        at += Bytes.At(text, at) == (byte)'\r' ? 1 : 0;
        if (Bytes.At(text, at) != (byte)'\n' || !Bytes.IsDigit(Bytes.At(text, at + 1)))
        {
            return -1;
        }

        var rest = NumberRun.Read(text, at + 1);
        var missing = 4 - run.Count;
        Span<byte> digits = stackalloc byte[16];
        return rest.Count >= missing && rest.MayEndAt(missing - 1) && TakeFours(run, run.Count, digits) && TakeFours(rest, missing, digits[(run.Count * 4)..])
            && IsIssued(digits) && Luhn(digits) && Bytes.Variety(digits) > 1 ? rest.GroupEnd(missing - 1) : -1;
    }

    private static bool TakeFours(in NumberRun run, int groups, Span<byte> digits)
    {
        for (var i = 0; i < groups; i++)
        {
            if (run.Group(i).Length != 4 || (i > 0 && run.Gap(i - 1) is not ([(byte)' '] or [(byte)'-'])))
            {
                return false;
            }

            run.Group(i).CopyTo(digits[(i * 4)..]);
        }

        return true;
    }

    /// <summary>One block; fours with a shorter last group; Amex' 4-6-5 and Diners' 4-6-4.</summary>
    private static bool IsGrouped(in NumberRun run, int groups)
    {
        for (var i = 1; i < groups; i++)
        {
            var gap = run.Gap(i - 1);
            if (!gap.SequenceEqual(run.Gap(0)) || gap is not ([(byte)' '] or [(byte)'-'] or [0xC2, 0xA0] or [0xE2, 0x80, 0xAF]))
            {
                return false;
            }
        }

        if (groups == 3 && run.Group(0).Length == 4 && run.Group(1).Length == 6)
        {
            return run.Group(2).Length is 4 or 5;
        }

        for (var i = 0; i < groups - 1; i++)
        {
            if (run.Group(i).Length != 4)
            {
                return false;
            }
        }

        return groups == 1 || run.Group(groups - 1).Length is >= 1 and <= 4;
    }

    private static bool IsIssued(ReadOnlySpan<byte> digits)
    {
        var four = ((digits[0] - '0') * 1000) + ((digits[1] - '0') * 100) + ((digits[2] - '0') * 10) + (digits[3] - '0');
        var (two, three, length) = (four / 100, four / 10, digits.Length);
        return two / 10 == 4 ? length is 13 or 16 or 19                                        // Visa
            : two is >= 51 and <= 55 || four is >= 2221 and <= 2720 ? length == 16             // Mastercard
            : two is 34 or 37 ? length == 15                                                   // American Express
            : four == 6011 || three is >= 644 and <= 649 || two == 65 ? length is >= 16        // Discover
            : two is 36 or 38 or 39 || three is >= 300 and <= 305 || three == 309 ? length is 14 or >= 16    // Diners Club
            : four is >= 3528 and <= 3589 ? length is >= 16                                    // JCB
            : two == 62 ? length is >= 16                                                      // UnionPay
            : two == 50 || two is >= 56 and <= 69;                                             // Maestro
    }

    private static bool Luhn(ReadOnlySpan<byte> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[digits.Length - 1 - i] - '0';
            if ((i & 1) == 1)
            {
                digit *= 2;
                digit -= digit > 9 ? 9 : 0;
            }

            sum += digit;
        }

        return sum % 10 == 0;
    }
}
