using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>
/// The password of <c>Server=db;User Id=sa;Password=…</c> (ADO.NET, ODBC, libpq with semicolons). Like an address's it needs to look like nothing in
/// particular: the pairs around it say what it is.
/// </summary>
internal static class ConnectionString
{
    private const int Reach = 300;
    private const int LongestPassword = 256;

    private static readonly byte[][] s_names = [.. new[] { "Password=", "password=", "PASSWORD=", "Pwd=", "pwd=", "PWD=" }.Select(Encoding.ASCII.GetBytes)];

    /// <summary>What says where to connect, or as whom.</summary>
    private static readonly string[] s_others = ["server=", "data source=", "host=", "hostname=", "address=", "addr=", "initial catalog=", "database=", "dbname=", "user id=", "userid=", "uid=", "user=", "username=", "user name=", "driver=", "endpoint="];

    internal static void Scan(ReadOnlySpan<byte> text, ref List<PiiFinding>? found)
    {
        if (!text.Contains((byte)';'))
        {
            return;
        }

        foreach (var name in s_names)
        {
            var at = 0;
            while (text[at..].IndexOf(name) is var offset and >= 0)
            {
                var pair = at + offset;
                var start = ValueStart(text, at = pair + name.Length);
                var end = End(text, start);
                if (IsInConnectionString(text, pair, end) && ConnectionRule.IsPassword(text[start..end], []))
                {
                    if (found?.Exists(known => known.Start < end && known.End > start) is not true)
                    {
                        PiiScanner.Add(ref found, new(start, end - start, PiiFamily.ApiKey, "connection_password"));   // else one that shows by itself
                    }

                    at = end;
                }
            }
        }
    }

    /// <summary>Where the password begins that goes on to the end of a text, if one may; else -1.</summary>
    internal static int Open(ReadOnlySpan<byte> text)
    {
        foreach (var name in s_names)
        {
            if (text.LastIndexOf(name) is >= 0 and var pair && ValueStart(text, pair + name.Length) is var start && End(text, start) == text.Length && IsInConnectionString(text, pair, text.Length))
            {
                return start;
            }
        }

        return -1;
    }

    private static int ValueStart(ReadOnlySpan<byte> text, int start) => start + (Bytes.At(text, start) is (byte)'"' or (byte)'\'' ? 1 : 0);

    private static int End(ReadOnlySpan<byte> text, int start)
    {
        var longest = text.Slice(start, Math.Min(LongestPassword, text.Length - start));
        var end = longest.IndexOfAny(";\"'`\r\n\\<>"u8);
        return start + (end < 0 ? longest.Length : end);
    }

    /// <summary>Another pair stands before it, and a ; between the two.</summary>
    private static bool IsInConnectionString(ReadOnlySpan<byte> text, int pair, int end)
    {
        var before = text[Math.Max(0, pair - Reach)..pair];
        before = before[(before.LastIndexOfAny("\r\n\"'`"u8) + 1)..].TrimEnd((byte)' ');
        if (before.EndsWith(";"u8) && HasOther(before))
        {
            return true;
        }

        // It comes first: what is behind it tells.
        var behind = text[end..Math.Min(text.Length, end + Reach)];
        return (before.IsEmpty || before.EndsWith("="u8)) && behind.StartsWith(";"u8) && HasOther(behind[..(behind.IndexOfAny("\r\n\"'`"u8) is >= 0 and var last ? last : behind.Length)]);
    }

    private static bool HasOther(ReadOnlySpan<byte> pairs)
    {
        var text = Encoding.UTF8.GetString(pairs).ToLowerInvariant();
        return Array.Exists(s_others, other => text.Contains(other, StringComparison.Ordinal));
    }
}
