using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>Secrets without a shape of their own, known by the name that they are assigned to: <c>client_secret = "…"</c>.</summary>
internal static class SecretContext
{
    private const int MaxLength = 512;
    private const int NameReach = 48;
    private const int LeastAssigned = 8;
    private const double LeastEntropyOfLong = 3.0;

    /// <summary>Of what a text of that length can have at most: short ones that repeat hardly a character.</summary>
    private const double LeastEntropyShare = 0.9;

    private static readonly string[] s_names =
    [
        "api_key", "apikey", "api-key", "secret", "secret_key", "secretkey", "secretaccesskey", "secret_access_key", "token", "password", "passwd", "pwd", "passphrase", "credential", "credentials",
        "access_key", "accesskey", "account_key", "accountkey", "private_key", "auth_key", "authkey", "encryption_key", "signing_key", "master_key", "api key", "secret key", "access key", "openai key", "openai_key",
        "passwort", "contraseña", "kennwort", "mot de passe", "senha", "密码", "密钥", "口令", "パスワード", "비밀번호", "пароль",
    ];

    /// <summary>"My password is …" assigns as well.</summary>
    private static readonly byte[][] s_verbs = [.. new[] { " is", " ist", " est", " es", " é", "是", "为", "は" }.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The value around a word, when a name before it says that it is a secret and it looks like one.</summary>
    internal static PiiFinding? Match(ReadOnlySpan<byte> text, int start, int end)
    {
        // No farther than a secret is long, whatever kind of data this is in.
        var (least, most) = (Math.Max(0, start - MaxLength), Math.Min(text.Length, end + MaxLength));
        while (start > least && IsValue(text[start - 1]))
        {
            start--;
        }

        while (end < most && IsValue(text[end]))
        {
            end++;
        }

        // The assignment itself: password=… , "token": "…", SECRET_KEY := '…'
        if (text[start..end].IndexOf((byte)'=') is var inside and > 0 && text[start..(start + inside)].IndexOfAny("/+"u8) < 0)
        {
            if (inside < end - start - LeastAssigned)
            {
                start += inside + 1;
            }
            else if (IsParameter(text[start..end]) && text[(start + inside)..end].ContainsAnyExcept((byte)'='))
            {
                return null;   // "max_tokens=4096" behind a "token:": a setting, and base64 has this sign at its end alone
            }
        }

        // In a query string the next parameter begins behind the mark.
        if (text[start..end].IndexOf((byte)'&') is var next and > 0 && IsParameter(text[(start + next + 1)..end]))
        {
            end = start + next;
        }

        while (end > start && text[end - 1] is (byte)'.')
        {
            end--;
        }

        if (end - start is < 10 or > MaxLength)
        {
            return null;
        }

        var value = text[start..end];
        if (!IsSecret(value))
        {
            return null;
        }

        if (IsCredential(text[..start]))
        {
            return new(start, end - start, PiiFamily.ApiKey, "generic_secret");
        }

        var name = NameBefore(text, start);
        return Ends(name, s_names)
            ? new(start, end - start, PiiFamily.ApiKey, TypeOf(name, value))
            : null;
    }

    /// <summary>A value that begins where the text ends would be taken for a secret's.</summary>
    internal static bool IsNamed(ReadOnlySpan<byte> before) => IsCredential(before) || IsUser(before) || Ends(NameBefore(before, before.Length), s_names);

    private static bool IsValue(byte b) => Bytes.IsAlnum(b) || b is (byte)'/' or (byte)'+' or (byte)'=' or (byte)'_' or (byte)'.' or (byte)'~' or (byte)'-' or (byte)'!' or (byte)'@' or (byte)'#' or (byte)'$' or (byte)'%' or (byte)'^' or (byte)'&' or (byte)'*';

    private static bool IsSecret(ReadOnlySpan<byte> value)
    {
        var (digits, letters) = (0, 0);
        foreach (var b in value)
        {
            digits += Bytes.IsDigit(b) ? 1 : 0;
            letters += Bytes.IsLetter(b) ? 1 : 0;
        }

        return digits > 0 && letters > 0 && value[0] != (byte)'$' && (value[0] != (byte)'/' || value[^1] == (byte)'=') && value.IndexOf("://"u8) < 0 && value.IndexOf("@"u8) <= 0 && Bytes.Entropy(value) > (value.Length < 20 ? LeastEntropyShare * Math.Log2(value.Length) : LeastEntropyOfLong);
    }

    /// <summary>What HTTP and curl take a credential behind: <c>Authorization: Bearer …</c>, <c>-u name:…</c>.</summary>
    private static bool IsCredential(ReadOnlySpan<byte> before)
    {
        before = before[Math.Max(0, before.Length - NameReach)..];
        if (before.EndsWith(":"u8))
        {
            return IsUser(before[..(before.LastIndexOf((byte)' ') + 1)]);
        }

        return before.EndsWith("Bearer "u8) || before.EndsWith("bearer "u8) || before.EndsWith("Authorization: Basic "u8) || before.EndsWith("authorization: Basic "u8);
    }

    /// <summary>What <c>name:password</c> stands behind for curl.</summary>
    private static bool IsUser(ReadOnlySpan<byte> before) => before.EndsWith(" -u "u8) || before.EndsWith("--user "u8);

    /// <summary>name=…</summary>
    private static bool IsParameter(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (Bytes.IsWord(Bytes.At(text, at)))
        {
            at++;
        }

        return at > 0 && Bytes.At(text, at) == (byte)'=';
    }

    /// <summary>The lower-case name before an assignment; empty when none stands there.</summary>
    private static string NameBefore(ReadOnlySpan<byte> text, int start)
    {
        var at = start;
        var assigned = false;
        while (at > 0 && start - at < 8 && text[at - 1] is (byte)' ' or (byte)'"' or (byte)'\'' or (byte)'`' or (byte)'=' or (byte)':' or (byte)'>' or (byte)'\t' or (byte)'\\')
        {
            at--;
            assigned |= text[at] is (byte)'=' or (byte)':';
        }

        if (text[..at].EndsWith("："u8))
        {
            (at, assigned) = (at - "："u8.Length, true);
        }

        var before = text[..at];
        foreach (var verb in s_verbs)
        {
            if (!assigned && before.Length > verb.Length && before.EndsWith(verb) && (at < start || verb[0] >= 0x80))
            {
                (at, assigned) = (at - verb.Length, true);
            }
        }

        if (!assigned)
        {
            return "";
        }

        var from = Math.Max(0, at - NameReach);
        return Encoding.UTF8.GetString(text[from..at]).TrimEnd().ToLowerInvariant();
    }

    private static bool Ends(string name, string[] endings)
    {
        foreach (var ending in endings)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static string TypeOf(string name, ReadOnlySpan<byte> value) =>
        value.Length == 40 && (name.Contains("aws", StringComparison.Ordinal) || name.Contains("secretaccesskey", StringComparison.Ordinal) || name.Contains("secret_access_key", StringComparison.Ordinal)) ? "aws_secret_access_key"
        : name.Contains("mistral", StringComparison.Ordinal) ? "mistral_api_key"
        : name.Contains("cohere", StringComparison.Ordinal) || name.Contains("co_api_key", StringComparison.Ordinal) ? "cohere_api_key"
        : name.Contains("azure", StringComparison.Ordinal) ? "azure_openai_key"
        : "generic_secret";
}
