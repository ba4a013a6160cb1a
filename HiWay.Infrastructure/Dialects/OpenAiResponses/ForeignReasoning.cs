using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>
/// Reasoning of other providers in a conversation that goes on at OpenAI. OpenAI refuses state that it has not made, and it is worth nothing there, so those
/// items are left out.
/// </summary>
public static class ForeignReasoning
{
    /// <summary>A quick look; true also for a text that only looks like it.</summary>
    public static bool IsIn(ReadOnlySpan<byte> body) => body.IndexOf("\"hw1."u8) >= 0;

    public static void WriteWithout(ReadOnlyMemory<byte> body, IBufferWriter<byte> to)
    {
        using var root = JsonDocument.Parse(body, new() { MaxDepth = 128 });
        using var json = new Utf8JsonWriter(to, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        json.WriteStartObject();
        foreach (var member in root.RootElement.EnumerateObject())
        {
            if (member.Name != "input" || member.Value.ValueKind is not JsonValueKind.Array)
            {
                member.WriteTo(json);
                continue;
            }

            json.WriteStartArray("input");
            foreach (var item in member.Value.EnumerateArray())
            {
                if (!IsForeign(item))
                {
                    item.WriteTo(json);
                }
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static bool IsForeign(JsonElement item) =>
        item.ValueKind is JsonValueKind.Object && item.TryGetProperty("encrypted_content", out var state) && state.ValueKind is JsonValueKind.String
        && state.GetString()!.StartsWith("hw1.", StringComparison.Ordinal);
}
