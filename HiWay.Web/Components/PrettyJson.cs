using System.Text.Encodings.Web;
using System.Text.Json;

namespace HiWay.Web.Components;

/// <summary>JSON as people read it.</summary>
public static class PrettyJson
{
    // Shown as text, which Blazor encodes.
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonElement json) => JsonSerializer.Serialize(json, s_indented);

    /// <summary>A text that is no JSON, or was cut, stays as it is.</summary>
    public static string Of(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 256 });
            return json.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? Of(json.RootElement) : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
