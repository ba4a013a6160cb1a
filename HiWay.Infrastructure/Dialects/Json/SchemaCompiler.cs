using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>
/// Rewrites a JSON schema into what one provider takes: references put in place, <c>allOf</c> merged, <c>oneOf</c> and <c>const</c> said
/// otherwise, unknown keywords dropped. Reports every loss by its path.
/// </summary>
/// <param name="dropped">Receives the paths of what could not be carried over.</param>
internal sealed class SchemaCompiler(SchemaRules rules, ICollection<string> dropped)
{
    /// <summary>A schema that unfolds into more than this is not one that a model follows; deeper parts become "anything".</summary>
    private const int MaxDepth = 32;

    /// <summary>Say nothing about validity, so that leaving them out loses nothing.</summary>
    private static readonly FrozenSet<string> Annotations = new[]
    {
        "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "examples", "example", "default", "title", "description", "readOnly",
        "writeOnly", "deprecated", "strict", "nullable", "propertyOrdering",
    }.ToFrozenSet();

    private SchemaReferences _references = new([], dropped);

    /// <param name="path">Where the schema stands in the client's body, for the report.</param>
    public JsonObject Compile(JsonElement schema, string path)
    {
        var root = schema.ValueKind is JsonValueKind.Object ? JsonObject.Create(schema)! : [];
        _references = new(root, dropped);
        return Compile(root, path, 0);
    }

    private JsonObject Compile(JsonNode? node, string path, int depth)
    {
        if (node is not JsonObject source || depth > MaxDepth || ++_references.Nodes > SchemaReferences.MaxNodes)
        {
            // true, false, or beyond all measure: anything goes.
            if (node is JsonObject)
            {
                dropped.Add(path);
            }

            return [];
        }

        if (Text(source["$ref"]) is { } reference)
        {
            return CompileReference(source, reference, path, depth);
        }

        if (source["allOf"] is JsonArray all)
        {
            source = _references.MergeAll(source, all, path);
            if (source["$ref"] is not null)
            {
                return Compile(source, path, depth);
            }
        }

        var compiled = new JsonObject();
        var notes = new List<string>();
        WriteType(source, compiled);
        WriteChoices(source, compiled, path, depth);
        WriteEnum(source, compiled, path, notes);
        WriteObject(source, compiled, path, depth);
        WriteItems(source, compiled, path, depth);
        WriteOthers(source, compiled, path, depth, notes);
        if (notes.Count > 0 && rules.TellInDescription)
        {
            var said = Text(compiled["description"]);
            compiled["description"] = said is null ? $"({string.Join(", ", notes)})" : $"{said} ({string.Join(", ", notes)})";
        }

        return compiled;
    }

    private JsonObject CompileReference(JsonObject source, string reference, string path, int depth)
    {
        if (_references.Open(reference) is not { } target)
        {
            // Unknown, or it holds itself: unfolding would not end.
            dropped.Add($"{path}.$ref");
            return [];
        }

        try
        {
            if (source.Count == 1)
            {
                return Compile(target, path, depth + 1);
            }

            _references.Nodes += 100;  // a copy costs more than a look; hostile schemas are made of such
            var whole = (JsonObject)target.DeepClone();
            foreach (var (name, value) in source)
            {
                if (name != "$ref")
                {
                    whole[name] = value?.DeepClone();
                }
            }

            return Compile(whole, path, depth + 1);
        }
        finally
        {
            _references.Close(reference);
        }
    }

    private void WriteType(JsonObject source, JsonObject compiled)
    {
        var types = source["type"] switch
        {
            JsonArray many => many.Select(Text).OfType<string>().ToList(),
            { } one when Text(one) is { } text => [text],
            _ => [],
        };
        if (types.Count == 0 && source["properties"] is JsonObject)
        {
            types.Add("object");
        }

        var nullable = Flag(source["nullable"]);
        if (!rules.Nullable)
        {
            if (nullable && types.Count > 0 && !types.Contains("null"))
            {
                types.Add("null");
            }

            if (types.Count == 1)
            {
                compiled["type"] = types[0];
            }
            else if (types.Count > 1)
            {
                compiled["type"] = new JsonArray([.. types.Select(type => (JsonNode)type)]);
            }

            return;
        }

        nullable |= types.Remove("null");
        if (types.Count == 1)
        {
            compiled["type"] = types[0];
        }
        else if (types.Count > 1)
        {
            compiled["anyOf"] = new JsonArray([.. types.Select(type => (JsonNode)new JsonObject { ["type"] = type })]);
        }

        if (nullable)
        {
            compiled["nullable"] = true;
        }
    }

    private void WriteChoices(JsonObject source, JsonObject compiled, string path, int depth)
    {
        var keyword = source["anyOf"] is JsonArray ? "anyOf" : "oneOf";
        if (source[keyword] is not JsonArray choices)
        {
            return;
        }

        var written = new List<JsonObject>();
        for (var i = 0; i < choices.Count; i++)
        {
            if (rules.Nullable && choices[i] is JsonObject choice && Text(choice["type"]) == "null")
            {
                compiled["nullable"] = true;
                continue;
            }

            written.Add(Compile(choices[i], $"{path}.{keyword}[{i}]", depth + 1));
        }

        if (written is [var only] && rules.Nullable)
        {
            foreach (var (name, value) in only.ToList())
            {
                only.Remove(name);
                compiled[name] ??= value;
            }

            return;
        }

        if (compiled["anyOf"] is not null)
        {
            dropped.Add($"{path}.type");
        }

        compiled["anyOf"] = new JsonArray([.. written]);
    }

