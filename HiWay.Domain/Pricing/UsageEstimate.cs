namespace HiWay.Domain.Pricing;

/// <summary>What an answer has used so far when its provider has told nothing yet, or only the beginning.</summary>
public static class UsageEstimate
{
    /// <param name="told">The provider's own count so far; null while it has told none.</param>
    /// <param name="promptTokens">The estimate that reserving went by; what was taken in is billed whether anyone listens or not.</param>
    /// <param name="contentBytes">Bytes of content that have come. Prose runs at about four a token; the reservation's estimate leans higher on purpose.</param>
    public static TokenUsage SoFar(TokenUsage? told, int promptTokens, long contentBytes)
    {
        var produced = (contentBytes + 3) / 4;
        return told is { } some
            ? some with { Output = Math.Max(some.Output, produced - some.Reasoning) }
            : new TokenUsage { Input = promptTokens, Output = produced };
    }
}
