using System.Text.Json.Nodes;

namespace HiWay.Tests.Dialects;

/// <summary>
/// Makes values from a schema of an API description (Fixtures/schemas): the least that is valid, and that with one further thing said, for each thing
/// that can be said.
/// </summary>
/// <param name="file">The description.</param>
/// <param name="samples">Values for members whose schema says too little (an address, base64), by the member's name.</param>
/// <param name="needs">Members that an object of a type must have though its schema does not say so, by the type.</param>
internal sealed class SchemaWalk(string file, IReadOnlyDictionary<string, string> samples, IReadOnlyDictionary<string, string> needs)
{
    private const int MaxDepth = 9;

    private readonly JsonNode _document = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "schemas", file)))!;

    /// <param name="Path">What is said, as <c>tools[](function).function.strict</c>; the words in brackets are the choice that was taken.</param>
    /// <param name="Without">The same value without it; null when nothing is left.</param>
    public sealed record Wish(string Path, JsonNode With, JsonNode? Without);

    /// <summary>Everything that an object of this schema can say.</summary>
    public IEnumerable<Wish> Wishes(string schema) => Of(Named(schema), "", [schema]);

    private JsonObject Named(string name) => _document["components"]!["schemas"]![name]!.AsObject();

    private IEnumerable<Wish> Of(JsonObject schema, string member, IReadOnlyList<string> within)
    {
        if (within.Count > MaxDepth)
        {
            return [];
        }

        if ((string?)schema["$ref"] is { } reference)
        {
            var name = reference[(reference.LastIndexOf('/') + 1)..];
            return within.Contains(name) ? [] : Of(Named(name), member, [.. within, name]);
        }

        if (Flat(schema) is { } properties)
        {
            return OfObject(schema, properties, within);
        }

        if (Choices(schema) is { } choices)
        {
            return choices.SelectMany(choice => OfChoice(choice, member, within));
        }

        if (schema["items"] is JsonObject items)
        {
            return Of(items, member, within).Select(wish => new Wish($"[]{wish.Path}", new JsonArray(wish.With), wish.Without is null ? null : new JsonArray(wish.Without)));
        }

        return schema["enum"] is JsonArray words
            ? words.Where(word => word is not null).Select(word => new Wish($"={word}", word!.DeepClone(), null))
            : [];
    }

    private IEnumerable<Wish> OfChoice(JsonObject choice, string member, IReadOnlyList<string> within)
    {
        if (Least(choice, member, within.Count) is not { } least)
        {
            yield break;
        }

        var label = least is JsonObject named ? $"({named["type"] ?? named["role"] ?? "object"})" : "";
        if (label.Length > 0 || choice["enum"] is null)
        {
            yield return new(label.Length > 0 ? label : $"({least.GetValueKind()})", least, null);
        }

        foreach (var wish in Of(choice, member, within))
        {
            yield return wish with { Path = label + wish.Path };
        }
    }

    private IEnumerable<Wish> OfObject(JsonObject schema, Dictionary<string, JsonObject> properties, IReadOnlyList<string> within)
    {
        var required = Required(schema);
        var least = LeastObject(properties, required, within.Count);
        foreach (var (name, property) in properties)
        {
            if (!required.Contains(name) && Least(property, name, within.Count) is { } value)
            {
                yield return new($".{name}", With(least, name, value), least.DeepClone());
            }

            foreach (var wish in Of(property, name, within))
            {
                var without = least.DeepClone().AsObject();
                if (wish.Without is { } rest)
                {
                    without[name] = Completed(rest, least[name]);
                }

                var with = With(least, name, Completed(wish.With, least[name]));
                if (!JsonNode.DeepEquals(with, without))
                {
                    yield return new($".{name}{wish.Path}", with, without);
                }
            }
        }
    }

    /// <summary>What an object must have although its schema does not say so.</summary>
    private static JsonNode Completed(JsonNode value, JsonNode? least)
    {
        var completed = value.DeepClone();
        foreach (var (name, needed) in completed is JsonObject && least is JsonObject all ? all : [])
        {
            completed[name] ??= needed?.DeepClone();
        }

        return completed;
    }

    private static JsonObject With(JsonObject least, string name, JsonNode value)
    {
        var with = least.DeepClone().AsObject();
        with[name] = value.DeepClone();
        return with;
    }

    /// <summary>The least that is valid; null when the schema allows no more than null.</summary>
    private JsonNode? Least(JsonObject schema, string member, int depth)
    {
        if (samples.TryGetValue(member, out var sample))
        {
            return JsonNode.Parse(sample);
        }

        if (schema["const"] is { } only)
        {
            return only.DeepClone();
        }

        if ((string?)schema["$ref"] is { } reference)
        {
            return depth > 24 ? null : Least(Named(reference[(reference.LastIndexOf('/') + 1)..]), member, depth + 1);
        }

        if (schema["enum"] is JsonArray words)
        {
            return words.FirstOrDefault(word => word is not null)?.DeepClone();
        }

        if (Flat(schema) is { } properties)
        {
            return LeastObject(properties, Required(schema), depth + 1);
        }

        if (Choices(schema) is { } choices)
        {
            return choices.Select(choice => Least(choice, member, depth + 1)).FirstOrDefault(value => value is not null);
        }

        return TypeOf(schema) switch
        {
            "string" => JsonValue.Create($"{member}Mark"),
            "integer" => JsonValue.Create((int)Math.Max(1, (double?)schema["minimum"] ?? 1)),
            "number" => JsonValue.Create(0.5),
            "boolean" => JsonValue.Create(true),
            "array" => schema["items"] is JsonObject items && Least(items, member, depth + 1) is { } item ? new JsonArray(item) : new JsonArray(),
            "object" => new JsonObject { ["keyMark"] = "valueMark" },
            _ => null,
        };
    }

    private JsonObject LeastObject(Dictionary<string, JsonObject> properties, HashSet<string> required, int depth)
    {
        var least = new JsonObject();
        foreach (var (name, property) in properties.Where(one => required.Contains(one.Key)))
        {
            least[name] = Least(property, name, depth);
        }

        foreach (var (name, value) in needs.TryGetValue((string?)(least["type"] as JsonValue) ?? "", out var more) ? JsonNode.Parse(more)!.AsObject() : [])
        {
            least[name] = value!.DeepClone();
        }

        return least;
    }

    private static string? TypeOf(JsonObject schema) => schema["type"] is JsonArray many ? many.Select(one => (string)one!).First(one => one != "null") : (string?)schema["type"];

    /// <summary>The choices that say something: null is none.</summary>
    private static List<JsonObject>? Choices(JsonObject schema) =>
        (schema["anyOf"] ?? schema["oneOf"]) is JsonArray choices ? [.. choices.Select(choice => choice!.AsObject()).Where(choice => (string?)choice["type"] != "null")]
        : schema["allOf"] is JsonArray { Count: 1 } single ? [single[0]!.AsObject()]
        : null;

    /// <summary>The members of an object, those of all its parts; null for what is no object.</summary>
    private Dictionary<string, JsonObject>? Flat(JsonObject schema)
    {
        if (schema["properties"] is null && schema["allOf"] is not JsonArray { Count: > 1 })
        {
            return null;
        }

        var flat = new Dictionary<string, JsonObject>();
        foreach (var part in schema["allOf"] as JsonArray ?? [])
        {
            foreach (var (name, property) in Flat(Resolved(part!.AsObject())) ?? [])
            {
                flat[name] = property;
            }
        }

        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            flat[name] = property!.AsObject();
        }

        return flat;
    }

    private JsonObject Resolved(JsonObject schema) => (string?)schema["$ref"] is { } reference ? Resolved(Named(reference[(reference.LastIndexOf('/') + 1)..])) : schema;

    private HashSet<string> Required(JsonObject schema) =>
    [
        .. (schema["required"] as JsonArray ?? []).Select(name => (string)name!),
        .. (schema["allOf"] as JsonArray ?? []).SelectMany(part => Required(Resolved(part!.AsObject()))),
    ];
}
