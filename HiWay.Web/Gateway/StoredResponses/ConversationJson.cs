using System.Buffers;
using System.Text.Json;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.StoredResponses;

/// <summary>A conversation as it is kept: the items that were sent, and the answer.</summary>
internal static class ConversationJson
{
    /// <param name="input">The `input` of the request: items, or the words of one message.</param>
    /// <param name="response">The response object as the client got it.</param>
    public static byte[] Write(ReadOnlyMemory<byte> input, ReadOnlySpan<byte> response)
    {
        var to = new ArrayBufferWriter<byte>(input.Length + response.Length + 128);
        using (var json = new Utf8JsonWriter(to, GatewayJson.Written))
        {
            json.WriteStartObject();
            json.WriteStartArray("input"u8);
            using (var items = JsonDocument.Parse(input))
            {
                if (items.RootElement.ValueKind is JsonValueKind.Array)
                {
                    foreach (var item in items.RootElement.EnumerateArray())
                    {
                        item.WriteTo(json);
                    }
                }
                else
                {
                    WriteMessage(json, items.RootElement);
                }
            }

            json.WriteEndArray();
            json.WritePropertyName("response"u8);
            json.WriteRawValue(response, skipInputValidation: true);
            json.WriteEndObject();
        }

        return to.WrittenSpan.ToArray();
    }

    /// <summary>Words as the item that they stand for.</summary>
    public static void WriteMessage(Utf8JsonWriter json, JsonElement words)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "user"u8);
        json.WriteStartArray("content"u8);
        json.WriteStartObject();
        json.WriteString("type"u8, "input_text"u8);
        json.WritePropertyName("text"u8);
        words.WriteTo(json);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
