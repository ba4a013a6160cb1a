namespace HiWay.Domain.Privacy;

/// <summary>
/// Telephone numbers. International ones (+ or 00, 8 to 15 digits) speak for themselves; national ones must be written the way
/// telephone numbers are (area code in brackets, North America's 3-3-4, a trunk zero with groups) or stand behind a word such as "tel".
/// </summary>
internal static class PhoneRule
{
    private static readonly string[] s_phoneWords =
    [
        "phone", "tel", "fon", "mob", "cell", "cel:", "cel.", "fax", "call", "whatsapp", "handy", "ph ", "ph:", "ph.", "dial", "sms", "hotline", "ring ", "ruf", "anruf", "móvil", "movil", "celular",
        "portable", "tél", "☎", "📞", "contact", "kontakt", "contatto", "reach me", "text me", "signal", "telegram", "nummer", "número", "numero", "numéro", "fixe", "appel", "joindre", "llama", "llám", "ligue", "gsm", "tlf", "puh", "τηλ", "звон", "номер", "拨打", "请打", "座机", "番号", "电话", "電話", "手机", "手機", "携帯", "전화", "휴대폰", "тел", "my number",
    ];

    private static readonly string[] s_otherWords =
    [
        "order", "invoice", "isbn", "issn", "imei", "sku", "serial", "tracking", "ean", "version", "epoch", "timestamp", "uuid", "account", "ticket", "case", "bbox", "bestellung", "rechnung", "id ", "id:", "id=",
        "ref", "part no", "art.", "artikel", "article", "item", "customer", "kunde", "konto", "client no", "cliente", "pedido", "commande", "ordine", "fattura", "factura", "facture", "price", "usd", "eur", "gbp", "population", "matrix",
        "meeting", "zoom", "nhs", "ssn", "tax", "vat", "steuer", "siret", "siren", "vol", "pp.", "pages", "订单", "发票", "编号", "注文", "請求書", "주문",
    ];

    /// <summary>Where a number in a run ends; -1 when the run is none.</summary>
    internal static int Match(in NumberRun run)
    {
        if (!run.BeginsCleanly || run.Count == 0 || run.Digits(run.Count) < 7)
        {
            return -1;
        }

        bool? spoken = null;
        for (var groups = run.Count; groups > 0; groups--)
        {
            var digits = run.Digits(groups);
            if (digits is < 7 or > 17 || !run.MayEndAt(groups - 1))
            {
                continue;
            }

            if (IsInternational(run, groups, digits) || (!run.Plus && IsNational(run, groups, digits, ref spoken)))
            {
                return WithExtension(run.Text, run.GroupEnd(groups - 1));
            }
        }

        return -1;
    }

    /// <summary>The whole field of a column that its table calls "phone"; -1 when the run is none.</summary>
    internal static int MatchInColumn(in NumberRun run, ref TableColumns columns)
    {
        if (run.Count == 0 || run.Digits(run.Count) is < 7 or > 15 || run.GroupEnd(run.Count - 1) != run.ScannedTo)
        {
            return -1;
        }

        var header = columns.HeaderOf(run.Start, run.ScannedTo);
        return !header.IsEmpty && Context.Has(header, header.Length, s_phoneWords) && !Context.Has(header, header.Length, s_otherWords) ? run.ScannedTo : -1;
    }

    private static bool IsInternational(in NumberRun run, int groups, int digits)
    {
        if (run.Plus)
        {
            // The trunk zero of +49 (0)30 is written, but not dialled.
            var dialled = groups > 1 && run.Group(1) is [(byte)'0'] ? digits - 1 : digits;
            return run.Group(0)[0] != (byte)'0' && dialled is >= 8 and <= 15 && !IsImpossible(run, groups);
        }

        // Seven digits behind a country's code at least, or every article number that begins with two zeros would be one.
        var isolated = run.Group(0) is [(byte)'0', (byte)'0'] && groups > 2 && run.Group(1) is [>= (byte)'1', ..] && run.Group(1).Length <= 3 && Longest(run, groups) > 2;
        var dialledOut = groups > 3 && run.Group(0) is [(byte)'0', (byte)'1', (byte)'1'] && run.Group(1) is [>= (byte)'2', ..] && run.Group(1).Length <= 3 && digits >= 12; // as from North America
        var joined = run.Group(0) is [(byte)'0', (byte)'0', >= (byte)'1' and <= (byte)'9', ..] && run.Group(0).Length <= 5 && groups > 1;
        return (isolated || joined || dialledOut) && digits - (dialledOut ? 3 : 2) is >= 9 and <= 15 && !IsSpokenOfOtherwise(run);
    }

