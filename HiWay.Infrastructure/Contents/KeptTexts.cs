using System.Buffers;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Privacy;

namespace HiWay.Infrastructure.Contents;

/// <summary>What is kept of a call: its texts with placeholders, and no longer than they may be.</summary>
internal sealed record KeptTexts(string Request, string? Answer, bool Truncated)
{
    /// <summary>The same value has the same placeholder in prompt and answer.</summary>
    /// <exception cref="PatternTooSlowException">A custom pattern took longer than its time: the texts are not known to be clean.</exception>
    /// <exception cref="JsonException">One of the texts is no JSON.</exception>
    public static KeptTexts Of(CallContent content, int maxCharacters)
    {
        MaskedValues? values = null;
        var (request, cutRequest) = Cut(Mask(content.Request, content.Masking, ref values), maxCharacters);
        if (content.Answer.Length == 0)
        {
            return new(request, null, cutRequest);
        }

        var answer = Mask(content.ReadAnswer(content.Answer), content.Masking, ref values);
        var (text, cutAnswer) = Cut(Unwrap(answer), maxCharacters);
        return new(request, text, cutRequest || cutAnswer);
    }

    private static byte[] Mask(byte[] json, PiiScanner scanner, ref MaskedValues? values)
    {
        var masked = new ArrayBufferWriter<byte>(json.Length + 256);
        return !scanner.IsEmpty && JsonMask.Write(json, scanner, ref values, masked) ? masked.WrittenSpan.ToArray() : json;
    }

    /// <summary>A stream's text comes as a JSON string, so that it is masked like all others.</summary>
    private static byte[] Unwrap(byte[] json) => json is [(byte)'"', ..] ? Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>(json)!) : json;

    private static (string Text, bool Cut) Cut(byte[] utf8, int maxCharacters)
    {
        var text = Encoding.UTF8.GetString(utf8);
        if (text.Length <= maxCharacters)
        {
            return (text, false);
        }

        // Not between the halves of a character.
        return (text[..(char.IsHighSurrogate(text[maxCharacters - 1]) ? maxCharacters - 1 : maxCharacters)], true);
    }
}
