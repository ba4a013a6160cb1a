using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>
/// Tools that take words instead of arguments (<c>"type": "custom"</c>), which only OpenAI knows. Elsewhere they are functions with one string,
/// <c>input</c>; what comes back is turned into words again (<see cref="CustomToolInput"/>), so that the client sees its own kind of call.
/// </summary>
internal static class CustomTools
{
    private static readonly JsonElement s_parameters = JsonElement.Parse(
        """{"type":"object","properties":{"input":{"type":"string","description":"The input of the tool, as plain text."}},"required":["input"],"additionalProperties":false}"""u8);

    /// <param name="lost">Receives the path of a grammar: the model is told of it, but nothing holds it to it.</param>
    public static ToolDefinition Read(Field tool, List<string> lost)
    {
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

    /// <summary>A call of an earlier turn.</summary>
    public static ToolCallPart Call(Field item) => new(item["call_id"].Text(), item["name"].Text(), $$"""{"input":"{{JsonEncodedText.Encode(item["input"].Text())}}"}""");
}
