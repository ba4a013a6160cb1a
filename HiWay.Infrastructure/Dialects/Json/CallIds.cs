using System.Globalization;
using System.Text;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>
/// Ids of tool calls for providers that give none. Made from the answer's own id, so that they are the same when the same answer is read
/// again and differ between the turns of a conversation, which some providers insist on.
/// </summary>
internal static class CallIds
{
    /// <summary>OpenAI refuses ids of more than 40 characters.</summary>
    private const int MaxStem = 28;

    /// <returns>The inside of a JSON string; empty where the answer has no id, and the call gets one when it is written (<see cref="ClientAnswer"/>).</returns>
    public static byte[] Make(ReadOnlySpan<byte> answerId, int choice, int call)
    {
        if (answerId.Length == 0)
        {
            return [];
        }

        Span<byte> id = stackalloc byte[48];
        "call_"u8.CopyTo(id);
        var length = 5;
        var stem = answerId.Length > MaxStem ? answerId[^MaxStem..] : answerId;
        foreach (var one in stem)
        {
            id[length++] = char.IsAsciiLetterOrDigit((char)one) || one is (byte)'_' or (byte)'-' ? one : (byte)'_';
        }

        var tail = choice == 0
            ? string.Create(CultureInfo.InvariantCulture, $"_{call}")
            : string.Create(CultureInfo.InvariantCulture, $"_{choice}_{call}");
        return [.. id[..length], .. Encoding.ASCII.GetBytes(tail)];
    }
}
