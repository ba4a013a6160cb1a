using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>
/// Opaque state of any provider in the one place that this dialect has for it, <c>encrypted_content</c> of a reasoning item. OpenAI's own stands
/// there as it came; that of others says whose it is: <c>hw1.s.anthropic-claude-v1.EqQB…</c> for a signature, <c>hw1.d.</c> for data that
/// stands for the reasoning itself, <c>hw1.c.google-gemini-v1.call_7.…</c> for state of a tool call.
/// </summary>
/// <param name="CallId">The call that the state belongs to; null for reasoning.</param>
internal readonly record struct ReasoningState(string Format, string Value, bool IsData, string? CallId)
{
    /// <summary>Null when there is none.</summary>
    public static ReasoningState? Parse(string? content)
    {
        if (string.IsNullOrEmpty(content))
        {
            return null;
        }

        if (!content.StartsWith("hw1.", StringComparison.Ordinal))
        {
            return new(SignatureFormats.OpenAiResponses, content, false, null);
        }

        var kind = content.Length > 5 && content[5] == '.' ? content[4] : ' ';
        var format = content.IndexOf('.', Math.Min(6, content.Length));
        if (kind is not ('s' or 'd' or 'c') || format < 0)
        {
            return new(SignatureFormats.OpenAiResponses, content, false, null);
        }

        var value = format + 1;
        string? call = null;
        if (kind == 'c')
        {
            // A call's id holds no line feed, but may hold dots (Moonshot's functions.get:0).
            var end = content.IndexOf('\n', value);
            if (end < 0)
            {
                return new(SignatureFormats.OpenAiResponses, content, false, null);
            }

            call = content[value..end];
            value = end + 1;
        }

        return new(content[6..format], content[value..], kind == 'd', call);
    }

    /// <summary>The inside of the JSON string for a proof or for the reasoning itself.</summary>
    /// <param name="kind"><c>s</c> or <c>d</c>.</param>
    public static byte[] Write(char kind, string format, ReadOnlySpan<byte> valueJson) => format == SignatureFormats.OpenAiResponses
        ? valueJson.ToArray()
        : [.. "hw1."u8, (byte)kind, (byte)'.', .. JsonText.Encode(format), (byte)'.', .. valueJson];

    /// <summary>The same for state of a tool call.</summary>
    public static byte[] WriteCall(string format, ReadOnlySpan<byte> callIdJson, ReadOnlySpan<byte> valueJson) =>
        [.. "hw1.c."u8, .. JsonText.Encode(format), (byte)'.', .. callIdJson, .. "\\n"u8, .. valueJson];
}