    private void WriteEnum(JsonObject source, JsonObject compiled, string path, List<string> notes)
    {
        var values = source["const"] is not null || source.ContainsKey("const") ? [source["const"]?.DeepClone()] : source["enum"]?.DeepClone() as JsonArray;
        if (values is null)
        {
            return;
        }

        if (rules.Nullable && values.Any(value => value is null))
        {
            compiled["nullable"] = true;
            values = [.. values.Where(value => value is not null).Select(value => value!.DeepClone())];
        }

        if (rules.TextEnumsOnly && values.Any(value => value?.GetValueKind() is not JsonValueKind.String))
        {
            dropped.Add($"{path}.enum");
            notes.Add($"one of: {string.Join(", ", values.Select(value => value?.ToJsonString() ?? "null"))}");
            return;
        }

        compiled["enum"] = values;
        if (rules.TextEnumsOnly)
        {
            compiled["type"] ??= "string";
        }
    }

    private void WriteObject(JsonObject source, JsonObject compiled, string path, int depth)
    {
        if (source["properties"] is JsonObject properties)
        {
            var written = new JsonObject();
            foreach (var (name, schema) in properties)
            {
                written[name] = Compile(schema, $"{path}.properties.{name}", depth + 1);
            }

            compiled["properties"] = written;
            if (source["required"] is JsonArray required)
            {
                // A name that is no property makes Gemini refuse the whole request.
                var known = required.Select(Text).OfType<string>().Where(written.ContainsKey).Distinct().ToList();
                if (known.Count > 0)
                {
                    compiled["required"] = new JsonArray([.. known.Select(name => (JsonNode)name)]);
                }
            }
        }

        if (rules.ClosedObjects && (Text(compiled["type"]) == "object" || compiled["properties"] is not null))
        {
            if (source["additionalProperties"] is { } more && !(more.GetValueKind() is JsonValueKind.False))
            {
                dropped.Add($"{path}.additionalProperties");
            }

            compiled["additionalProperties"] = false;
        }
    }

    private void WriteItems(JsonObject source, JsonObject compiled, string path, int depth)
    {
        var items = source["items"];
        if (items is JsonArray tuple)
        {
            // The form of old drafts for what is prefixItems now.
            WritePrefix(tuple, "items", compiled, path, depth);
        }

        if (items is JsonObject)
        {
            compiled["items"] = Compile(items, $"{path}.items", depth + 1);
        }
        else if (rules.ItemsNeeded && Text(compiled["type"]) == "array")
        {
            compiled["items"] = new JsonObject { ["type"] = "string" };
        }
    }

    private void WritePrefix(JsonArray prefix, string name, JsonObject compiled, string path, int depth)
    {
        if (rules.Keywords.Contains("prefixItems"))
        {
            compiled["prefixItems"] = new JsonArray([.. prefix.Select((item, i) => Compile(item, $"{path}.{name}[{i}]", depth + 1))]);
        }
        else
        {
            dropped.Add($"{path}.{name}");
        }
    }

    private void WriteOthers(JsonObject source, JsonObject compiled, string path, int depth, List<string> notes)
    {
        foreach (var (name, value) in source)
        {
            switch (name)
            {
                case "type" or "properties" or "required" or "items" or "anyOf" or "oneOf" or "allOf" or "enum" or "const" or "$ref" or "nullable":
                    continue;
                case "format" when Text(value) is { } format:
                    if (rules.Formats is null ? rules.Keywords.Contains("format") : rules.Formats.Contains(format))
                    {
                        compiled["format"] = format;
                    }
                    else
                    {
                        dropped.Add($"{path}.format");
                        notes.Add($"format: {format}");
                    }

                    continue;
                case "additionalProperties" when rules.ClosedObjects:
                    continue;
                case "additionalProperties" when rules.Keywords.Contains(name) && value is JsonObject:
                    compiled[name] = Compile(value, $"{path}.{name}", depth + 1);
                    continue;
                case "additionalProperties" when !rules.Keywords.Contains(name) && value?.GetValueKind() is not JsonValueKind.Object:
                    continue;   // open or closed: the model follows the properties either way
                case "prefixItems" when value is JsonArray prefix:
                    WritePrefix(prefix, name, compiled, path, depth);
                    continue;
            }

            if (rules.Keywords.Contains(name))
            {
                compiled[name] = value?.DeepClone();
            }
            else if (!Annotations.Contains(name) && !name.StartsWith("x-", StringComparison.Ordinal))
            {
                dropped.Add($"{path}.{name}");
                if (value is JsonValue)
                {
                    notes.Add($"{name}: {value.ToJsonString()}");
                }
            }
        }
    }

    private static string? Text(JsonNode? node) => SchemaReferences.Text(node);

    private static bool Flag(JsonNode? node) => node?.GetValueKind() is JsonValueKind.True;
}
