using System.Buffers.Text;
using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>Reads what an upstream counts: whole numbers, <c>12.0</c> and <c>1.2e1</c>, and numbers in quotes, which some proxies make of them.</summary>
internal static class TokenCount
{
    private const double Largest = 1e15;

    /// <summary>The value behind the member's name that the reader stands on; null for what is no count. Leaves the reader on the value's last token.</summary>
    public static long? ReadNext(ref Utf8JsonReader json)
    {
        json.Read();
        if (Of(ref json) is { } count)
        {
            return count;
        }

        json.Skip();
        return null;
    }

    /// <summary>The value that the reader stands on.</summary>
    public static long? Of(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Number when json.TryGetInt64(out var whole):
                return whole < 0 ? null : whole;
            case JsonTokenType.Number when json.TryGetDouble(out var number):
                return number is >= 0 and < Largest ? (long)number : null;
            case JsonTokenType.String when Utf8Parser.TryParse(json.ValueSpan, out long quoted, out var read) && read == json.ValueSpan.Length:
                return quoted is >= 0 and < (long)Largest ? quoted : null;
            default:
                return null;
        }
    }
}
