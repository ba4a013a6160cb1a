using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>Tool arguments that a client sends back as text, for the APIs that want an object.</summary>
internal static class ToolArguments
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, MaxDepth = 128 };

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
            if (value.ValueKind is JsonValueKind.Object)
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
