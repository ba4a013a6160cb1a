using System.Text.Json.Nodes;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>What a schema refers to within itself: <c>$ref</c>, and <c>allOf</c> as one object. Counts what it unfolds.</summary>
/// <param name="root">The whole schema.</param>
/// <param name="dropped">Receives the paths of references that lead nowhere or to themselves.</param>
internal sealed class SchemaReferences(JsonObject root, ICollection<string> dropped)
{
    /// <summary>A schema that unfolds into more than this is not one that a model follows.</summary>
    public const int MaxNodes = 20_000;

    private readonly HashSet<string> _open = [];

    /// <summary>Schemas looked at so far.</summary>
    public int Nodes { get; set; }

    /// <summary>What a reference stands for; null where it is unknown or holds itself, which would not end. <see cref="Close"/> when it is written.</summary>
    public JsonObject? Open(string reference) => Resolve(reference) is { } target && _open.Add(reference) ? target : null;

    public void Close(string reference) => _open.Remove(reference);

    /// <summary>One object that asks for all: properties and required united, of other keywords the last one wins.</summary>
    public JsonObject MergeAll(JsonObject source, JsonArray all, string path)
    {
        var merged = new JsonObject();
        foreach (var part in all.Select(part => part as JsonObject ?? []).Append(source))
        {
            var whole = part;
            if (part != source && Text(part["$ref"]) is { } reference)
            {
                if (Resolve(reference) is not { } target || _open.Contains(reference))
                {
                    dropped.Add($"{path}.allOf");
                    continue;
                }

                whole = target;
            }

            if (whole != source && whole["allOf"] is JsonArray inner)
            {
                whole = ++Nodes > MaxNodes ? [] : MergeAll(whole, inner, path);
            }

            foreach (var (name, value) in whole)
            {
                if (name is "allOf" && whole == source)
                {
                    continue;
                }

                if (name is "properties" && merged["properties"] is JsonObject properties && value is JsonObject more)
                {
                    foreach (var (property, schema) in more)
                    {
                        properties[property] = schema?.DeepClone();
                    }
                }
                else if (name is "required" && merged["required"] is JsonArray required && value is JsonArray alsoRequired)
                {
                    foreach (var one in alsoRequired)
                    {
                        required.Add(one?.DeepClone());
                    }
                }
                else
                {
                    merged[name] = value?.DeepClone();
                }
            }
        }

        return merged;
    }

    private JsonObject? Resolve(string reference)
    {
        if (!reference.StartsWith("#/", StringComparison.Ordinal))
        {
            return null;
        }

        JsonNode? at = root;
        foreach (var step in reference[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = at switch
            {
                JsonObject members => members[name],
                JsonArray items when int.TryParse(name, out var i) && i >= 0 && i < items.Count => items[i],
                _ => null,
            };
        }

        return at as JsonObject;
    }

    /// <summary>A member's words; null for what is no text.</summary>
    internal static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
