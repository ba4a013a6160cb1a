namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>
/// Other providers' proofs of thinking inside Anthropic's blocks. A client must hand <c>signature</c> and <c>data</c> back as they were, so a
/// prefix says whose they are; Anthropic's own go without one and are never touched.
/// </summary>
internal static class AnthropicSignatures
{
    /// <summary>Before the format and a second point: <c>hiway.google-gemini-v1.CkQ…</c>.</summary>
    public static ReadOnlySpan<byte> Prefix => "hiway."u8;

    private const string PrefixText = "hiway.";

    /// <summary>Stands between the id of a tool call and the state that belongs to it.</summary>
    private const string CallMark = ".call.";

    /// <summary>True for a signature that Anthropic's API would refuse: another provider's, or none (thinking of models that sign nothing).</summary>
    /// <param name="inside">The inside of the JSON string.</param>
    public static bool IsForeign(ReadOnlySpan<byte> inside) => inside.IsEmpty || inside.StartsWith(Prefix);

    /// <summary>Splits what stands in <c>signature</c> or <c>data</c> into whose it is and what it is.</summary>
    public static (string? Format, string? Value) Read(string text)
    {
        if (text.Length == 0)
        {
            return (null, null);
        }

        if (!text.StartsWith(PrefixText, StringComparison.Ordinal))
        {
            return (SignatureFormats.Anthropic, text);
        }

        var end = text.IndexOf('.', PrefixText.Length);
        return end < 0 ? (null, null) : (text[PrefixText.Length..end], text[(end + 1)..]);
    }

    /// <summary>The state of a tool call that <see cref="Read"/> has unpacked: the call's id and its signature; null when it is something else.</summary>
    public static (string CallId, string Signature)? ReadCall(string value)
    {
        if (!value.StartsWith(CallMark, StringComparison.Ordinal))
        {
            return null;
        }

        var end = value.IndexOf('.', CallMark.Length);
        return end < 0 ? null : (value[CallMark.Length..end], value[(end + 1)..]);
    }

    /// <summary>Adds a signature or data to an answer, marked when it is not Anthropic's own.</summary>
    public static byte[] Write(string format, ReadOnlySpan<byte> inside) =>
        format == SignatureFormats.Anthropic ? inside.ToArray() : [.. Prefix, .. System.Text.Encoding.ASCII.GetBytes(format), (byte)'.', .. inside];

    /// <summary>As <see cref="Write"/>, for state that belongs to a tool call; it travels as encrypted thinking.</summary>
    public static byte[] WriteCall(string format, ReadOnlySpan<byte> callId, ReadOnlySpan<byte> inside) =>
        [.. Prefix, .. System.Text.Encoding.ASCII.GetBytes(format), (byte)'.', .. ".call."u8, .. callId, (byte)'.', .. inside];
}
