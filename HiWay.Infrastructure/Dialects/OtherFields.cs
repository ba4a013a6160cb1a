using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Fields of a client's body that have no typed place in the inner form, for upstreams of another dialect.</summary>
internal static class OtherFields
{
    /// <summary>Names a field as dropped, unless it asks for what happens without it too: <c>store: false</c>, an empty list, OpenAI's own default.</summary>
    public static void Drop(string name, JsonElement value, ICollection<string> dropped)
    {
        if (Asks(name, value))
        {
            dropped.Add(name);
        }
    }

    private static bool Asks(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.False => false,
        JsonValueKind.Object => name == WebSearches.Options || value.EnumerateObject().MoveNext(),
        JsonValueKind.Array when name == "modalities" => !value.EnumerateArray().All(word => word.ValueKind is JsonValueKind.String && word.ValueEquals("text"u8)),
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.String => !(name is "service_tier" ? value.ValueEquals("auto"u8) : name is "verbosity" && value.ValueEquals("medium"u8)),
        _ => true,
    };
}
