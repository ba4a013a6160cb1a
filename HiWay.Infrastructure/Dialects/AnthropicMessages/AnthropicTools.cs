using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>Writes <c>tools</c> and <c>tool_choice</c>.</summary>
/// <param name="search">A wish for a search, in another dialect's words.</param>
/// <param name="markPrefix">The last tool gets a mark for the prompt cache.</param>
internal sealed class AnthropicTools(Utf8JsonWriter json, ChatRequest request, AnthropicModel model, ICollection<string> dropped, bool markPrefix, WebSearches? search)
{
    private readonly int _lastFunction = request.Tools.ToList().FindLastIndex(tool => tool.BuiltIn is null);

    /// <param name="jsonAnswer">A tool stands for the wanted response format, see <see cref="AnthropicRequestWriter.JsonAnswerTool"/>.</param>
    public void Write(bool jsonAnswer)
    {
        if (jsonAnswer)
        {
            WriteJsonAnswerTool();
            return;
        }

        if (request.Tools.Count == 0 && search is null)
        {
            WriteToolsOfHistory();
            return;
        }

        var allowed = request.ToolChoice?.AllowedFunctions ?? [];
        var written = 0;
        json.WriteStartArray("tools");
        for (var i = 0; i < request.Tools.Count; i++)
        {
            var tool = request.Tools[i];
            if (search?.Path == $"tools[{i}]")
            {
                continue;
            }

            if (tool.BuiltIn is { } builtIn)
            {
                written += WriteBuiltIn(builtIn, i) ? 1 : 0;
            }
            else if (allowed.Count == 0 || allowed.Contains(tool.Name))
            {
                WriteTool(tool, i);
                written++;
            }
        }

        if (search is not null)
        {
            search.WriteAnthropic(json, dropped);
            written++;
        }

        json.WriteEndArray();
        if (written > 0)
        {
            WriteToolChoice();
        }
    }

    private void WriteTool(ToolDefinition tool, int index)
    {
        json.WriteStartObject();
        json.WriteString("name", tool.Name);
        if (tool.Description is { } description)
        {
            json.WriteString("description", description);
        }

        var path = $"tools[{index}].function.parameters";
        json.WritePropertyName("input_schema");
        var strict = tool.Strict == true && model.HasStructuredOutput;
        if (tool.Strict == true && !strict)
        {
            dropped.Add($"tools[{index}].function.strict");
        }

        if (tool.Parameters is not { } parameters)
        {
            json.WriteRawValue("""{"type":"object","properties":{}}""");
        }
        else if (strict)
        {
            new SchemaCompiler(SchemaRules.AnthropicStrict, dropped).Compile(parameters, path).WriteTo(json);
        }
        else
        {
            WriteObjectSchema(json, parameters);
        }

        if (strict)
        {
            json.WriteBoolean("strict", true);
        }

        WriteCacheControl(tool.CacheControl ?? (markPrefix && index == _lastFunction ? AnthropicPromptCache.Ephemeral : null));
        json.WriteEndObject();
    }

    /// <summary>A tool's schema goes out as it is, but the API insists on an object at its top.</summary>
    internal static void WriteObjectSchema(Utf8JsonWriter json, JsonElement schema)
    {
        if (schema.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals("object"u8))
        {
            schema.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "object");
        foreach (var member in schema.EnumerateObject())
        {
            if (!member.NameEquals("type"))
            {
                member.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    /// <summary>Tools that Anthropic runs carry a date in their type (<c>web_search_20250305</c>); those of others mean nothing here.</summary>
    private bool WriteBuiltIn(JsonElement tool, int index)
    {
        var type = tool.TryGetProperty("type", out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";
        if (type.Length > 9 && type[^9] == '_' && type.AsSpan(type.Length - 8).IndexOfAnyExceptInRange('0', '9') < 0)
        {
            tool.WriteTo(json);
            return true;
        }

        dropped.Add($"tools[{index}]");
        return false;
    }

    /// <summary>Earlier calls may only be sent along with their tools; the caller has stopped offering them, so they must not be called again.</summary>
    private void WriteToolsOfHistory()
    {
        var names = request.Messages.SelectMany(message => message.Parts).OfType<ToolCallPart>().Select(call => call.Name).Distinct().ToList();
        if (names.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tools");
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WritePropertyName("input_schema");
            json.WriteRawValue("""{"type":"object"}""");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("tool_choice");
        json.WriteString("type", "none");
        json.WriteEndObject();
    }

    private void WriteJsonAnswerTool()
    {
        var format = request.ResponseFormat!;
        json.WriteStartArray("tools");
        json.WriteStartObject();
        json.WriteString("name", AnthropicRequestWriter.JsonAnswerTool);
        json.WriteString("description", format.Description ?? "Give the answer in this form.");
        json.WritePropertyName("input_schema");
        WriteObjectSchema(json, format.Schema!.Value);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("tool_choice");
        json.WriteString("type", "tool");
        json.WriteString("name", AnthropicRequestWriter.JsonAnswerTool);
        json.WriteEndObject();
    }

    private void WriteToolChoice()
    {
        var oneAtATime = request.ParallelToolCalls == false;
        if (request.ToolChoice is null && !oneAtATime)
        {
            return;
        }

        var kind = request.ToolChoice?.Kind ?? ToolChoiceKind.Auto;
        json.WriteStartObject("tool_choice");
        json.WriteString("type", kind switch
        {
            ToolChoiceKind.Auto => "auto",
            ToolChoiceKind.None => "none",
            ToolChoiceKind.Required => "any",
            ToolChoiceKind.Function => "tool",
        });
        if (kind is ToolChoiceKind.Function)
        {
            json.WriteString("name", request.ToolChoice!.FunctionName);
        }

        if (oneAtATime && kind is not ToolChoiceKind.None)
        {
            json.WriteBoolean("disable_parallel_tool_use", true);
        }

        json.WriteEndObject();
    }

    private void WriteCacheControl(JsonElement? mark)
    {
        if (mark is { } value)
        {
            json.WritePropertyName("cache_control");
            value.WriteTo(json);
        }
    }
}
