using System.Text.Json.Nodes;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>The smallest value that a JSON schema allows, for tool arguments and structured answers.</summary>
internal static class SchemaExample
{
    private const int MaxDepth = 12;

    public static JsonNode? Of(JsonNode? schema, JsonNode? root, int depth = 0)
    {
        if (schema is not JsonObject rules || depth > MaxDepth)
        {
            return null;
        }

        if (rules["$ref"] is JsonValue reference && reference.TryGetValue<string>(out var path))
        {
            return Of(Follow(path, root), root, depth + 1);
        }

        if (rules["const"] is { } constant)
        {
            return constant.DeepClone();
        }

        if (rules["enum"] is JsonArray { Count: > 0 } values)
        {
            return values[0]?.DeepClone();
        }

        if ((rules["anyOf"] ?? rules["oneOf"] ?? rules["allOf"]) is JsonArray { Count: > 0 } options)
        {
            return Of(options[0], root, depth + 1);
        }

        return TypeOf(rules) switch
        {
            "object" => Object(rules, root, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, (int)(Number(rules["minItems"]) ?? 1)).Select(_ => Of(rules["items"], root, depth + 1))]),
            "string" => rules["format"]?.GetValue<string>() switch
            {
                "date" => "2026-01-01",
                "date-time" => "2026-01-01T00:00:00Z",
                "email" => "test@example.com",
                "uuid" => "00000000-0000-4000-8000-000000000000",
                _ => new string('t', (int)Math.Max(0, (Number(rules["minLength"]) ?? 0) - 4)) + "test",
            },
            "integer" => (long)Math.Ceiling(Number(rules["minimum"]) ?? 1),
            "number" => Number(rules["minimum"]) ?? 1,
            "boolean" => true,
            _ => null,
        };
    }

    private static JsonObject Object(JsonObject rules, JsonNode? root, int depth)
    {
        var example = new JsonObject();
        var required = (rules["required"] as JsonArray)?.Select(name => name?.GetValue<string>()).ToHashSet();
        foreach (var (name, member) in rules["properties"] as JsonObject ?? [])
        {
            if (required is null || required.Contains(name))
            {
                example[name] = Of(member, root, depth + 1);
            }
        }

        return example;
    }

    private static string? TypeOf(JsonObject rules) => rules["type"] switch
    {
        JsonValue one when one.TryGetValue<string>(out var name) => name,
        JsonArray many => many.Select(name => name?.GetValue<string>()).FirstOrDefault(name => name != "null"),
        _ => rules["properties"] is not null ? "object" : null,
    };

    private static double? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    private static JsonNode? Follow(string path, JsonNode? root)
    {
        var node = root;
        foreach (var step in path.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (node as JsonObject)?[step];
        }

        return node;
    }
}
