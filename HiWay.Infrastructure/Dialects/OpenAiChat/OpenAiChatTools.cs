using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Writes <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>.</summary>
/// <param name="search">A wish for a search that is said in a field of its own.</param>
internal sealed class OpenAiChatTools(Utf8JsonWriter json, ChatRequest request, OpenAiQuirks quirks, ICollection<string> dropped, bool ownWords, WebSearches? search)
{
    public void Write()
    {
        for (var i = 0; i < request.Tools.Count; i++)
        {
            if (request.Tools[i].BuiltIn is not null && !TakesBuiltIns && search?.Path != $"tools[{i}]")
            {
                dropped.Add($"tools[{i}]");
            }
        }

        if (request.Tools.All(tool => tool.BuiltIn is not null && !TakesBuiltIns))
        {
            return;
        }

        if (!quirks.Allows("tools"))
        {
            dropped.Add("tools");
            return;
        }

        // Who does not know the list of allowed functions is offered these alone.
        var only = quirks.AllowedTools ? [] : request.ToolChoice?.AllowedFunctions ?? [];
        json.WriteStartArray("tools");
        foreach (var tool in request.Tools)
        {
            if (tool.BuiltIn is { } builtIn)
            {
                if (TakesBuiltIns)
                {
                    builtIn.WriteTo(json);
                }
            }
            else if (only.Count == 0 || only.Contains(tool.Name))
            {
                WriteTool(tool);
            }
        }

        json.WriteEndArray();
        WriteChoice();
        if (request.ParallelToolCalls is { } parallel)
        {
            if (quirks.Allows("parallel_tool_calls"))
            {
                json.WriteBoolean("parallel_tool_calls", parallel);
            }
            else
            {
                dropped.Add("parallel_tool_calls");
            }
        }
    }

    /// <summary>Tools that are no functions: of the client's own dialect, for those without a closed list of members.</summary>
    private bool TakesBuiltIns => ownWords && quirks.Takes is null;

    private void WriteTool(ToolDefinition tool)
    {
        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", tool.Name);
        if (tool.Description is { } description)
        {
            json.WriteString("description", description);
        }

        if (tool.Parameters is { } parameters)
        {
            json.WritePropertyName("parameters");
            parameters.WriteTo(json);
        }
        else if (!quirks.StrictAboutModels && !quirks.Lax)
        {
            json.WritePropertyName("parameters");   // only OpenAI lets it be left out
            json.WriteRawValue("""{"type":"object","properties":{}}""");
        }

        if (tool.Strict is { } strict)
        {
            json.WriteBoolean("strict", strict);
        }

        json.WriteEndObject();
        if (tool.CacheControl is { } mark && OpenAiChatParts.LaxFor(quirks, ownWords))
        {
            json.WritePropertyName("cache_control");
            mark.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private void WriteChoice()
    {
        if (request.ToolChoice is not { } choice)
        {
            return;
        }

        if (!quirks.ForcedTools && choice.Kind is ToolChoiceKind.Required or ToolChoiceKind.Function)
        {
            dropped.Add("tool_choice");
            return;
        }

        switch (choice)
        {
            case { AllowedFunctions: { Count: > 0 } allowed } when quirks.AllowedTools:
                WriteAllowed(choice, allowed);
                break;
            case { Kind: ToolChoiceKind.Function }:
                json.WritePropertyName("tool_choice");
                WriteFunctionName(choice.FunctionName!);
                break;
            default:
                json.WriteString("tool_choice", choice.Kind switch
                {
                    ToolChoiceKind.None => "none",
                    ToolChoiceKind.Required => "required",
                    ToolChoiceKind.Auto or ToolChoiceKind.Function => "auto",
                });
                break;
        }
    }

    private void WriteAllowed(ToolChoice choice, IReadOnlyList<string> allowed)
    {
        json.WriteStartObject("tool_choice");
        json.WriteString("type", "allowed_tools");
        json.WriteStartObject("allowed_tools");
        json.WriteString("mode", choice.Kind is ToolChoiceKind.Required ? "required" : "auto");
        json.WriteStartArray("tools");
        foreach (var name in allowed)
        {
            WriteFunctionName(name);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteFunctionName(string name)
    {
        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
