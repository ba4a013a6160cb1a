using System.Text.Json;

namespace HiWay.Infrastructure.Embeddings;

/// <summary>Vectors as JSON arrays of numbers.</summary>
internal static class VectorJson
{
    /// <exception cref="JsonException">No array of numbers.</exception>
    public static float[] Read(JsonElement array)
    {
        if (array.ValueKind is not JsonValueKind.Array)
        {
            throw new JsonException("An embedding must be an array of numbers.");
        }

        var vector = new float[array.GetArrayLength()];
        var i = 0;
        foreach (var number in array.EnumerateArray())
        {
            vector[i++] = number.ValueKind is JsonValueKind.Number && number.TryGetSingle(out var value) && float.IsFinite(value)
                ? value
                : throw new JsonException("An embedding must be an array of numbers.");
        }

        return vector;
    }

    /// <summary>A member that must be there.</summary>
    public static JsonElement Member(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : throw new JsonException($"The answer has no '{name}'.");

    /// <summary>A count below one or two objects; null when it is not there.</summary>
    public static long? Count(JsonElement of, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (of.ValueKind is not JsonValueKind.Object || !of.TryGetProperty(name, out of))
            {
                return null;
            }
        }

        return of.ValueKind is JsonValueKind.Number && of.TryGetDouble(out var count) && count >= 0 ? (long)count : null;
    }
}
