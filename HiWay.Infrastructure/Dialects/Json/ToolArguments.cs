using System.Buffers;
using System.Text;
using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>Tool arguments between the APIs that carry them as text and those that want an object.</summary>
internal static class ToolArguments
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, MaxDepth = 128 };

    /// <summary>An object as the inside of the string that other dialects carry it in; nothing is no arguments.</summary>
    public static byte[] AsText(ReadOnlySpan<byte> value)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(64, value.Length * 2));
        var to = new Utf8Appender(buffer, Math.Max(64, value.Length * 2));
        to.AddCompactEscaped(value.Length > 0 ? value : "{}"u8);
        to.Done();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes the object that the text holds. Empty text is no arguments; a careless model's other text is kept under one name.</summary>
    public static void WriteObject(Utf8JsonWriter json, string arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments))
        {
            json.WriteRawValue("{}");
            return;
        }

        try
        {
            var value = JsonElement.Parse(arguments, Lenient);
            if (value.ValueKind is JsonValueKind.Object && JsonText.IsText(Encoding.UTF8.GetBytes(arguments)))
            {
                value.WriteTo(json);
                return;
            }
        }
        catch (JsonException)
        {
            // Not JSON: written as text below.
        }

        json.WriteStartObject();
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
    }
}