    /// <summary>North America's numbers (+1) have ten digits, the area's first being 2 to 9.</summary>
    private static bool IsImpossible(in NumberRun run, int groups)
    {
        var first = run.Group(0);
        if (first[0] != (byte)'1')
        {
            return false;
        }

        var area = first.Length > 1 ? first[1] : groups > 1 ? run.Group(1)[0] : (byte)'0';
        return run.Digits(groups) != 11 || area < (byte)'2';
    }

    private static bool IsNational(in NumberRun run, int groups, int digits, ref bool? spoken)
    {
        if (IsDate(run, groups) || IsDottedQuad(run, groups) || IsBinary(run, groups))
        {
            return false;
        }

        if ((groups > 1 && digits is >= 9 and <= 12 && (IsNorthAmerican(run, groups) || HasBracketedArea(run, groups) || HasTrunkZero(run, groups, digits) || IsChineseMobile(run, groups)))
            && !IsSpokenOfOtherwise(run))
        {
            return true;
        }

        // Weaker forms count where the text says what they are.
        var plain = groups == 1 ? digits is >= 8 and <= 15 : digits is >= 8 and <= 13;
        var local = groups == 2 && run.Group(0).Length == 3 && run.Group(1).Length == 4 && run.Gap(0) is [(byte)'-'];
        return (plain || local) && (spoken ??= IsSpokenOf(run)) && !IsDecimal(run, groups);
    }

    /// <summary>NXX-NXX-XXXX with or without the 1 before it; area and exchange begin with 2 to 9.</summary>
    private static bool IsNorthAmerican(in NumberRun run, int groups)
    {
        var first = groups == 4 && run.Group(0) is [(byte)'1'] ? 1 : 0;
        return groups == first + 3
            && run.Group(first) is [>= (byte)'2', _, _] && run.Group(first + 1) is [>= (byte)'2', _, _] && run.Group(first + 2).Length == 4
            && run.Gap(first).IndexOf((byte)'(') < 0 && run.Gap(first + 1).IndexOfAny("()"u8) < 0;
    }

    /// <summary>(030) 901820, (0 30) 90 18 20, (11) 91234-5678, 8 (495) 123-45-67.</summary>
    private static bool HasBracketedArea(in NumberRun run, int groups)
    {
        if (run.Bracketed)
        {
            return run.ClosesBehind(0) ? run.Group(0).Length is >= 2 and <= 5 && !IsYear(run.Group(0)) : run.Group(0) is [(byte)'0'];
        }

        return groups > 2 && run.Group(0).Length == 1 && run.Gap(0).EndsWith("("u8) && run.Group(1).Length is >= 2 and <= 4 && run.Gap(1).StartsWith(")"u8)
            && !IsYear(run.Group(1));
    }

    /// <summary>"Vol. 12 (2023) 123-145": volumes, years and pages.</summary>
    private static bool IsYear(ReadOnlySpan<byte> group) => group is [(byte)'1', (byte)'9', _, _] or [(byte)'2', (byte)'0', _, _];

    private static bool HasTrunkZero(in NumberRun run, int groups, int digits)
    {
        if (run.Group(0) is not [(byte)'0', >= (byte)'1', ..] || run.Group(0).Length > 6 || groups > 6)
        {
            return false;
        }

        var (slashes, zeros) = (0, 0);
        for (var i = 0; i < groups; i++)
        {
            zeros += run.Group(i)[0] == (byte)'0' ? 1 : 0;
            if (i + 1 < groups)
            {
                slashes += run.Gap(i).Contains((byte)'/') ? 1 : 0;
            }
        }

        // 078-05-1120 is a social security number, 001 002 003 a count, 012.34567890 a decimal; a list of pairs is a French number when there are five.
        if (groups == 3 && run.Group(0).Length == 3 && run.Group(1).Length == 2 && run.Group(2).Length == 4)
        {
            return false;
        }

        return slashes <= 1 && zeros < groups && (Longest(run, groups) > 2 || IsFivePairs(run, groups, digits)) && !(groups == 2 && run.Gap(0).Contains((byte)'.'));
    }

