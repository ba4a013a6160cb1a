using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HiWay.Tests.Dialects;

/// <summary>
/// Checks JSON against a schema of a provider's API description (Fixtures/schemas): references, types, enumerations, required members, lists,
/// choices. Members that the description does not know are allowed where it allows them.
/// </summary>
internal sealed class SchemaCheck
{
    private readonly JsonNode _document;

    public SchemaCheck(string file) =>
        _document = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "schemas", file)))!;

    public static SchemaCheck OpenAi { get; } = new("openai-chat.json");

    public static SchemaCheck OpenAiResponses { get; } = new("openai-responses.json");

    public static SchemaCheck Anthropic { get; } = new("anthropic-messages.json");

    public static SchemaCheck Gemini { get; } = new("gemini.json");

    public static SchemaCheck Bedrock { get; } = new("bedrock.json");

    public static SchemaCheck Mistral { get; } = new("mistral.json");

    public static SchemaCheck Ollama { get; } = new("ollama.json");

    public static SchemaCheck OpenRouter { get; } = new("openrouter.json");

    public static SchemaCheck Together { get; } = new("together.json");

    /// <summary>Fails the test with every place where the value is not what the named schema says.</summary>
    public void Accepts(string schemaName, JsonNode? value)
    {
        var problems = Problems(Named(schemaName), value, "$").ToList();
        Assert.True(problems.Count == 0, $"{string.Join('\n', problems)}\n{value?.ToJsonString()}");
    }

    private JsonObject Named(string name) => _document["components"]!["schemas"]![name]!.AsObject();

    private IEnumerable<string> Problems(JsonObject schema, JsonNode? value, string path)
    {
        if ((bool?)schema["nullable"] == true && value is null)
        {
            return [];
        }

        if ((string?)schema["$ref"] is { } reference)
        {
            return Problems(Named(reference[(reference.LastIndexOf('/') + 1)..]), value, path);
        }

        var problems = new List<string>();
        foreach (var part in schema["allOf"] as JsonArray ?? [])
        {
            problems.AddRange(Problems(part!.AsObject(), value, path));
        }

        if ((schema["anyOf"] ?? schema["oneOf"]) is JsonArray choices)
        {
            var tries = choices.Select(choice => Problems(choice!.AsObject(), value, path).ToList()).ToList();
            if (tries.TrueForAll(found => found.Count > 0))
            {
                problems.AddRange(tries.MinBy(found => found.Count)!);
            }
        }

        if (schema["type"] is { } type && !TypesOf(type).Any(name => Is(name, value)))
        {
            problems.Add($"{path} is {value?.GetValueKind().ToString() ?? "null"}, expected {type.ToJsonString()}");
            return problems;
        }

        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
        {
            problems.Add($"{path} is {value?.ToJsonString()}, expected one of {words.ToJsonString()}");
        }

        if (schema.ContainsKey("const") && !JsonNode.DeepEquals(schema["const"], value))
        {
            problems.Add($"{path} is {value?.ToJsonString()}, expected {schema["const"]?.ToJsonString()}");
        }

        if (value is JsonObject members)
        {
            problems.AddRange(ProblemsOfMembers(schema, members, path));
        }

        if (value?.GetValueKind() is JsonValueKind.String && OfText(schema, (string)value!) is { } wrong)
        {
            problems.Add($"{path} is {wrong}: {value.ToJsonString()}");
        }

        if (value is JsonArray list && (list.Count < ((int?)schema["minItems"] ?? 0) || list.Count > ((int?)schema["maxItems"] ?? int.MaxValue)))
        {
            problems.Add($"{path} has {list.Count} items");
        }

        if (value is JsonArray items && schema["items"] is JsonObject item)
        {
            problems.AddRange(items.SelectMany((one, i) => Problems(item, one, $"{path}[{i}]")));
        }

        if (value?.GetValueKind() is JsonValueKind.Number)
        {
            var number = (double)value;
            if (number < ((double?)schema["minimum"] ?? double.MinValue) || number > ((double?)schema["maximum"] ?? double.MaxValue))
            {
                problems.Add($"{path} is {number}, out of range");
            }
        }

        return problems;
    }

    private List<string> ProblemsOfMembers(JsonObject schema, JsonObject members, string path)
    {
        var problems = (schema["required"] as JsonArray ?? []).Select(name => (string)name!).Where(name => !members.ContainsKey(name))
            .Select(name => $"{path}.{name} is missing").ToList();
        var properties = schema["properties"] as JsonObject;
        if (members.Count < ((int?)schema["minProperties"] ?? 0) || members.Count > ((int?)schema["maxProperties"] ?? int.MaxValue))
        {
            problems.Add($"{path} has the members {string.Join(", ", members.Select(member => member.Key))}");
        }

        foreach (var (name, value) in members)
        {
            if (properties?[name] is JsonObject property)
            {
                problems.AddRange(Problems(property, value, $"{path}.{name}"));
            }
            else if (schema["additionalProperties"] is JsonValue more && !(bool)more)
            {
                problems.Add($"{path}.{name} is not known");
            }
        }

        return problems;
    }

    private static string? OfText(JsonObject schema, string text) =>
        text.Length < ((int?)schema["minLength"] ?? 0) ? "too short"
        : text.Length > ((int?)schema["maxLength"] ?? int.MaxValue) ? "too long"
        : (string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern) ? $"not {pattern}"
        : null;

    private static IEnumerable<string> TypesOf(JsonNode type) => type is JsonArray many ? many.Select(one => (string)one!) : [(string)type!];

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("null", null) => true,
        ("object", JsonValueKind.Object) => true,
        ("array", JsonValueKind.Array) => true,
        ("string", JsonValueKind.String) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => Math.Truncate((double)value!) == (double)value!,
        _ => false,
    };
}
