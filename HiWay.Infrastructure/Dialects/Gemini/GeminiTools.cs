using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>Writes <c>tools</c> and <c>toolConfig</c>.</summary>
/// <param name="search">A wish for Google's search; null for none.</param>
internal sealed class GeminiTools(ChatRequest request, GeminiModel model, WebSearches? search, Utf8JsonWriter json, ICollection<string> dropped)
{
    public void Write()
    {
        if (request.Tools.Count == 0 && search is null)
        {
            return;
        }

        var allowed = request.ToolChoice?.AllowedFunctions ?? [];
        json.WriteStartArray("tools");
        var functions = 0;
        for (var i = 0; i < request.Tools.Count; i++)
        {
            if (request.Tools[i].BuiltIn is { } builtIn)
            {
                WriteBuiltIn(builtIn, i);
            }
            else if (allowed.Count == 0 || allowed.Contains(request.Tools[i].Name))
            {
                if (functions++ == 0)
                {
                    json.WriteStartObject();
                    json.WriteStartArray("functionDeclarations");
                }

                if (request.Tools[i].Strict == true)
                {
                    dropped.Add($"tools[{i}].function.strict");    // arguments follow the schema as well as the model can
                }

                WriteFunction(request.Tools[i], i);
            }
        }

        if (functions > 0)
        {
            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (search is { Path: WebSearches.Options })
        {
            search.WriteGemini(json, dropped);
        }

        json.WriteEndArray();
        if (functions > 0)
        {
            WriteToolConfig();
        }
    }

    private void WriteFunction(ToolDefinition tool, int index)
    {
        json.WriteStartObject();
        json.WriteString("name", tool.Name);
        if (tool.Description is { Length: > 0 } description)
        {
            json.WriteString("description", description);
        }

        // An object without properties is refused in the older form; a function without parameters says the same.
        if (tool.Parameters is { } parameters && HasProperties(parameters))
        {
            json.WritePropertyName(model.TakesJsonSchema ? "parametersJsonSchema" : "parameters");
            model.Compile(parameters, $"tools[{index}].function.parameters", dropped).WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static bool HasProperties(JsonElement schema) =>
        schema.TryGetProperty("properties", out var properties)
            ? properties.ValueKind is JsonValueKind.Object && properties.EnumerateObject().MoveNext()
            : schema.EnumerateObject().Any(member => member.Name is "$ref" or "anyOf" or "oneOf" or "allOf");

    /// <summary>Google's own tools come as objects of one member (<c>{"googleSearch":{}}</c>); those of others mean nothing here.</summary>
    private void WriteBuiltIn(JsonElement tool, int index)
    {
        if (tool.EnumerateObject().Select(member => member.Name).FirstOrDefault() is "googleSearch" or "google_search" or "codeExecution" or "code_execution" or "urlContext" or "url_context" or "googleSearchRetrieval")
        {
            tool.WriteTo(json);
        }
        else if (search?.Path == $"tools[{index}]")
        {
            search.WriteGemini(json, dropped);
        }
        else
        {
            dropped.Add($"tools[{index}]");
        }
    }

    private void WriteToolConfig()
    {
        if (request.ParallelToolCalls == false)
        {
            dropped.Add("parallel_tool_calls");
        }

        if (request.ToolChoice is not { } choice)
        {
            return;
        }

        json.WriteStartObject("toolConfig");
        json.WriteStartObject("functionCallingConfig");
        json.WriteString("mode", choice.Kind switch
        {
            ToolChoiceKind.Auto => "AUTO",
            ToolChoiceKind.None => "NONE",
            ToolChoiceKind.Required or ToolChoiceKind.Function => "ANY",
        });
        if (choice.Kind is ToolChoiceKind.Function)
        {
            json.WriteStartArray("allowedFunctionNames");
            json.WriteStringValue(choice.FunctionName);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