    /// <summary>06 12 34 56 78. Not a draw of the lottery, which has six, and not a count: 07 08 09 10 11.</summary>
    private static bool IsFivePairs(in NumberRun run, int groups, int digits)
    {
        if (groups != 5 || digits != 10 || (run.Count > groups && run.Group(groups).Length == 2))
        {
            return false;
        }

        var steps = 0;
        for (var i = 1; i < groups; i++)
        {
            steps += Pair(run.Group(i)) == Pair(run.Group(i - 1)) + 1 ? 1 : 0;
        }

        return steps < groups - 1;
    }

    private static int Pair(ReadOnlySpan<byte> two) => ((two[0] - '0') * 10) + two[1] - '0';

    private static int Longest(in NumberRun run, int groups)
    {
        var longest = 0;
        for (var i = 0; i < groups; i++)
        {
            longest = Math.Max(longest, run.Group(i).Length);
        }

        return longest;
    }

    private static bool IsChineseMobile(in NumberRun run, int groups) =>
        groups == 3 && run.Group(0) is [(byte)'1', >= (byte)'3', _] && run.Group(1).Length == 4 && run.Group(2).Length == 4;

    private static bool IsDate(in NumberRun run, int groups)
    {
        if (groups < 3)
        {
            return false;
        }

        var (a, b, c) = (run.Group(0).Length, run.Group(1).Length, run.Group(2).Length);
        var sameGap = run.Gap(0).SequenceEqual(run.Gap(1)) && run.Gap(0) is [(byte)'.'] or [(byte)'/'] or [(byte)'-'];
        return sameGap && ((a <= 2 && b <= 2 && (c == 4 || (c == 2 && groups == 3))) || (a == 4 && b <= 2 && c <= 2));
    }

    /// <summary>0110 1001.</summary>
    private static bool IsBinary(in NumberRun run, int groups)
    {
        for (var i = 0; i < groups; i++)
        {
            if (run.Group(i).ContainsAnyExceptInRange((byte)'0', (byte)'1'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDottedQuad(in NumberRun run, int groups)
    {
        if (groups != 4)
        {
            return false;
        }

        for (var i = 0; i < 4; i++)
        {
            if (run.Group(i).Length > 3 || (i < 3 && run.Gap(i) is not [(byte)'.']))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDecimal(in NumberRun run, int groups) => groups == 2 && run.Gap(0) is [(byte)'.'] && run.Group(0).Length < 3;

    private static bool IsSpokenOf(in NumberRun run) => Context.Has(run.Text, run.Start, s_phoneWords) && !Context.Has(run.Text, run.Start, s_otherWords);

    private static bool IsSpokenOfOtherwise(in NumberRun run) => Context.Has(run.Text, run.Start, s_otherWords) && !Context.Has(run.Text, run.Start, s_phoneWords);

    /// <summary>"ext. 42", "x42".</summary>
    private static int WithExtension(ReadOnlySpan<byte> text, int end)
    {
        var at = end;
        while (Bytes.At(text, at) is (byte)' ' or (byte)',')
        {
            at++;
        }

        ReadOnlySpan<byte> rest = text[at..];
        var word = StartsWith(rest, "extension"u8) ? 9 : StartsWith(rest, "ext."u8) ? 4 : StartsWith(rest, "ext"u8) ? 3 : StartsWith(rest, "x"u8) ? 1 : StartsWith(rest, "durchwahl"u8) ? 9 : 0;
        if (word == 0)
        {
            return end;
        }

        at += word;
        while (Bytes.At(text, at) is (byte)' ' or (byte)':')
        {
            at++;
        }

        var digits = at;
        while (Bytes.IsDigit(Bytes.At(text, at)))
        {
            at++;
        }

        return at - digits is >= 1 and <= 6 && !Bytes.IsAlnum(Bytes.At(text, at)) ? at : end;
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        if (text.Length < word.Length)
        {
            return false;
        }

        for (var i = 0; i < word.Length; i++)
        {
            if ((text[i] | 0x20) != (word[i] | 0x20))
            {
                return false;
            }
        }

        return true;
    }
}
