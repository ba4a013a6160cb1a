using System.Text.Json;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>
/// Writes <c>toolConfig</c>. Converse has no word for "none" and none for one call at a time; Claude is told both through its own fields, other models
/// are not offered the tools, or the loss is reported.
/// </summary>
internal sealed class BedrockTools(Utf8JsonWriter json, ChatRequest request, BedrockModel model, ICollection<string> dropped)
{
    private IReadOnlyList<string> Allowed => request.ToolChoice?.AllowedFunctions ?? [];

    private bool HasHistory => request.Messages.Any(message => message.Parts.Any(part => part is ToolCallPart or ToolResultPart));

    private bool IsNone => request.ToolChoice?.Kind is ToolChoiceKind.None;

    /// <summary>Claude's own <c>tool_choice</c> goes out instead of Converse's.</summary>
    public bool ClaudeChooses => model.IsClaude && request.Tools.Any(IsOffered) && (IsNone || request.ParallelToolCalls == false);

    /// <param name="jsonAnswer">A tool stands for the wanted response format, see <see cref="AnthropicRequestWriter.JsonAnswerTool"/>.</param>
    public void Write(bool jsonAnswer)
    {
        if (jsonAnswer)
        {
            WriteJsonAnswerTool();
            return;
        }

        var offered = request.Tools.Where(IsOffered).ToList();
        for (var i = 0; i < request.Tools.Count; i++)
        {
            if (request.Tools[i].BuiltIn is not null)
            {
                dropped.Add($"tools[{i}]");
            }
        }

        if (offered.Count == 0 || (IsNone && !model.IsClaude && !HasHistory))
        {
            WriteToolsOfHistory();
            return;
        }

        json.WriteStartObject("toolConfig");
        json.WriteStartArray("tools");
        foreach (var tool in offered)
        {
            WriteTool(tool, request.Tools.ToList().IndexOf(tool));
        }

        json.WriteEndArray();
        if (!ClaudeChooses)
        {
            WriteChoice();
        }

        json.WriteEndObject();
    }

    /// <summary>The member of Claude's own fields.</summary>
    public void WriteClaudesChoice()
    {
        json.WriteStartObject("tool_choice");
        json.WriteString("type", request.ToolChoice?.Kind switch
        {
            ToolChoiceKind.None => "none",
            ToolChoiceKind.Required => "any",
            ToolChoiceKind.Function => "tool",
            ToolChoiceKind.Auto or null => "auto",
        });
        if (request.ToolChoice is { Kind: ToolChoiceKind.Function } one)
        {
            json.WriteString("name", one.FunctionName);
        }

        if (request.ParallelToolCalls == false && !IsNone)
        {
            json.WriteBoolean("disable_parallel_tool_use", true);
        }

        json.WriteEndObject();
    }

    private bool IsOffered(ToolDefinition tool) => tool.BuiltIn is null && (Allowed.Count == 0 || Allowed.Contains(tool.Name));

    private void WriteTool(ToolDefinition tool, int index)
    {
        json.WriteStartObject();
        json.WriteStartObject("toolSpec");
        json.WriteString("name", tool.Name);
        if (tool.Description is { Length: > 0 } description)
        {
            json.WriteString("description", description);
        }

        var strict = tool.Strict == true && model is { IsClaude: true, HasStructuredOutput: true };
        json.WriteStartObject("inputSchema");
        json.WritePropertyName("json");
        if (tool.Parameters is not { } parameters)
        {
            json.WriteRawValue("""{"type":"object","properties":{}}""");
        }
        else if (strict)
        {
            new SchemaCompiler(SchemaRules.AnthropicStrict, dropped).Compile(parameters, $"tools[{index}].function.parameters").WriteTo(json);
        }
        else
        {
            AnthropicTools.WriteObjectSchema(json, parameters);
        }

        json.WriteEndObject();
        if (strict)
        {
            json.WriteBoolean("strict", true);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        BedrockConversation.WriteCachePoint(json, tool.CacheControl);
    }

    private void WriteChoice()
    {
        if (request.ParallelToolCalls == false)
        {
            dropped.Add("parallel_tool_calls");
        }

        switch (request.ToolChoice)
        {
            case null or { Kind: ToolChoiceKind.Auto }:
                break;
            case { Kind: ToolChoiceKind.None }:
                dropped.Add("tool_choice");
                break;
            case { Kind: ToolChoiceKind.Required }:
                json.WriteStartObject("toolChoice");
                json.WriteStartObject("any");
                json.WriteEndObject();
                json.WriteEndObject();
                break;
            case { Kind: ToolChoiceKind.Function } one:
                json.WriteStartObject("toolChoice");
                json.WriteStartObject("tool");
                json.WriteString("name", one.FunctionName);
                json.WriteEndObject();
                json.WriteEndObject();
                break;
        }
    }

    /// <summary>Earlier calls may only be sent along with their tools. The names are in the calls, the rest is not known any more.</summary>
    private void WriteToolsOfHistory()
    {
        var names = request.Messages.SelectMany(message => message.Parts).OfType<ToolCallPart>().Select(call => call.Name).Distinct().ToList();
        if (names.Count == 0)
        {
            return;
        }

        json.WriteStartObject("toolConfig");
        json.WriteStartArray("tools");
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteStartObject("toolSpec");
            json.WriteString("name", name);
            json.WritePropertyName("inputSchema");
            json.WriteRawValue("""{"json":{"type":"object"}}""");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteJsonAnswerTool()
    {
        var format = request.ResponseFormat!;
        json.WriteStartObject("toolConfig");
        json.WriteStartArray("tools");
        json.WriteStartObject();
        json.WriteStartObject("toolSpec");
        json.WriteString("name", AnthropicRequestWriter.JsonAnswerTool);
        json.WriteString("description", format.Description ?? "Give the answer in this form.");
        json.WriteStartObject("inputSchema");
        json.WritePropertyName("json");
        AnthropicTools.WriteObjectSchema(json, format.Schema!.Value);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WritePropertyName("toolChoice");
        json.WriteRawValue("""{"tool":{"name":"hiway_json_answer"}}""");
        json.WriteEndObject();
    }
}
