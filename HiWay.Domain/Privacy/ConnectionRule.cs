using System.Buffers;
using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>
/// The password of <c>scheme://user:password@host</c> (RFC 3986, 3.2.1). Its place says what it is, so it needs to look like nothing in particular;
/// only what stands for a password in a manual is none: <c>user:password@</c>, <c>root:root@</c>, <c>${DB_PASSWORD}</c>.
/// </summary>
internal static class ConnectionRule
{
    private const int LongestUser = 48;
    private const int LongestPassword = 256;
    private const int LeastPassword = 8;
    private const int LeastVariety = 4;

    /// <summary>What manuals write where a password belongs, by itself or joined: "your-db-password", "change_me".</summary>
    private static readonly HashSet<string> s_standIns = new(StringComparer.Ordinal)
    {
        "", "password", "passwd", "passwort", "passphrase", "pass", "pwd", "pw", "secret", "secrets", "token", "key", "apikey", "api", "auth", "credential", "credentials", "change", "changeme", "changeit", "replace", "replaceme", "me", "it", "this", "strong",
        "your", "yours", "my", "mypassword", "yourpassword", "mypass", "mysecret", "the", "a", "user", "username", "name", "userpass", "admin", "administrator", "root", "guest", "default", "example", "sample", "demo", "dummy", "test", "testing", "dev", "prod", "local",
        "localhost", "host", "hostname", "port", "placeholder", "here", "db", "dbpassword", "dbpass", "database", "postgres", "postgresql", "mysql", "mariadb", "mongo", "mongodb", "redis", "rabbitmq", "rabbit", "amqp", "smtp", "ftp", "foo", "bar", "baz", "redacted", "hidden", "masked",
        "mail", "mailhost", "mailserver", "mailpass", "mailpassword", "relay", "relayhost", "smarthost", "server", "service", "client", "login", "superuser", "anonymous", "nopassword", "super", "very", "supersecret", "topsecret", "mysecretpassword", "secretpassword", "some", "any", "new", "old", "no", "not", "none", "null", "empty", "required", "optional", "value", "string", "text",
    };

    /// <summary>What ends a password, controls and blanks with it.</summary>
    private static readonly SearchValues<byte> s_terminators = SearchValues.Create([.. Enumerable.Range(0, ' ' + 1).Select(control => (byte)control), .. "\"'`<>{}()[]\\?,:"u8]);

    internal static void Scan(ReadOnlySpan<byte> text, ref List<PiiFinding>? found)
    {
        var at = 0;
        while (text[at..].IndexOf("://"u8) is var offset and >= 0)
        {
            var scheme = at + offset;
            at = scheme + 3;
            if (!Bytes.IsAlnum(Bytes.At(text, scheme - 1)) || UserEnd(text, at) is not (>= 0 and var colon))
            {
                continue;
            }

            var start = colon + 1;
            if (PasswordEnd(text, start, out _) is >= 0 and var end && IsPassword(text[start..end], text[at..colon]))
            {
                if (found?.Exists(known => known.Start < end && known.End > start) is not true)
                {
                    PiiScanner.Add(ref found, new(start, end - start, PiiFamily.ApiKey, "connection_password"));   // else a key that shows by its shape
                }

                at = end;
            }
        }
    }

    /// <summary>Where the password begins that goes on to the end of a text, if one may; else -1.</summary>
    internal static int Open(ReadOnlySpan<byte> text)
    {
        var scheme = text.LastIndexOf("://"u8);
        if (scheme < 0 || UserEnd(text, scheme + 3) is not (>= 0 and var colon))
        {
            return -1;
        }

        _ = PasswordEnd(text, colon + 1, out var open);
        return open ? colon + 1 : -1;
    }

    /// <summary>Where the colon behind a user's name stands; -1 where there is none.</summary>
    private static int UserEnd(ReadOnlySpan<byte> text, int start)
    {
        var user = text.Slice(start, Math.Min(LongestUser, text.Length - start));
        var end = user.IndexOfAny(":@/?# \t\r\n\"'<>"u8);
        return end >= 0 && user[end] == (byte)':' ? start + end : -1;
    }

    /// <summary>Where the @ behind a password stands; -1 where there is none. A slash may be the password's, but behind a port it is a path's.</summary>
    /// <param name="open">The text ends before the password does.</param>
    private static int PasswordEnd(ReadOnlySpan<byte> text, int start, out bool open)
    {
        var (at, onlyDigits) = (-1, true);
        var end = Math.Min(text.Length, start + LongestPassword + 1);
        for (var i = start; i < end; i++)
        {
            var b = text[i];
            if (s_terminators.Contains(b) || (b == (byte)'/' && (at >= 0 || onlyDigits)))
            {
                open = false;
                return at;
            }

            at = b == (byte)'@' ? i : at;
            onlyDigits &= b == (byte)'@' || Bytes.IsDigit(b);
        }

        open = end == text.Length;
        return at;
    }

    /// <param name="user">Nobody's password is the user's name.</param>
    internal static bool IsPassword(ReadOnlySpan<byte> value, ReadOnlySpan<byte> user)
    {
        if (value.Length < LeastPassword || value[0] is (byte)'$' or (byte)'%' || Bytes.Variety(value) < LeastVariety || value.SequenceEqual(user))
        {
            return false;
        }

        // DB_PASSWORD, PGPASSWORD: the name of a variable.
        return value.ContainsAnyExceptInRange((byte)'A', (byte)'_') && !IsStandIn(Encoding.UTF8.GetString(value));
    }

    /// <summary>Only words that stand for a password, whatever joins them: your-password, yourPassword.</summary>
    private static bool IsStandIn(string value)
    {
        var from = 0;
        for (var i = 0; i <= value.Length; i++)
        {
            var ends = i == value.Length || !char.IsLetterOrDigit(value[i]);
            if (!ends && !(i > from && char.IsUpper(value[i]) && char.IsLower(value[i - 1])))
            {
                continue;
            }

            if (!s_standIns.Contains(value[from..i].ToLowerInvariant()))
            {
                return false;
            }

            from = ends ? i + 1 : i;
        }

        return true;
    }
}
