namespace HiWay.Domain.Privacy;

/// <summary>Whether the end of a text that still grows may be the beginning of a secret.</summary>
public static class SecretPrefix
{
    private static readonly string[] s_prefixes = [.. KeyFormats.All.Select(format => System.Text.Encoding.ASCII.GetString(format.Prefix)), "-----BEGIN", "eyJ", .. KeyRule.WebhookHosts.SelectMany(host => new[] { host, "https://" + host })];

    /// <summary>Characters at the end to wait with; 0 when nothing there can become a secret.</summary>
    /// <param name="most">At most so many; what is before has gone out.</param>
    public static int LengthOfTail(string text, int most)
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

        var bare = run.TrimStart("-_./+=:");
        var wait = run.Length >= 16 || MayBegin(run) || MayBegin(bare) || IsNamed(text, start) || AfterMark(run);
        return wait ? Math.Min(run.Length, most) : 0;
    }

    /// <summary>The part behind the last mark of an assignment or path: key=sk-…</summary>
    private static bool AfterMark(ReadOnlySpan<char> run)
    {
        var mark = run.LastIndexOfAny("=:/");
        return mark >= 0 && mark < run.Length - 1 && MayBegin(run[(mark + 1)..]);
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

        return false;
    }

    private static bool IsNamed(string text, int start) =>
        SecretContext.IsNamed(System.Text.Encoding.UTF8.GetBytes(text[Math.Max(0, start - 80)..start]));

    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or '+' or '=' or ':' or '~';
}
