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
}
