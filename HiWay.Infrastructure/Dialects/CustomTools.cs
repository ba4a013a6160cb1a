using System.Collections.Frozen;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// Tools that take words instead of arguments (<c>"type": "custom"</c>), which only OpenAI knows. Elsewhere they are functions with one string,
/// <c>input</c>; what comes back is turned into words again (<see cref="CustomToolInput"/>), so that the client sees its own kind of call.
/// </summary>
internal static class CustomTools
{
    private static readonly JsonElement s_parameters = JsonElement.Parse(
        """{"type":"object","properties":{"input":{"type":"string","description":"The input of the tool, as plain text."}},"required":["input"],"additionalProperties":false}"""u8);

    /// <param name="lost">Receives the path of a grammar: the model is told of it, but nothing holds it to it.</param>
    /// <exception cref="InvalidChatRequestException">It has no name, or is no object.</exception>
    public static ToolDefinition Read(Field tool, List<string> lost)
    {
        if (!tool.IsObject)
        {
            throw tool.Wrong("an object");
        }

        var description = tool["description"].TextOrNull();
        var format = tool["format"];
        if (!format.IsNull && format["type"].Text() is not "text")
        {
            lost.Add(format.Path);
            var grammar = format["grammar"].IsObject ? format["grammar"] : format;      // as the chat dialect nests it
            var rule = $"The input must follow this {grammar["syntax"].TextOrNull() ?? "lark"} grammar:\n{grammar["definition"].TextOrNull()}";
            description = string.IsNullOrEmpty(description) ? rule : $"{description}\n\n{rule}";
        }

        return new(tool["name"].Text(), description, s_parameters) { IsCustom = true };
    }

    /// <param name="nameJson">The inside of a JSON string.</param>
    public static bool Are(IReadOnlySet<string> names, ReadOnlySpan<byte> nameJson) => names.Count > 0 && names.Contains(JsonText.DecodeAnyway(nameJson));

    /// <summary>A call of an earlier turn.</summary>
    public static ToolCallPart Call(string id, Field said) => new(id, said["name"].Text(), $$"""{"input":"{{JsonEncodedText.Encode(said["input"].Text())}}"}""");

    /// <summary>The names by which an answer's calls are known as calls of such tools.</summary>
    public static IReadOnlySet<string> NamesIn(ChatRequest request) =>
        request.Tools.Any(tool => tool.IsCustom) ? request.Tools.Where(tool => tool.IsCustom).Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal) : FrozenSet<string>.Empty;
}
