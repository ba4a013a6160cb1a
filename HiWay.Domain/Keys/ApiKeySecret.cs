using System.Security.Cryptography;
using System.Text;

namespace HiWay.Domain.Keys;

/// <summary>The form of HiWay's own keys: <c>hw_live_</c> or <c>hw_test_</c> and 32 lower-case hexadecimal digits.</summary>
public static class ApiKeySecret
{
    public const string LivePrefix = "hw_live_";
    public const string TestPrefix = "hw_test_";

    /// <summary>Characters of the whole secret.</summary>
    public const int Length = 40;

    /// <summary>Characters that are kept for display.</summary>
    public const int DisplayPrefixLength = 12;

    /// <summary>A new secret from the system's cryptographic generator: 128 random bits.</summary>
    public static string New(bool test) =>
        (test ? TestPrefix : LivePrefix) + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public static string DisplayPrefix(string secret) => secret[..DisplayPrefixLength];

    /// <summary>SHA-256 of the secret's text; what the database and the snapshot hold instead of it.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));

    public static bool LooksLikeOne(ReadOnlySpan<char> text)
    {
        if (text.Length != Length || !(text.StartsWith(LivePrefix) || text.StartsWith(TestPrefix)))
        {
            return false;
        }

        return text[LivePrefix.Length..].IndexOfAnyExcept("0123456789abcdef") < 0;
    }
}
