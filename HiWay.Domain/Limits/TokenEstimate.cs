namespace HiWay.Domain.Limits;

/// <summary>
/// A quick guess of tokens before the provider has counted. Used to reserve money and rate, and replaced by the provider's own
/// figures afterwards. It leans high: reserving too little is what lets a cap be passed.
/// </summary>
public static class TokenEstimate
{
    /// <summary>An image at common resolutions costs 85 to 1,600 tokens depending on the provider; the upper end is taken.</summary>
    public const int PerImage = 1_600;

    /// <summary>Role, separators and names around each message.</summary>
    public const int PerMessage = 4;

    /// <summary>Tokens of UTF-8 text of a length: English runs at 4 bytes a token, code and other scripts nearer 3.</summary>
    public static int OfBytes(long bytes) => (int)Math.Min(int.MaxValue, (bytes + 2) / 3);

    /// <summary>
    /// Tokens of text, plain or JSON-escaped UTF-8, counted as tokenizers cut it: words, groups of figures, runs of signs. Within a fifth of
    /// OpenAI's own count for prose and code; costs 2 to 3 ns a byte, so it is for prompts whose size decides something.
    /// </summary>
    public static int OfText(ReadOnlySpan<byte> text)
    {
        long halves = 0;   // half tokens
        var i = 0;
        while (i < text.Length)
        {
            var one = text[i];
            if (IsLetter(one))
            {
                var start = i++;
                while (i < text.Length && IsLetter(text[i]) && !(IsUpper(text[i]) && !IsUpper(text[i - 1])))
                {
                    i++;
                }

                var length = i - start;
                halves += 2 * (length <= LongestWord ? 1 + ((length - 1) / 8) : (length + 3) / 4);
            }
            else if (one is >= (byte)'0' and <= (byte)'9')
            {
                var start = i;
                while (i < text.Length && text[i] is >= (byte)'0' and <= (byte)'9')
                {
                    i++;
                }

                halves += 2 * ((i - start + 2) / 3);
            }
            else if (one == '\\' && i + 1 < text.Length)
            {
                halves += text[i + 1] is (byte)'u' or (byte)'n' ? 2 : 1;
                i += text[i + 1] == 'u' ? 6 : 2;
            }
            else if (one >= 0x80)
            {
                halves += one >= 0xF0 ? 4 : one >= 0xE0 ? 2 : one >= 0xC0 ? 1 : 0;   // four-byte signs; three-byte ones; two-byte letters; the rest of either
                i++;
            }
            else
            {
                // A single space belongs to the word behind it.
                var start = i;
                while (i < text.Length && text[i] == one)
                {
                    i++;
                }

                halves += one == ' ' && i - start == 1 ? 0 : 1 + ((i - start) / 4);
            }
        }

        return (int)Math.Min(int.MaxValue, (halves + 1) / 2);
    }

    /// <summary>Longer runs of letters are no words of any language, and fall to pieces of about four.</summary>
    private const int LongestWord = 24;

    private static bool IsLetter(byte one) => (uint)((one | 0x20) - 'a') <= 'z' - 'a';

    private static bool IsUpper(byte one) => (uint)(one - 'A') <= 'Z' - 'A';
}
